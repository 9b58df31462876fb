"""HTTP, one module for each aggregate."""

from services.contributions.api import (
    arguments,
    authors,
    contributions,
    debates,
    moderation,
    review,
    revisions,
    taxonomy,
    translations,
)
from shared.http.route import joined

parts = (taxonomy, authors, contributions, revisions, review, translations, debates, arguments, moderation)
router = joined(*(part.router for part in parts))
