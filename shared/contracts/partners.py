"""What partners tells: organizations, calls and demonstrators that are public. Never anything of applications."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from pydantic import AwareDatetime

from shared.contracts.base import Gone, Shown, contract
from shared.messaging.log import Topic

ORGANIZATIONS = Topic("demain.partners.organizations")
CALLS = Topic("demain.partners.calls")
DEMONSTRATORS = Topic("demain.partners.demonstrators")


@contract
class OrganizationPublished(Shown):
    """A public organization, whole."""

    TYPE: ClassVar[str] = "demain.partners.OrganizationPublished"
    TOPIC: ClassVar[str] = ORGANIZATIONS.name
    ENTITY: ClassVar[str] = "organization"

    kind: str
    """``startup``, ``lab``, ``company`` or ``authority``."""
    language: str
    name: str
    summary: str
    text: str
    """Its description, as plain text."""
    siren: str | None = None
    themes: tuple[str, ...]
    territories: tuple[str, ...]
    url: str
    """Path on the site."""
    published_at: AwareDatetime


@contract
class OrganizationWithdrawn(Gone):
    """The organization is not public any more."""

    TYPE: ClassVar[str] = "demain.partners.OrganizationWithdrawn"
    TOPIC: ClassVar[str] = ORGANIZATIONS.name
    ENTITY: ClassVar[str] = "organization"


@contract
class CallPublished(Shown):
    """A public call, whole; open, to come or over as its instants and its state say."""

    TYPE: ClassVar[str] = "demain.partners.CallPublished"
    TOPIC: ClassVar[str] = CALLS.name
    ENTITY: ClassVar[str] = "call"

    kind: str
    """``projects``, ``interest`` or ``open``."""
    language: str
    title: str
    summary: str
    text: str
    """Its description and criteria, as plain text."""
    themes: tuple[str, ...]
    territories: tuple[str, ...]
    zone: str
    """IANA name of the zone in which the instants were meant."""
    opens_at: AwareDatetime | None
    deadline: AwareDatetime | None
    closed: bool
    """Whether it was closed by hand."""
    url: str
    """Path on the site."""
    published_at: AwareDatetime


@contract
class CallWithdrawn(Gone):
    """The call is not public any more."""

    TYPE: ClassVar[str] = "demain.partners.CallWithdrawn"
    TOPIC: ClassVar[str] = CALLS.name
    ENTITY: ClassVar[str] = "call"


@contract
class DemonstratorPublished(Shown):
    """A public demonstrator, whole, with its results. It is a root: what it came from is private."""

    TYPE: ClassVar[str] = "demain.partners.DemonstratorPublished"
    TOPIC: ClassVar[str] = DEMONSTRATORS.name
    ENTITY: ClassVar[str] = "demonstrator"

    state: str
    """``running`` or ``ended``."""
    language: str
    title: str
    summary: str
    text: str
    """What is tested, and the newest results, as plain text."""
    place: str
    themes: tuple[str, ...]
    territories: tuple[str, ...]
    organization: str
    """Id of the organization whose it is; it may not be public."""
    partners: tuple[str, ...]
    """Names of others who take part."""
    until: date | None
    results: int
    url: str
    """Path on the site."""
    published_at: AwareDatetime


@contract
class DemonstratorWithdrawn(Gone):
    """The demonstrator is not public any more."""

    TYPE: ClassVar[str] = "demain.partners.DemonstratorWithdrawn"
    TOPIC: ClassVar[str] = DEMONSTRATORS.name
    ENTITY: ClassVar[str] = "demonstrator"
