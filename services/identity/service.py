"""What identity declares to the runtime."""

from __future__ import annotations

from pathlib import Path

from services.identity import sample, statements
from services.identity.api import build_router
from services.identity.commands import mail_domains
from services.identity.denied import OwnDenials
from services.identity.letters.postman import Postman
from services.identity.outside.watch import Watch
from services.identity.problems import CONSTRAINTS
from services.identity.tables import Account, Denial, IdentityTable, MailDomain
from shared.contracts.identity import (
    DENIALS,
    MAIL_DOMAINS,
    PEOPLE,
    AccessRestored,
    MailDomainForgotten,
    PersonForgotten,
)
from shared.runtime.service import Service, StateTopic, Worker

SERVICE = Service(
    name="identity",
    title="Accounts, roles, sign-in and signed tokens",
    paths=("/api/identity", "/oauth", "/.well-known/openid-configuration"),
    router=build_router(),
    metadata=IdentityTable.metadata,
    migrations=Path(__file__).parent / "migrations",
    states=(
        StateTopic(PEOPLE, Account, statements.of_person, PersonForgotten),
        StateTopic(DENIALS, Denial, statements.of_denial, AccessRestored),
        StateTopic(MAIL_DOMAINS, MailDomain, statements.of_mail_domain, MailDomainForgotten),
    ),
    constraints=CONSTRAINTS,
    denials=OwnDenials,
    begin=mail_domains.mark_all,
    workers=(Worker("postman", Postman), Worker("outside provider", Watch)),
    sample=sample.tell,
)
