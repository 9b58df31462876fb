"""Dumps taken under load bring everything back: all of it elsewhere, and one service's database alone."""

from __future__ import annotations

from pathlib import Path

from tests.faults.instance import Instance
from tests.operations.publishing import looks_right, open_accounts, published, under_load
from tests.operations.runbook import Operator, commands

RUNBOOK = commands("backup.md")


async def test_a_backup_under_load_is_restored_elsewhere_and_one_service_alone(home: Path) -> None:
    original, elsewhere = Instance(home / "data"), Instance(home / "elsewhere")
    operator = Operator(
        home,
        {
            "DEMAIN_DATA_DIR": str(original.folder),
            "BACKUP": str(home / "backup"),
            "ELSEWHERE": str(elsewhere.folder),
        },
    )
    try:
        await original.start()
        stream = await open_accounts(original)
        async with under_load(stream):
            await published(stream, 4)
            before = list(stream.published)
            (back_up,) = RUNBOOK["Back up"]
            said = await operator.run(back_up)
            began_later = len(stream.attempts)
            await published(stream, 6)
        await original.stop()
        after = [one for one in stream.attempts[began_later:] if one.published]
        assert "Backed up 5 database(s)" in said
        assert after

        (restore_all,) = RUNBOOK["Restore all, elsewhere"]
        await operator.run(restore_all)
        await elsewhere.start()
        await looks_right(elsewhere, stream, kept=before, lost=after)
        await elsewhere.stop()

        (restore_one,) = RUNBOOK["Restore one service alone"]
        await operator.run(restore_one)
        await original.start()
        await looks_right(original, stream, kept=before, lost=after)
    finally:
        for one in (original, elsewhere):
            await one.stop()
