"""Documents that cannot be shown cost themselves only; an index that is away is waited for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from shared.projection import index_tasks
from shared.search_index.port import Change, IndexDocument, Upsert
from tests.projection.forums import ForumAnnounced, ForumCancelled, Forums, render
from tests.projection.speaking import Speaker

TITLES = ("One", "Odd", "Two")


async def _picky(session: Any, keys: Sequence[str]) -> Mapping[str, IndexDocument]:
    documents = await render(session, keys)
    if any(one.title == "Odd" for one in documents.values()):
        raise KeyError("no such field")
    return documents


async def told(at_work: Forums) -> Speaker:
    speaker = Speaker()
    await at_work.takes(*(speaker.says(ForumAnnounced(id=title, title=title)) for title in TITLES))
    return speaker


async def test_a_document_that_cannot_be_rendered_holds_nobody_up(at_work: Forums) -> None:
    at_work.projector._render = _picky
    speaker = await told(at_work)
    await at_work.settles()
    assert set(at_work.index.documents) == {"forum:One", "forum:Two"}
    for kind in ("rebuild", "verify"):
        async with at_work.database.transaction() as session:
            await index_tasks.ask(session, kind)
        await at_work.finishes()
        assert set(at_work.index.documents) == {"forum:One", "forum:Two"}
    await at_work.takes(speaker.says(ForumAnnounced(id="Odd", title="Even")))
    await at_work.settles()
    assert at_work.index.documents["forum:Odd"].title == "Even"


async def test_one_that_becomes_odd_is_not_found_any_more(at_work: Forums) -> None:
    at_work.projector._render = _picky
    speaker = await told(at_work)
    await at_work.takes(speaker.says(ForumAnnounced(id="Two", title="Odd")))
    await at_work.settles()
    assert set(at_work.index.documents) == {"forum:One"}


async def test_a_document_the_index_refuses_holds_nobody_up(at_work: Forums, monkeypatch: pytest.MonkeyPatch) -> None:
    apply = at_work.index.apply

    async def refusing(changes: Sequence[Change], *, generation: str | None = None) -> None:
        if any(isinstance(change, Upsert) and change.document.title == "Odd" for change in changes):
            raise ValueError("title: odd")
        await apply(changes, generation=generation)

    monkeypatch.setattr(at_work.index, "apply", refusing)
    speaker = await told(at_work)
    await at_work.settles()
    assert set(at_work.index.documents) == {"forum:One", "forum:Two"}
    await at_work.takes(speaker.says(ForumAnnounced(id="Two", title="Odd")))
    await at_work.settles()
    assert set(at_work.index.documents) == {"forum:One"}
    assert await at_work.scalar("SELECT count(*) FROM document WHERE indexed IS NOT NULL") == 1


async def test_an_index_that_is_away_is_waited_for(at_work: Forums) -> None:
    await told(at_work)
    at_work.index.fail_before = True
    assert await at_work.projector.after() is False
    assert at_work.projector.trouble == "failed before"
    assert at_work.index.documents == {}
    await at_work.finishes()
    assert at_work.projector.trouble is None
    assert len(at_work.index.documents) == 3


@pytest.mark.parametrize("newer", ["New", None])
async def test_what_a_projector_writes_after_it_was_replaced_is_put_right(
    at_work: Forums, monkeypatch: pytest.MonkeyPatch, newer: str | None
) -> None:
    speaker = Speaker()
    await at_work.takes(speaker.says(ForumAnnounced(id="1", title="Old")))
    late, apply = at_work.projector, at_work.index.apply

    async def replaced(changes: Sequence[Change], *, generation: str | None = None) -> None:
        """It stands still before it writes; another takes over and shows what is newer."""
        monkeypatch.setattr(at_work.index, "apply", apply)
        at_work.restarts()
        said = ForumCancelled(id="1") if newer is None else ForumAnnounced(id="1", title=newer)
        await at_work.takes(speaker.says(said))
        await at_work.settles()
        await apply(changes, generation=generation)

    monkeypatch.setattr(at_work.index, "apply", replaced)
    await late.show_dirt()
    assert at_work.index.documents["forum:1"].title == "Old", "the control: it wrote last"

    await at_work.settles()
    assert [one.title for one in at_work.index.documents.values()] == ([] if newer is None else [newer])
    assert await at_work.scalar("SELECT count(*) FROM dirt") == 0
