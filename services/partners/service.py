"""What the partners service declares."""

from pathlib import Path

from services.partners import statements
from services.partners.api import router
from services.partners.problems import CONSTRAINTS
from services.partners.reactions import REACTIONS
from services.partners.sample_story import fill
from services.partners.tables import Base, Call, Demonstrator, Organization
from shared.contracts.partners import (
    CALLS,
    DEMONSTRATORS,
    ORGANIZATIONS,
    CallWithdrawn,
    DemonstratorWithdrawn,
    OrganizationWithdrawn,
)
from shared.runtime.service import Service, StateTopic

SERVICE = Service(
    name="partners",
    title="Organizations, calls, applications and their reviews, partnerships, demonstrators",
    paths=(
        "/api/partners",
        "/api/organizations",
        "/api/calls",
        "/api/applications",
        "/api/reviews",
        "/api/partnerships",
        "/api/demonstrators",
    ),
    router=router,
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations",
    states=(
        StateTopic(ORGANIZATIONS, Organization, statements.of_organization, OrganizationWithdrawn),
        StateTopic(CALLS, Call, statements.of_call, CallWithdrawn),
        StateTopic(DEMONSTRATORS, Demonstrator, statements.of_demonstrator, DemonstratorWithdrawn),
    ),
    reactions=REACTIONS,
    constraints=CONSTRAINTS,
    sample=fill,
)
