"""Who takes part: one account for each role and citizens, with tokens that outlast the storm."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.identity import naming, passwords
from services.identity.cli import issue_token
from services.identity.commands import accounts, roles
from shared.auth.principal import Role
from shared.runtime.resources import Resources

CAST = {
    "expert": Role.EXPERT,
    "editor": Role.EDITOR,
    "organizer": Role.ORGANIZER,
    "partner": Role.CITIZEN,
    "moderator": Role.MODERATOR,
}


@dataclass(frozen=True)
class Person:
    """Somebody who signed in."""

    id: UUID
    headers: dict[str, str]


async def enrol(identity: Resources, citizens: int) -> dict[str, Person]:
    """Open the accounts; people by name, citizens as ``citizen-0``…"""
    wanted = {**CAST, **{f"citizen-{number}": Role.CITIZEN for number in range(citizens)}}
    # One hash for all: nobody signs in with it.
    secret = await passwords.hashed(identity.cpu, "une longue phrase de passe")
    people: dict[str, Person] = {}
    for number, (name, role) in enumerate(wanted.items()):
        email = f"{name}@storm.example"
        async with identity.database.transaction() as session:
            account = await accounts.enrol(
                session, email=naming.normal_email(email), password_hash=secret, display_name=name.title()
            )
            if role is not Role.CITIZEN:
                await roles.grant(session, account.id, role, by=None)
        token = await issue_token(identity, email)
        # An address each, so that nobody is too fast for another.
        from_there = {"X-Forwarded-For": f"10.0.{number // 250}.{number % 250 + 1}"}
        people[name] = Person(account.id, {"Authorization": f"Bearer {token}", **from_there})
    return people
