"""HTTP, one module for each aggregate."""

from services.contributions.api import arguments, contributions, debates, moderation, review, revisions, taxonomy
from shared.http.route import service_router

router = service_router()
for part in (taxonomy, contributions, revisions, review, debates, arguments, moderation):
    router.include_router(part.router)
