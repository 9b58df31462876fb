"""One projector shows what is told; when its network falls silent another does, and the first one does no harm."""

from __future__ import annotations

from shared.messaging.log import Record
from shared.messaging.postgres_log import PostgresLog
from shared.projection.projector import Projector
from shared.storage.database import Database
from shared.storage.locks import is_held
from tests.messaging.working import at_work
from tests.projection.forums import FORUMS, PROJECTION, SERVICE, SESSIONS, SPEAKERS, TALKS, ForumAnnounced, render
from tests.projection.index_in_memory import IndexInMemory
from tests.projection.speaking import Speaker
from tests.support.postgres import TestServer, behind, way_to
from tests.support.proxy import Proxy
from tests.support.waiting import eventually

PROMISE = 20.0
"""Seconds until another one took over."""


async def test_a_projector_whose_network_falls_silent_is_replaced(server: TestServer) -> None:
    log = PostgresLog((await server.empty("log")).dsn)
    await log.create_topics([SPEAKERS, FORUMS, SESSIONS, TALKS])
    writer, speaker, index = log.writer("tests"), Speaker(), IndexInMemory()
    await writer.open()
    await index.open()

    async def say(title: str) -> None:
        said = speaker.says(ForumAnnounced(id="1", title=title))
        await writer.append([Record(said.partition.topic, said.key, said.value, said.headers)])

    async def shows(title: str, *, deadline: float = 120.0) -> None:
        await eventually(lambda: [one.title for one in index.documents.values()] == [title], deadline=deadline)

    async with server.database(SERVICE) as near:
        proxy = Proxy(way_to(near.address))
        await proxy.start()
        far = Database(SERVICE.name, behind(near.address, proxy.port))
        first, second = (Projector(database, log, PROJECTION, index, render) for database in (far, near))
        try:
            async with at_work(first.run):
                await eventually(lambda: is_held(near, "projector-proofs"), deadline=120, every=0.1)
                async with at_work(second.run):
                    await say("One")
                    await shows("One")

                    proxy.mute()
                    await say("Two")
                    await shows("Two", deadline=PROMISE)

                    await proxy.restore()
                    await say("Three")
                    await shows("Three")
        finally:
            await proxy.cut()
            await far.close()
    await writer.close()
    await log.close()
