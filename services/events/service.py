"""What the events service declares."""

from pathlib import Path

from services.events import statements
from services.events.api import build_router
from services.events.problems import CONSTRAINTS
from services.events.reactions import REACTIONS
from services.events.sample import fill
from services.events.tables import Base, Forum, Session
from shared.contracts.events import FORUMS, SESSIONS, ForumWithdrawn, SessionWithdrawn
from shared.messaging.counts import Counts
from shared.runtime.service import Service, StateTopic, Worker

_FORUMS = StateTopic(FORUMS, Forum, statements.of_forum, ForumWithdrawn)

SERVICE = Service(
    name="events",
    title="Forums, their sessions and rooms, and who comes",
    paths=("/api/forums", "/api/registrations"),
    router=build_router(),
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations",
    states=(
        _FORUMS,
        StateTopic(SESSIONS, Session, statements.of_session, SessionWithdrawn),
    ),
    reactions=REACTIONS,
    constraints=CONSTRAINTS,
    workers=(Worker("places", lambda resources: Counts(resources, _FORUMS)),),
    sample=fill,
)
