"""What identity declares to the runtime."""

from __future__ import annotations

from pathlib import Path

from services.identity import sample, statements
from services.identity.api import build_router
from services.identity.letters.postman import Postman
from services.identity.problems import CONSTRAINTS
from services.identity.tables import Account, IdentityTable
from shared.contracts.identity import PEOPLE, PersonForgotten
from shared.runtime.service import Service, StateTopic, Worker

SERVICE = Service(
    name="identity",
    title="Accounts, roles, sign-in and signed tokens",
    paths=("/api/identity", "/oauth", "/.well-known/openid-configuration"),
    router=build_router(),
    metadata=IdentityTable.metadata,
    migrations=Path(__file__).parent / "migrations",
    states=(StateTopic(PEOPLE, Account, statements.of_person, PersonForgotten),),
    constraints=CONSTRAINTS,
    workers=(Worker("postman", Postman),),
    sample=sample.tell,
)
