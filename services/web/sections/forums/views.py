"""The routes of forums, put together."""

from services.web.sections.forums import (
    editing,
    feeds,
    importing,
    planning,
    reading,
    registering,
    registrants,
    rooms,
    swapping,
    transitions,
)
from shared.http.route import joined

router = joined(
    feeds.router,
    editing.router,
    importing.router,
    rooms.router,
    planning.router,
    swapping.router,
    transitions.router,
    registering.router,
    registrants.router,
    reading.router,
)
