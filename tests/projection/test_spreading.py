"""How a change spreads to those below it and those that name it, and what that costs."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from shared.messaging.envelope import open_envelope
from shared.projection import dirt
from shared.projection.projection import Projection, ProjectionCannotWork
from tests.projection.forums import (
    PROJECTION,
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


_CIRCLE = (
    TalkGiven(id="a", title="A, below B", session="s", answers="b"),
    TalkGiven(id="b", title="B, below A", session="s", answers="a"),
)


async def _shown_before(at_work: Forums, speaker: Speaker) -> None:
    await at_work.takes(
        speaker.says(SpeakerNamed(id="z", title="Zoé")),
        speaker.says(SessionPlanned(id="s", title="Session", forum=None)),
        speaker.says(TalkGiven(id="a", title="A", session="s")),
        speaker.says(TalkGiven(id="b", title="B", session="s", answers="a")),
        *(speaker.says(TalkGiven(id=f"{n}", title="Talk", session="s", answers="b")) for n in range(20)),
    )
    await at_work.settles()
    assert len(at_work.index.documents) == 23


async def test_what_closes_a_circle_vanishes_and_the_work_ends(
    at_work: Forums, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dirt, "SPREAD", 7)
    speaker = Speaker()
    await _shown_before(at_work, speaker)
    await at_work.takes(speaker.says(_CIRCLE[0]))
    assert await at_work.answers() == {"session:s"}, "at once, whatever the index holds"
    assert await at_work.settles() < 50
    assert set(at_work.index.documents) == {"session:s"}
    await at_work.takes(speaker.says(_CIRCLE[1]))
    await at_work.settles()
    assert set(at_work.index.documents) == {"session:s"}
    await at_work.takes(speaker.says(TalkGiven(id="b", title="B", session="s")))
    await at_work.settles()
    assert len(at_work.index.documents) == 23, "A hangs under B now"


async def test_control_step_by_step_it_would_come_round_for_ever(
    at_work: Forums, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dirt, "_LOOPED", text("SELECT CAST(:id AS text) IS NULL"))
    await _shown_before(at_work, speaker := Speaker())
    await at_work.takes(speaker.says(_CIRCLE[0]))
    for _ in range(200):
        assert await at_work.projector.show_dirt()


@pytest.mark.parametrize("parent", [None, "forum:f", "speaker:z"])
async def test_a_parent_of_another_kind_is_refused(
    at_work: Forums, monkeypatch: pytest.MonkeyPatch, parent: str | None
) -> None:
    monkeypatch.setattr(TalkGiven, "parent", lambda _: parent)
    with pytest.raises(ValueError, match="parent must be one of"):
        async with at_work.database.transaction() as session:
            told = open_envelope(Speaker().says(TalkGiven(id="t", title="Talk", session="s")))
            await PROJECTION.apply(session, [told])


@pytest.mark.parametrize("parents", [("session", "forum"), ("forum",), ()])
def test_a_projection_without_all_that_its_kinds_hang_under_cannot_work(
    parents: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TalkGiven, "PARENTS", parents)
    pictures = [one for one in PROJECTION.pictures if one.entity in {"talk", "session"}]
    monkeypatch.setattr(SessionPlanned, "PARENTS", (None,))
    with pytest.raises(ProjectionCannotWork, match="talk"):
        Projection("part", pictures)
