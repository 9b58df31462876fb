"""Conflicts of interest between people and organizations: said once, in SQL, so that every list, count and check of
this service asks the same question in the statement that reads.

A person has an interest in an organization's applications who belongs to it or ever did, who declared it, or who has
an address at the mail domain of one of its members. Domains are compared by keyed marks that identity tells; nobody
here knows an address. While a mark is not known, the interest is not known either, and counts as one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import case, exists, null, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.partners.tables import DeclaredConflict, MailDomain, Membership
from shared.storage.tables import table_of


class Interest(StrEnum):
    """Why somebody may not review what an organization proposes."""

    OWN_ORGANIZATION = "own_organization"
    DECLARED = "declared"
    SAME_MAIL_DOMAIN = "same_mail_domain"
    UNKNOWN_MAIL_DOMAIN = "unknown_mail_domain"


SENTENCES = {
    Interest.OWN_ORGANIZATION: "They belong to the organization, or did: somebody else must review it.",
    Interest.DECLARED: "They declared an interest in the organization: somebody else must review it.",
    Interest.SAME_MAIL_DOMAIN: "They share a mail domain with the organization: somebody else must review it.",
    Interest.UNKNOWN_MAIL_DOMAIN: "It is not known yet whether they share a mail domain with the organization; "
    "try again in a moment.",
}
"""What those who assign are told."""


def belongs(person: Any, organization: Any) -> Any:
    """SQL: whether somebody is a member now."""
    m: Any = table_of(Membership).alias()
    return exists(select(1).where(m.c.organization_id == organization, m.c.person == person, m.c.until.is_(None)))


def has_belonged(person: Any, organization: Any) -> Any:
    """SQL: whether somebody is or was a member."""
    m: Any = table_of(Membership).alias()
    return exists(select(1).where(m.c.organization_id == organization, m.c.person == person))


def declared(person: Any, organization: Any) -> Any:
    """SQL: whether somebody declared an interest."""
    d: Any = table_of(DeclaredConflict).alias()
    return exists(select(1).where(d.c.organization_id == organization, d.c.person == person))


def barred_from_running(person: Any, organization: Any) -> Any:
    """SQL: whether somebody who runs the call must leave this organization's applications to the others who do."""
    return or_(has_belonged(person, organization), declared(person, organization))


def interest(person: Any, organization: Any) -> Any:
    """SQL: the `Interest` of a person in an organization, NULL for none. Both may be columns or values."""
    m: Any = table_of(Membership).alias()
    theirs: Any = table_of(MailDomain).alias()
    own: Any = table_of(MailDomain).alias()
    shared_domain = exists(
        select(1).where(
            m.c.organization_id == organization,
            theirs.c.person == m.c.person,
            own.c.person == person,
            own.c.mark == theirs.c.mark,
        )
    )
    return case(
        (has_belonged(person, organization), Interest.OWN_ORGANIZATION.value),
        (declared(person, organization), Interest.DECLARED.value),
        (shared_domain, Interest.SAME_MAIL_DOMAIN.value),
        (_unknown(person, organization), Interest.UNKNOWN_MAIL_DOMAIN.value),
        else_=null(),
    )


def _unknown(person: Any, organization: Any) -> Any:
    m: Any = table_of(Membership).alias()
    theirs: Any = table_of(MailDomain).alias()
    own: Any = table_of(MailDomain).alias()
    member_unknown = exists(
        select(1).where(m.c.organization_id == organization, ~exists(select(1).where(theirs.c.person == m.c.person)))
    )
    return or_(~exists(select(1).where(own.c.person == person)), member_unknown)


async def interest_of(session: AsyncSession, person: UUID, organization: UUID) -> Interest | None:
    """The interest of a person in an organization, as the database knows it now."""
    found = (await session.execute(select(interest(person, organization)))).scalar_one()
    return None if found is None else Interest(found)
