"""What others are told about an account."""

from __future__ import annotations

from services.identity.tables import Account, MailDomain
from shared.contracts.identity import MailDomainMarked, PersonForgotten, PersonNamed


def of_person(account: Account) -> PersonNamed | PersonForgotten | None:
    """How the person is named now, or that they are not to be named. Their e-mail and roles stay here.

    Nothing of somebody whose address nobody verified: they may be anybody's invention.
    """
    if account.forgotten_at is not None:
        return PersonForgotten(id=str(account.id))
    if account.verified_at is None:
        return None
    return PersonNamed(id=str(account.id), name=account.display_name)


def of_mail_domain(domain: MailDomain) -> MailDomainMarked:
    """The mark of the domain of somebody's address, for services that look for conflicts of interest."""
    return MailDomainMarked(id=str(domain.id), mark=domain.mark)
