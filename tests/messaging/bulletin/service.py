"""What the bulletin service declares."""

from __future__ import annotations

from pathlib import Path

from shared.http.problems import CONFLICT
from shared.runtime.service import Service, StateTopic
from tests.messaging.bulletin.api import router
from tests.messaging.bulletin.commands import of_bulletin
from tests.messaging.bulletin.contracts import BULLETINS, BulletinRemoved
from tests.messaging.bulletin.tables import Base, Bulletin

SERVICE = Service(
    name="bulletin",
    title="Bulletins of the tests",
    paths=("/api/bulletins",),
    router=router,
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations",
    states=(StateTopic(BULLETINS, Bulletin, of_bulletin, BulletinRemoved),),
    constraints={"uq_bulletin_slug": CONFLICT, "uq_bulletin_place": CONFLICT},
)
