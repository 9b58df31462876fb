"""How a change spreads to those below it and those that name it, and what that costs."""

from __future__ import annotations

import pytest

from shared.projection import dirt
from tests.projection.forums import (
    ForumAnnounced,
    ForumCancelled,
    Forums,
    SessionPlanned,
    SpeakerForgotten,
    SpeakerNamed,
    TalkGiven,
)
from tests.projection.speaking import Speaker


async def test_many_new_entities_are_written_once_each(at_work: Forums) -> None:
    speaker = Speaker()
    await at_work.takes(*(speaker.says(ForumAnnounced(id=f"{n:03}", title=f"Forum {n}")) for n in range(200)))
    steps = await at_work.settles()
    assert len(at_work.index.documents) == 200
    assert set(at_work.index.written.values()) == {1}
    assert steps <= 2


async def test_many_new_families_are_written_few_times(at_work: Forums) -> None:
    speaker = Speaker()
    await at_work.takes(
        *(speaker.says(ForumAnnounced(id=f"{n:03}", title="Forum")) for n in range(100)),
        *(speaker.says(SessionPlanned(id=f"{n:03}", title="Session", forum=f"{n % 100:03}")) for n in range(200)),
        *(speaker.says(TalkGiven(id=f"{n:03}", title="Talk", session=f"{n % 200:03}")) for n in range(300)),
    )
    steps = await at_work.settles()
    assert len(at_work.index.documents) == 600
    assert max(at_work.index.written.values()) <= 3
    assert steps < 30


async def test_what_must_vanish_goes_first(at_work: Forums, monkeypatch: pytest.MonkeyPatch) -> None:
    at_work.projector._batch = 10
    speaker = Speaker()
    await at_work.takes(*(speaker.says(ForumAnnounced(id=f"{n:02}", title="Forum")) for n in range(50)))
    await at_work.settles()
    changed = [speaker.says(ForumAnnounced(id=f"{n:02}", title="Changed")) for n in range(49)]
    await at_work.takes(*changed, speaker.says(ForumCancelled(id="49")))
    await at_work.projector.show_dirt()
    assert "forum:49" not in at_work.index.documents
    assert len(at_work.index.documents) == 49
    at_work.restarts()


async def test_a_cascade_in_steps_reaches_everybody(at_work: Forums, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dirt, "SPREAD", 7)
    speaker = Speaker()
    await at_work.takes(
        speaker.says(ForumAnnounced(id="f", title="Forum")),
        *(speaker.says(SessionPlanned(id=f"{n}", title="Session", forum="f")) for n in range(20)),
        *(speaker.says(TalkGiven(id=f"{n}", title="Talk", session=f"{n % 20}")) for n in range(50)),
    )
    await at_work.settles()
    assert len(at_work.index.documents) == 71
    await at_work.takes(speaker.says(ForumCancelled(id="f")))
    await at_work.settles()
    assert at_work.index.documents == {}
    await at_work.takes(speaker.says(ForumAnnounced(id="f", title="Forum")))
    await at_work.settles()
    assert len(at_work.index.documents) == 71


async def test_a_new_name_reaches_all_who_name_it(at_work: Forums, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dirt, "SPREAD", 7)
    speaker = Speaker()
    await at_work.takes(
        speaker.says(SpeakerNamed(id="z", title="Zoé")),
        speaker.says(ForumAnnounced(id="f", title="Forum")),
        speaker.says(SessionPlanned(id="s", title="Session", forum="f")),
        *(speaker.says(TalkGiven(id=f"{n}", title="Talk", session="s", speakers=("z",))) for n in range(30)),
    )
    await at_work.settles()
    await at_work.takes(speaker.says(SpeakerNamed(id="z", title="Zoé Müller")))
    await at_work.settles()
    assert {one.people for one in at_work.index.documents.values() if one.type == "talk"} == {("Zoé Müller",)}
    await at_work.takes(speaker.says(SpeakerForgotten(id="z")))
    await at_work.settles()
    assert {one.people for one in at_work.index.documents.values()} == {()}


async def named(forums: Forums) -> list[str]:
    return list(forums.index.documents["talk:t"].people)


async def test_the_name_of_what_an_ancestor_hides_is_not_shown_elsewhere(at_work: Forums) -> None:
    speaker = Speaker()
    await at_work.takes(
        speaker.says(ForumAnnounced(id="open", title="Open forum")),
        speaker.says(ForumAnnounced(id="secret", title="Secret forum")),
        speaker.says(SessionPlanned(id="named", title="A secret session", forum="secret")),
        speaker.says(SessionPlanned(id="s", title="Session", forum="open")),
        speaker.says(TalkGiven(id="t", title="Talk", session="s", follows=("named",))),
    )
    await at_work.settles()
    assert await named(at_work) == ["A secret session"]
    await at_work.takes(speaker.says(ForumCancelled(id="secret")))
    await at_work.settles()
    assert await named(at_work) == []
