"""The routes of contributions, put together."""

from services.web.sections.contributions import (
    authors,
    autosave,
    citations,
    comments,
    editing,
    feeds,
    reading,
    revisions,
    transitions,
    translations,
)
from shared.http.route import joined

router = joined(
    feeds.router,
    citations.router,
    autosave.router,
    authors.router,
    translations.router,
    comments.router,
    editing.router,
    transitions.router,
    revisions.router,
    reading.router,
)
