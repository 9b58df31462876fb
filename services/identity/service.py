"""What identity declares to the runtime."""

from __future__ import annotations

from pathlib import Path

from services.identity import sample, statements
from services.identity.api import build_router
from services.identity.commands import mail_domains
from services.identity.letters.postman import Postman
from services.identity.problems import CONSTRAINTS
from services.identity.tables import Account, IdentityTable, MailDomain
from shared.contracts.identity import MAIL_DOMAINS, PEOPLE, MailDomainForgotten, PersonForgotten
from shared.runtime.service import Service, StateTopic, Worker

SERVICE = Service(
    name="identity",
    title="Accounts, roles, sign-in and signed tokens",
    paths=("/api/identity",),
    router=build_router(),
    metadata=IdentityTable.metadata,
    migrations=Path(__file__).parent / "migrations",
    states=(
        StateTopic(PEOPLE, Account, statements.of_person, PersonForgotten),
        StateTopic(MAIL_DOMAINS, MailDomain, statements.of_mail_domain, MailDomainForgotten),
    ),
    constraints=CONSTRAINTS,
    begin=mail_domains.mark_all,
    workers=(Worker("postman", Postman),),
    sample=sample.tell,
)
