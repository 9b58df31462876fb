"""A database that is another one than it says begins a new epoch, and all is told again."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest_asyncio

from shared.messaging import lineage
from shared.messaging.log import Log
from shared.messaging.relay import Relay
from shared.messaging.republish import republish
from shared.storage.database import Database
from shared.storage.identifiers import new_id
from tests.messaging.bulletin.commands import forgotten, post, posted, retitled
from tests.messaging.bulletin.service import SERVICE as BULLETIN
from tests.messaging.bulletin.tables import Bulletin
from tests.messaging.hearer.service import hearings
from tests.messaging.test_consumer import consuming, hears, once_and_in_order
from tests.messaging.working import at_work, messages, relayed, waiting_rows
from tests.support.postgres import TestServer


@pytest_asyncio.fixture
async def original(server: TestServer) -> AsyncIterator[Database]:
    """A bulletin database whose lineage is known."""
    async with server.database(BULLETIN) as database:
        await lineage.check(database)
        yield database


async def _copy(server: TestServer, of: Database) -> Database:
    """The database as a restore would bring it back: the same rows under another oid."""
    await of.close()
    name = f"{of.address.name}_copy"
    await server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{of.address.name}"')
    return Database(of.service, of.address.elsewhere(name))


async def test_a_new_database_begins_with_the_first_epoch_and_keeps_it(original: Database) -> None:
    again = Database(original.service, original.address)

    found = await lineage.check(again)

    assert not found.owes_republish
    assert (found.epoch, found.changed, again.epoch, original.epoch) == (1, False, 1, 1)
    await again.close()


async def test_a_copied_database_begins_a_new_epoch_once(server: TestServer, original: Database) -> None:
    copied = await _copy(server, original)
    before = int(time.time())

    first = await lineage.check(copied)
    second = await lineage.check(copied)

    assert first.changed
    assert copied.epoch == first.epoch >= before
    assert (second.changed, second.epoch) == (False, first.epoch)
    # Killed before its states were told again, it still owes them.
    assert first.owes_republish
    assert second.owes_republish
    await lineage.settled(copied)
    assert not (await lineage.check(copied)).owes_republish
    await copied.close()


async def test_an_operator_may_say_so_by_hand(original: Database) -> None:
    first = await lineage.check(original, restored=True)
    second = await lineage.check(original, restored=True)

    assert first.changed
    assert second.epoch > first.epoch >= int(time.time()) - 5


async def test_republish_tells_every_state_again_page_by_page(speaker: Database, log: Log) -> None:
    async with speaker.transaction() as session:
        for n in range(450):
            session.add(Bulletin(title=f"{n}"))
    progress: list[int] = []

    said = await republish(BULLETIN, speaker, log, progress=progress.append)

    assert (said.told, said.gone) == (450, 0)
    assert progress == [200, 400, 450]
    assert await waiting_rows(speaker) == 450


async def test_after_a_restore_others_know_what_the_restored_database_knows(
    server: TestServer, original: Database, hearer: Database, log: Log
) -> None:
    """The backup lacks what came after it: an edit, a new bulletin, the publication of a draft, a deletion."""
    async with at_work(consuming(hearer, log).run):
        async with at_work(Relay(original, log).run):
            kept = await posted(original, "kept")
            edited = await posted(original, "as in the backup")
            draft = Bulletin(id=new_id(), title="a draft", posted=False)
            async with original.transaction() as session:
                await post(session, draft)
            await relayed(original)
        restored = await _copy(server, original)

        after = Database(original.service, original.address)
        after.epoch = 1
        async with at_work(Relay(after, log).run):
            for n in range(5):
                await retitled(after, edited, f"edit {n} after the backup")
            await posted(after, "born after the backup")
            async with after.transaction() as session:
                published = await session.get(Bulletin, draft.id)
                assert published is not None
                published.posted = True
                await session.flush()
            await retitled(after, draft.id, "published after the backup")
            await hears(
                hearer, ["kept", "edit 4 after the backup", "born after the backup", "published after the backup"]
            )
        await after.close()

        assert (await lineage.check(restored)).changed
        said = await republish(BULLETIN, restored, log)
        async with at_work(Relay(restored, log).run):
            await relayed(restored)
            await hears(hearer, ["kept", "as in the backup", None, None])
            assert (said.told, said.gone) == (2, 2)

            again = await republish(BULLETIN, restored, log)
            assert (again.told, again.gone) == (3, 0), "the draft is told of as gone from now on"
            await retitled(restored, kept, "life goes on")
            await hears(hearer, ["life goes on", "as in the backup", None, None])
        await restored.close()

    assert once_and_in_order(await hearings(hearer))


async def test_republishing_twice_before_the_relay_ran_fails_nothing(speaker: Database, log: Log) -> None:
    async with at_work(Relay(speaker, log).run):
        id = await posted(speaker, "lost")
        await relayed(speaker)
    await forgotten(speaker, id)

    first = await republish(BULLETIN, speaker, log)
    second = await republish(BULLETIN, speaker, log)
    async with at_work(Relay(speaker, log).run):
        await relayed(speaker)

    assert (first.gone, second.gone) == (1, 0)
    assert [(m.ordinal, m.contract.TYPE) for m in await messages(log)] == [
        (1, "test.BulletinPosted"),
        (2, "test.BulletinRemoved"),
    ]
