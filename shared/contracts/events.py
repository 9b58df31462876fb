"""What events tells: forums that were published, and their sessions. Never a draft, never who comes."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.contracts.base import Gone, Shown, contract
from shared.contracts.identity import PersonNamed
from shared.messaging.log import Topic

FORUMS = Topic("demain.events.forums")
SESSIONS = Topic("demain.events.sessions")


@contract
class ForumPublished(Shown):
    """A forum everybody may see, whole; a cancelled one stays visible, as cancelled."""

    TYPE: ClassVar[str] = "demain.events.ForumPublished"
    TOPIC: ClassVar[str] = FORUMS.name
    ENTITY: ClassVar[str] = "forum"

    language: str
    title: str
    summary: str
    text: str
    """The description as plain text, without markup."""
    venue: str
    link: str | None
    zone: str
    """IANA zone."""
    begins_at: AwareDatetime
    ends_at: AwareDatetime
    """When its last day is over."""
    themes: tuple[str, ...]
    territories: tuple[str, ...]
    state: Literal["published", "cancelled"]
    url: str
    """Path on the site."""
    published_at: AwareDatetime


@contract
class ForumWithdrawn(Gone):
    """The forum is not public any more."""

    TYPE: ClassVar[str] = "demain.events.ForumWithdrawn"
    TOPIC: ClassVar[str] = FORUMS.name
    ENTITY: ClassVar[str] = "forum"


class Speaker(BaseModel):
    """Who speaks: a person known here, or a name."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    person: str | None = None
    """Id."""
    name: str = ""
    """As the organizer wrote it."""


@contract
class SessionScheduled(Shown):
    """A session of a forum; it may be seen where its forum may. A cancelled one stays visible, as cancelled."""

    TYPE: ClassVar[str] = "demain.events.SessionScheduled"
    TOPIC: ClassVar[str] = SESSIONS.name
    ENTITY: ClassVar[str] = "session"
    PARENTS: ClassVar[tuple[str | None, ...]] = ("forum",)

    forum: str
    language: str
    title: str
    summary: str
    text: str
    format: str
    track: str | None
    speakers: tuple[Speaker, ...]
    zone: str
    begins_at: AwareDatetime
    ends_at: AwareDatetime
    state: Literal["scheduled", "cancelled"]
    url: str

    def parent(self) -> str | None:
        """Its forum."""
        return ForumPublished.key(self.forum)

    def refs(self) -> tuple[str, ...]:
        """Its speakers that are known here: their names are searched with it."""
        return tuple(PersonNamed.key(one.person) for one in self.speakers if one.person is not None)


@contract
class SessionWithdrawn(Gone):
    """The session is not public any more."""

    TYPE: ClassVar[str] = "demain.events.SessionWithdrawn"
    TOPIC: ClassVar[str] = SESSIONS.name
    ENTITY: ClassVar[str] = "session"
