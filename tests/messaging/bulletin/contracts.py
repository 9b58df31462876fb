"""What the bulletin service tells. Its types begin with ``test.``: no contract of Demain's."""

from __future__ import annotations

from typing import ClassVar

from shared.contracts.base import Gone, Shown, contract
from shared.messaging.log import Topic

BULLETINS = Topic("test.bulletins")


@contract
class BulletinPosted(Shown):
    """A bulletin as it is."""

    TYPE: ClassVar[str] = "test.BulletinPosted"
    TOPIC: ClassVar[str] = BULLETINS.name
    ENTITY: ClassVar[str] = "bulletin"

    title: str
    body: str = ""


@contract
class BulletinRemoved(Gone):
    """It is not to be seen any more."""

    TYPE: ClassVar[str] = "test.BulletinRemoved"
    TOPIC: ClassVar[str] = BULLETINS.name
    ENTITY: ClassVar[str] = "bulletin"
