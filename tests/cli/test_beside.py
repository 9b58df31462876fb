"""Commands beside a running instance: they find it by its data folder, and it acts on what they ask."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest
import pytest_asyncio

from services.contributions.service import SERVICE as CONTRIBUTIONS
from shared.auth.principal import Role
from shared.storage.database import DatabaseAddress
from shared.storage.embedded_postgres import EmbeddedPostgres
from tests.cli.commands import Done, call
from tests.journeys.instance import Instance, demain_run
from tests.services.events import schedules
from tests.support.waiting import eventually


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def instance(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    async with demain_run(tmp_path_factory.mktemp("beside")) as running:
        yield running


def beside(instance: Instance, *arguments: str) -> Done:
    return call(instance.folder.path, *arguments)


async def found(instance: Instance, words: str) -> int:
    async with httpx.AsyncClient(base_url=instance.url, trust_env=False, timeout=60) as http:
        answer = await http.get("/api/search", params={"q": words})
        return int(answer.raise_for_status().json()["total"])


def test_run_says_where_it_is_and_who_may_sign_in(instance: Instance) -> None:
    said = instance.output.read_text()
    assert instance.url in said
    accounts = instance.folder.sample_accounts
    assert {one.role for one in accounts} == set(Role)
    for one in accounts:
        assert one.email in said
        assert one.password in said


def test_token_prints_a_bearer_token_and_nothing_else(instance: Instance) -> None:
    done = beside(instance, "token", instance.account("expert").email)
    assert done.code == 0, done
    assert done.out.count("\n") == 1
    bearer = {"Authorization": f"Bearer {done.out.strip()}"}
    with httpx.Client(base_url=instance.url, trust_env=False) as http:
        answer = http.get("/api/identity/me", headers=bearer)
    assert answer.status_code == 200
    assert "expert" in answer.text


def test_doctor_finds_all_well(instance: Instance) -> None:
    done = beside(instance, "doctor")
    assert done.code == 0, done.out
    for part in ("Python", "data folder", "disk", "port", "PostgreSQL", "log", "search: index", "search: documents"):
        assert part in done.out
    assert instance.url in done.out
    assert "✗" not in done.out


def test_grant_gives_a_role_and_refuses_what_is_none(instance: Instance) -> None:
    email = instance.account("citizen").email
    assert "editor" in beside(instance, "grant", email, "editor").out
    done = beside(instance, "grant", email, "king")
    assert done.code == 1
    assert "king" in done.err
    assert "nobody" in beside(instance, "grant", "nobody@demain.example", "editor").err


def test_the_index_is_compared_and_built_again_by_the_instance(instance: Instance) -> None:
    assert "no difference" in beside(instance, "search", "verify").out
    assert "built anew" in beside(instance, "search", "rebuild").out
    again = beside(instance, "search", "rebuild", "--from-log").out
    assert "messages of the log, its tables too" in " ".join(again.split())
    assert "no difference" in beside(instance, "search", "verify").out


def test_nothing_is_parked(instance: Instance) -> None:
    assert "Nothing is set aside" in beside(instance, "parked", "list").out
    assert "0 applied" in beside(instance, "parked", "retry").out
    assert beside(instance, "parked", "show", "search", "1").code == 1


@pytest_asyncio.fixture(loop_scope="session")
async def parked(instance: Instance) -> AsyncIterator[int]:
    """A message that can never be applied, set aside by contributions; gone again at the end."""
    url = await EmbeddedPostgres(instance.folder.path / "postgresql").join()
    connection = await asyncpg.connect(DatabaseAddress.of(url, database="demain_contributions").dsn)
    assert CONTRIBUTIONS.reactions is not None
    try:
        id = await connection.fetchval(
            'INSERT INTO parked_message (consumer, topic, key, epoch, ordinal, partition, "offset", headers, payload,'
            " error, attempts) VALUES ($1, $2, 'somebody', 1, 7, 0, 42, '{}', '{\"name\": \"Zoé\"}', 'Broken: [it]', 3)"
            " RETURNING id",
            CONTRIBUTIONS.reactions.consumer,
            CONTRIBUTIONS.reactions.topics[0],
        )
        yield int(id)
    finally:
        await connection.execute("DELETE FROM parked_message")
        await connection.close()


def test_what_is_parked_is_listed_shown_and_tried_again(instance: Instance, parked: int) -> None:
    listed = beside(instance, "parked", "list").out
    assert "contributions" in listed
    assert "Broken: [it]" in listed
    shown = beside(instance, "parked", "show", "contributions", str(parked)).out
    assert "offset 42" in shown
    assert '"name": "Zoé"' in shown
    tried = beside(instance, "parked", "retry", "contributions", str(parked))
    assert tried.code == 1
    assert "0 applied, 1 still set aside" in tried.out
    assert f"contributions {parked}: still fails" in tried.err
    assert "after 4 attempts" in beside(instance, "parked", "show", "contributions", str(parked)).out


def test_doctor_says_what_is_wrong_and_how_to_mend_it(instance: Instance, parked: int) -> None:
    done = beside(instance, "doctor")
    assert done.code == 1
    assert "✗ contributions: set aside" in done.out
    assert "`demain parked list`" in done.out
    assert "contributions: set aside" in done.err


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.md").write_text(f"---\ntitle: Zeppelin urbain {number}\nkind: note\n---\nUn zeppelin.\n")
    (folder / "bad.md").write_text("---\ntitle: [\n---\n")
    return folder


def test_an_archive_is_imported_once_and_its_bad_file_named(instance: Instance, archive: Path) -> None:
    first = beside(instance, "import-contributions", str(archive))
    assert first.code == 1
    assert "3 published" in first.out
    assert str(archive / "bad.md") in first.err
    assert "3 unchanged" in beside(instance, "import-contributions", str(archive)).out


async def test_what_was_imported_beside_is_found(instance: Instance) -> None:
    await eventually(lambda: _three(instance), deadline=30)


async def _three(instance: Instance) -> bool:
    return await found(instance, "zeppelin") == 3


def test_a_schedule_is_imported_once_and_refused_by_place(instance: Instance, tmp_path: Path) -> None:
    organizer = instance.account("organizer").email
    file, bad = tmp_path / "schedule.json", tmp_path / "bad.json"
    file.write_text(json.dumps(schedules.document()))
    bad.write_text(json.dumps(schedules.document(time_zone_name="Mars/Olympus")))
    tried = beside(instance, "import-schedule", str(file), "--organizer", organizer, "--dry-run")
    assert tried.code == 0, tried
    assert "4 new" in tried.out and "dry run" in tried.out
    assert "4 new" in beside(instance, "import-schedule", str(file), "--organizer", organizer).out
    assert "4 unchanged" in beside(instance, "import-schedule", str(file), "--organizer", organizer).out
    refused = beside(instance, "import-schedule", str(bad), "--organizer", organizer)
    assert refused.code == 1
    assert "/schedule/conference/time_zone_name" in refused.err
    citizen = beside(instance, "import-schedule", str(file), "--organizer", instance.account("citizen").email)
    assert (citizen.code, "Organizers open forums" in citizen.err) == (1, True), citizen
    nobody = beside(instance, "import-schedule", str(file), "--organizer", "nobody@demain.example")
    assert (nobody.code, "nobody has an account" in nobody.err) == (1, True), nobody


def test_republishing_tells_all_states(instance: Instance) -> None:
    done = beside(instance, "republish", "contributions")
    assert done.code == 0
    assert "states again and 0 keys as gone" in done.out


async def test_republishing_leaves_everything_findable(instance: Instance) -> None:
    await eventually(lambda: _three(instance), deadline=30)


def test_restored_is_refused_while_the_service_runs(instance: Instance) -> None:
    done = beside(instance, "restored", "contributions")
    assert done.code == 1
    assert "is running" in done.err


def test_a_second_instance_on_the_folder_is_refused(instance: Instance) -> None:
    done = beside(instance, "run", "--port", "0")
    assert done.code == 1
    assert "in use by another running Demain" in done.err
    assert str(instance.process.pid) in done.err
    assert "Traceback" not in done.err
