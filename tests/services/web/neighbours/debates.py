"""The debates of the contributions service, as far as pages of other sections ask for them, and one to be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from shared.clients.base import PersonRef
from shared.clients.contributions import ArgumentPage, Debate, DebatePage, DebatesClient, ModerationRecord, ReportPage
from shared.clients.contributions.debates import Tally
from tests.services.web.neighbours.words import problem
from tests.services.web.neighbours.world import World


class Debates:
    """What is debated: nothing, unless a test opens something."""

    def __init__(self) -> None:
        self.debates: dict[str, Debate] = {}

    def open(self, question: str) -> Debate:
        """An open debate about no text, in which nobody has spoken yet."""
        id, now = str(uuid4()), datetime.now(UTC)
        made = Debate(
            id=id,
            version=1,
            phase="open",
            language="fr",
            question=question,
            summary="On en parle.",
            introduction="On en parle.",
            introduction_html="<p>On en parle.</p>",
            themes=["water"],
            territories=[],
            opens_at=now - timedelta(days=1),
            closes_at=now + timedelta(days=9),
            zone="Europe/Paris",
            updated_at=now,
            tally=Tally(arguments_for=0, arguments_against=0, arguments_nuance=0, replies=0),
            url=f"/debats/{id}/question",
            about=None,
            opened_by=PersonRef(id=str(uuid4()), name="Camille Roux"),
            withdrawn_at=None,
            withdrawal_reason=None,
            actions=[],
        )
        self.debates[id] = made
        return made


class DebatesHere(DebatesClient):
    """The part of the service that debates are."""

    def __init__(self, world: World) -> None:
        super().__init__("http://nowhere.invalid")
        self._world = world

    def _known(self, call: str) -> dict[str, Debate]:
        self._world.asked("contributions", f"debates.{call}")
        return self._world.of(Debates).debates

    async def page(self, *, phase: str = "any", contribution: str | None = None, **_: Any) -> DebatePage:
        found = [one for one in self._known("page").values() if phase in ("any", one.phase) and not contribution]
        return DebatePage(items=found, next=None)

    async def read(self, id: str, *, token: str | None = None) -> Debate:
        self._world.whose(token)
        found = self._known("read").get(id)
        if found is None:
            raise problem(404)
        return found

    async def arguments(self, debate: str, **_: Any) -> ArgumentPage:
        self._known("arguments")
        return ArgumentPage(items=[], next=None)

    async def mine(self, **_: Any) -> ArgumentPage:
        self._known("mine")
        return ArgumentPage(items=[], next=None)

    async def reports(self, **_: Any) -> ReportPage:
        self._known("reports")
        return ReportPage(items=[], next=None)

    async def record(self) -> ModerationRecord:
        self._known("record")
        return ModerationRecord(rules=[], dismissed=0, waiting=0)


NEIGHBOUR = (DebatesClient, DebatesHere)
