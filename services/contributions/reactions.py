"""What contributions does when identity speaks: remembers how authors are named."""

from __future__ import annotations

from services.contributions.tables import AuthorName
from shared.messaging.people import naming
from shared.messaging.reactions import Reactions

NAMES = naming(AuthorName)

REACTIONS = Reactions("contributions", states=(NAMES,))
