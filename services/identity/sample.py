"""The sample story's people: one account for each role, with a password anybody may know.

They exist only where sample content was asked for.
"""

from __future__ import annotations

from services.identity import naming, passwords, queries
from services.identity.commands import accounts, roles
from services.identity.policy import GRANTABLE
from services.identity.tables import Account
from shared.auth.principal import Role
from shared.runtime.resources import Resources
from shared.runtime.sample import SampleAccount, SampleStory

PASSWORD = "la ville de demain"  # noqa: S105  (printed for whoever tries the sample)

CAST = (
    (Role.CITIZEN, "citoyenne@demain.example", "Amélie Garnier"),
    (Role.EXPERT, "experte@demain.example", "Nadia Belkacem"),
    (Role.EDITOR, "editrice@demain.example", "Claire Le Goff"),
    (Role.ORGANIZER, "organisateur@demain.example", "Étienne Marchand"),
    (Role.PARTNER, "partenaire@calories-douces.example", "Sofiane Haddad"),
    (Role.REVIEWER, "rapporteure@demain.example", "Hélène Vasseur"),
    (Role.MODERATOR, "moderateur@demain.example", "Luc Fontaine"),
    (Role.ADMIN, "admin@demain.example", "Mireille Aubert"),
)


async def tell(story: SampleStory) -> None:
    """Open the accounts that are missing, give them their roles, and say who they are."""
    resources = story.resources["identity"]
    for role, email, name in CAST:
        account = await _account(resources, role, email, name)
        story.people[role] = account.id
        story.accounts.append(SampleAccount(role, email, PASSWORD, account.display_name))
    story.say(f"Sample: {len(CAST)} accounts, one for each role")


async def _account(resources: Resources, role: Role, email: str, name: str) -> Account:
    async with resources.database.transaction() as session:
        account = await queries.by_email(session, email)
    if account is None:
        password_hash = await passwords.hashed(resources.cpu, PASSWORD)
        async with resources.database.transaction() as session:
            account = await accounts.enrol(
                session, email=naming.normal_email(email), password_hash=password_hash, display_name=name
            )
            if role in GRANTABLE:
                await roles.grant(session, account.id, role, by=None)
    return account
