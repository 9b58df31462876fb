"""What identity tells: how people are named. Nothing else about them leaves identity on the log."""

from __future__ import annotations

from typing import ClassVar

from shared.contracts.base import Gone, Shown, contract
from shared.messaging.log import Topic

PEOPLE = Topic("demain.identity.people")


@contract
class PersonNamed(Shown):
    """The display name of a person, as it is now."""

    TYPE: ClassVar[str] = "demain.identity.PersonNamed"
    TOPIC: ClassVar[str] = PEOPLE.name
    ENTITY: ClassVar[str] = "person"

    name: str


@contract
class PersonForgotten(Gone):
    """The person is no longer to be named."""

    TYPE: ClassVar[str] = "demain.identity.PersonForgotten"
    TOPIC: ClassVar[str] = PEOPLE.name
    ENTITY: ClassVar[str] = "person"
