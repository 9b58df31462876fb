"""What identity tells: how people are named; and, for some services only, a mark of their mail's domain.

Nothing else about them leaves identity on the log: no address, no reason, no role.
"""

from __future__ import annotations

from typing import ClassVar

from shared.contracts.base import Gone, Shown, contract
from shared.messaging.log import Topic

PEOPLE = Topic("demain.identity.people")
MAIL_DOMAINS = Topic("demain.identity.mail_domains.private")
"""Only for services that look for conflicts of interest."""


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


@contract
class MailDomainMarked(Shown):
    """Who has the same mark has an address of the same domain. Of the domain itself it tells nothing.

    The mark is a keyed hash, with a key that never leaves identity's database, so that it cannot be guessed from
    the domain either. None where sharing a domain means nothing: a provider that gives everybody an address.
    """

    TYPE: ClassVar[str] = "demain.identity.MailDomainMarked"
    TOPIC: ClassVar[str] = MAIL_DOMAINS.name
    ENTITY: ClassVar[str] = "mail-domain"

    mark: str | None
    """HMAC-SHA-256, in hexadecimal."""


@contract
class MailDomainForgotten(Gone):
    """The person's account was erased."""

    TYPE: ClassVar[str] = "demain.identity.MailDomainForgotten"
    TOPIC: ClassVar[str] = MAIL_DOMAINS.name
    ENTITY: ClassVar[str] = "mail-domain"
