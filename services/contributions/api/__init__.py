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
from shared.http.route import service_router

router = service_router()
parts = (taxonomy, authors, contributions, revisions, review, translations, debates, arguments, moderation)
for part in parts:
    router.include_router(part.router)
