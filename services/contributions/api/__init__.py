"""HTTP, one module for each aggregate."""

from services.contributions.api import authors, contributions, review, revisions, taxonomy, translations
from shared.http.route import service_router

router = service_router()
for part in (taxonomy, authors, contributions, revisions, review, translations):
    router.include_router(part.router)
