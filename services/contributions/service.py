"""What the contributions service declares."""

from pathlib import Path

from services.contributions import debate_statements, schedule, statements
from services.contributions.api import router
from services.contributions.commands.taxonomy import define_the_usual
from services.contributions.debate_tables import Argument, Debate
from services.contributions.mover import moving
from services.contributions.problems import CONSTRAINTS
from services.contributions.reactions import REACTIONS
from services.contributions.sample_story import fill
from services.contributions.tables import Base, Contribution, Territory, Theme
from shared.contracts.contributions import (
    CONTRIBUTIONS,
    TERRITORIES,
    THEMES,
    ContributionWithdrawn,
    TerritoryRetired,
    ThemeRetired,
)
from shared.contracts.debates import ARGUMENTS, DEBATES, ArgumentTakenDown, DebateWithdrawn
from shared.messaging.counts import Counts
from shared.runtime.service import Service, StateTopic, Worker

_ARGUMENTS = StateTopic(ARGUMENTS, Argument, debate_statements.of_argument, ArgumentTakenDown)

SERVICE = Service(
    name="contributions",
    title="Contributions, their editorial life, debates, themes and territories",
    paths=(
        "/api/contributions",
        "/api/themes",
        "/api/territories",
        "/api/debates",
        "/api/arguments",
        "/api/reports",
        "/api/moderation",
    ),
    router=router,
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations",
    states=(
        StateTopic(THEMES, Theme, statements.of_theme, ThemeRetired),
        StateTopic(TERRITORIES, Territory, statements.of_territory, TerritoryRetired),
        StateTopic(CONTRIBUTIONS, Contribution, statements.of_contribution, ContributionWithdrawn),
        StateTopic(DEBATES, Debate, debate_statements.of_debate, DebateWithdrawn),
        _ARGUMENTS,
    ),
    reactions=REACTIONS,
    constraints=CONSTRAINTS,
    lifespan=moving,
    workers=(
        Worker("schedule", schedule.Schedule),
        Worker("endorsements", lambda resources: Counts(resources, _ARGUMENTS)),
    ),
    begin=define_the_usual,
    sample=fill,
)
