"""HTTP, one module for each aggregate."""

from services.contributions.api import contributions, review, revisions, taxonomy
from shared.http.route import service_router

router = service_router()
for part in (taxonomy, contributions, revisions, review):
    router.include_router(part.router)
