"""The service can say its whole public state again, and nothing else of anybody."""

from __future__ import annotations

import json
from typing import Any

from services.identity.service import SERVICE
from shared.contracts.identity import MAIL_DOMAINS, PEOPLE, MailDomainMarked, PersonForgotten, PersonNamed
from shared.messaging.log import UnknownTopic
from shared.messaging.republish import republish
from tests.services.identity.people import IdentityUnderTest


class _EmptyLog:
    """A log on which nothing was told yet."""

    def reader(self) -> _EmptyLog:
        return self

    async def close(self) -> None:
        return None

    async def partitions(self, topic: str) -> list[Any]:
        raise UnknownTopic(topic)


async def test_everybody_is_told_again_with_the_next_ordinal(identity: IdentityUnderTest) -> None:
    named, forgotten = await identity.join(name="Nadia"), await identity.join()
    await identity.change("UPDATE account SET forgotten_at = now() WHERE id = :id", id=forgotten.id)
    await identity.change("DELETE FROM outbox")
    log: Any = _EmptyLog()

    said = await republish(SERVICE, identity.service.database, log)

    told = await identity.rows("SELECT * FROM outbox ORDER BY seq")
    assert said.told == len(told) == 4
    assert [(one.topic, one.key, one.ordinal, one.type) for one in told] == [
        (PEOPLE.name, str(named.id), 2, PersonNamed.TYPE),
        (PEOPLE.name, str(forgotten.id), 2, PersonForgotten.TYPE),
        (MAIL_DOMAINS.name, str(named.id), 2, MailDomainMarked.TYPE),
        (MAIL_DOMAINS.name, str(forgotten.id), 2, MailDomainMarked.TYPE),
    ]
    assert json.loads(told[0].payload) == {"id": str(named.id), "name": "Nadia"}
    assert json.loads(told[1].payload) == {"id": str(forgotten.id)}
