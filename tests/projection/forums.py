"""Entities to prove the projection with: a forum has sessions, a session has talks, people speak.

Told on four topics. A session may belong to no forum; a talk may answer another talk, and an owner that is wrong may
have two of them answer each other. A talk names its speakers, and the sessions it follows upon: a name that shows
elsewhere may belong to something that hangs under another thing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.search.service import SERVICE
from shared.contracts.base import Gone, Shown, contract
from shared.messaging.applier import Applier, Outcome
from shared.messaging.log import Log, Received, Topic
from shared.messaging.postgres_log import PostgresLog
from shared.projection.projection import Picture, Projection, shown
from shared.projection.projector import Projector
from shared.search_index.port import IndexDocument, Query
from shared.storage.database import Database
from tests.projection.index_in_memory import IndexInMemory
from tests.support.postgres import TestServer

SPEAKERS = Topic("demain.tests.speakers")
FORUMS = Topic("demain.tests.forums")
SESSIONS = Topic("demain.tests.sessions")
TALKS = Topic("demain.tests.talks")


@contract
class SpeakerNamed(Shown):
    TYPE: ClassVar[str] = "demain.tests.SpeakerNamed"
    TOPIC: ClassVar[str] = SPEAKERS.name
    ENTITY: ClassVar[str] = "speaker"

    title: str


@contract
class SpeakerForgotten(Gone):
    TYPE: ClassVar[str] = "demain.tests.SpeakerForgotten"
    TOPIC: ClassVar[str] = SPEAKERS.name
    ENTITY: ClassVar[str] = "speaker"


@contract
class ForumAnnounced(Shown):
    TYPE: ClassVar[str] = "demain.tests.ForumAnnounced"
    TOPIC: ClassVar[str] = FORUMS.name
    ENTITY: ClassVar[str] = "forum"

    title: str


@contract
class ForumCancelled(Gone):
    TYPE: ClassVar[str] = "demain.tests.ForumCancelled"
    TOPIC: ClassVar[str] = FORUMS.name
    ENTITY: ClassVar[str] = "forum"


@contract
class SessionPlanned(Shown):
    TYPE: ClassVar[str] = "demain.tests.SessionPlanned"
    TOPIC: ClassVar[str] = SESSIONS.name
    ENTITY: ClassVar[str] = "session"
    PARENTS: ClassVar[tuple[str | None, ...]] = ("forum", None)

    title: str
    forum: str | None

    def parent(self) -> str | None:
        return None if self.forum is None else ForumAnnounced.key(self.forum)


@contract
class SessionDropped(Gone):
    TYPE: ClassVar[str] = "demain.tests.SessionDropped"
    TOPIC: ClassVar[str] = SESSIONS.name
    ENTITY: ClassVar[str] = "session"


@contract
class TalkGiven(Shown):
    TYPE: ClassVar[str] = "demain.tests.TalkGiven"
    TOPIC: ClassVar[str] = TALKS.name
    ENTITY: ClassVar[str] = "talk"
    PARENTS: ClassVar[tuple[str | None, ...]] = ("session", "talk")

    title: str
    session: str
    answers: str | None = None
    """The talk it hangs under, if not the session."""
    speakers: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    """Sessions."""

    def parent(self) -> str | None:
        return SessionPlanned.key(self.session) if self.answers is None else TalkGiven.key(self.answers)

    def refs(self) -> tuple[str, ...]:
        return (
            *(SpeakerNamed.key(one) for one in self.speakers),
            *(SessionPlanned.key(one) for one in self.follows),
        )


@contract
class TalkRetracted(Gone):
    TYPE: ClassVar[str] = "demain.tests.TalkRetracted"
    TOPIC: ClassVar[str] = TALKS.name
    ENTITY: ClassVar[str] = "talk"


PROJECTION = Projection(
    "proofs",
    (
        Picture(SPEAKERS, SpeakerNamed, SpeakerForgotten, named_by_others=True, erased_when_gone=True),
        Picture(FORUMS, ForumAnnounced, ForumCancelled),
        Picture(SESSIONS, SessionPlanned, SessionDropped, named_by_others=True),
        Picture(TALKS, TalkGiven, TalkRetracted),
    ),
)
FOUND = ("forum", "session", "talk")
"""Kinds that are in the index; speakers are only named there."""

_STATES = text("SELECT id, refs, state FROM document WHERE id = ANY(CAST(:ids AS text[]))")


async def render(session: AsyncSession, keys: Sequence[str]) -> Mapping[str, IndexDocument]:
    """A document's title is its own, its people are the names of all it refers to that may be seen."""
    rows = [row for row in await session.execute(_STATES, {"ids": list(keys)}) if row.id.partition(":")[0] in FOUND]
    refs = await shown(session, {ref for row in rows for ref in row.refs})
    names = {row.id: row.state["title"] for row in await session.execute(_STATES, {"ids": sorted(refs)})}
    return {
        row.id: IndexDocument(
            id=row.id,
            stamp=0,
            type=row.id.partition(":")[0],
            language="fr",
            title=row.state["title"],
            summary="",
            body="",
            date=datetime(2026, 1, 1, tzinfo=UTC),
            people=tuple(names[ref] for ref in row.refs if ref in names),
        )
        for row in rows
    }


@dataclass
class Forums:
    """A projection at work, on a real database and an index in memory."""

    database: Database
    log: Log
    batch: int = 500
    index: IndexInMemory = field(default_factory=IndexInMemory)
    applier: Applier = field(init=False)
    projector: Projector = field(init=False)

    def __post_init__(self) -> None:
        self.restarts()

    def restarts(self) -> None:
        """What a process keeps in memory is lost."""
        self.applier = Applier(self.database, PROJECTION.reactions, "the log")
        self.projector = Projector(self.database, self.log, PROJECTION, self.index, render, batch=self.batch)

    async def begins_anew(self) -> None:
        """All tables and the index are empty."""
        async with self.database.transaction() as session:
            for table in ("document", "dirt", "index_task", "applied", "consumed", "parked_message"):
                await session.execute(text(f"DELETE FROM {table}"))
        self.index = IndexInMemory()
        await self.index.open()
        self.restarts()

    async def takes(self, *records: Received) -> Outcome:
        """Apply a batch."""
        return await self.applier.apply(records)

    async def settles(self) -> int:
        """Have the index show all dirt; in how many steps."""
        steps = 0
        while await self.projector.show_dirt():
            steps += 1
            assert steps < 10_000, "the projector never ends"
        return steps

    async def works(self) -> bool:
        """One turn of the projector, with the tasks it was asked for, and without waiting between two looks."""
        self.projector._looked_after_tasks = 0.0
        self.projector._retry_at = self.projector._from_log._retry_at = 0.0
        return await self.projector.after()

    async def finishes(self) -> None:
        """Turns until there is nothing to do."""
        turns = 0
        while await self.works() or self.projector.complaint() is not None:
            turns += 1
            assert turns < 10_000, "the projector never ends"

    async def answers(self, outdated: Iterable[str] = ()) -> set[str]:
        """What a reader of all results is shown: the page of the index, checked. The index may also still hold
        the ``outdated`` ones."""
        hits = (await self.index.query(Query(limit=10_000))).hits
        async with self.database.transaction() as session:
            return await shown(session, {*(hit.id for hit in hits), *outdated})

    async def scalar(self, statement: str) -> object:
        """One value of the database."""
        async with self.database.transaction() as session:
            return (await session.execute(text(statement))).scalar_one()


@asynccontextmanager
async def forums(server: TestServer, *, batch: int = 500) -> AsyncIterator[Forums]:
    """A projection without anything in it."""
    async with server.database(SERVICE) as database:
        at_work = Forums(database, PostgresLog(server.maintenance.dsn), batch)
        await at_work.begins_anew()
        yield at_work
