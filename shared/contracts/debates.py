"""What contributions tells about debates: debates and arguments that may be seen."""

from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime

from shared.contracts.base import Gone, Shown, contract
from shared.contracts.contributions import ContributionPublished
from shared.contracts.identity import PersonNamed
from shared.messaging.log import Topic

DEBATES = Topic("demain.contributions.debates")
ARGUMENTS = Topic("demain.contributions.arguments")


@contract
class DebateAnnounced(Shown):
    """A debate: coming, open or over, as its instants say."""

    TYPE: ClassVar[str] = "demain.contributions.DebateAnnounced"
    TOPIC: ClassVar[str] = DEBATES.name
    ENTITY: ClassVar[str] = "debate"
    PARENTS: ClassVar[tuple[str | None, ...]] = (ContributionPublished.ENTITY, None)

    contribution: str | None
    """What it was opened on."""
    language: str
    question: str
    introduction: str
    """Plain text, without markup."""
    themes: tuple[str, ...]
    territories: tuple[str, ...]
    opened_by: str
    """Id of a person."""
    opens_at: AwareDatetime
    closes_at: AwareDatetime
    zone: str
    """IANA zone in which people are told the instants."""
    url: str
    """Path on the site."""

    def parent(self) -> str | None:
        """The contribution it was opened on, if any."""
        return None if self.contribution is None else ContributionPublished.key(self.contribution)

    def refs(self) -> tuple[str, ...]:
        """Who opened it."""
        return (PersonNamed.key(self.opened_by),)


@contract
class DebateWithdrawn(Gone):
    """The debate is not public any more."""

    TYPE: ClassVar[str] = "demain.contributions.DebateWithdrawn"
    TOPIC: ClassVar[str] = DEBATES.name
    ENTITY: ClassVar[str] = "debate"


@contract
class ArgumentMade(Shown):
    """An argument, or a reply to one."""

    TYPE: ClassVar[str] = "demain.contributions.ArgumentMade"
    TOPIC: ClassVar[str] = ARGUMENTS.name
    ENTITY: ClassVar[str] = "argument"
    PARENTS: ClassVar[tuple[str | None, ...]] = (DebateAnnounced.ENTITY, "argument")

    debate: str
    answers: str | None
    """The argument it replies to."""
    position: str | None
    """``for``, ``against`` or ``nuance``; None for a reply."""
    language: str
    text: str
    """Plain text, without markup."""
    author: str
    """Id of a person."""
    made_at: AwareDatetime
    edited_at: AwareDatetime | None
    url: str
    """Path on the site."""

    def parent(self) -> str | None:
        """A reply hangs under what it answers: it is hidden with it."""
        return DebateAnnounced.key(self.debate) if self.answers is None else self.key(self.answers)

    def refs(self) -> tuple[str, ...]:
        """Its author."""
        return (PersonNamed.key(self.author),)


@contract
class ArgumentTakenDown(Gone):
    """The argument must not be seen (any more): hidden by moderators, or taken back by its author."""

    TYPE: ClassVar[str] = "demain.contributions.ArgumentTakenDown"
    TOPIC: ClassVar[str] = ARGUMENTS.name
    ENTITY: ClassVar[str] = "argument"
