"""HTTP: parse, call one command or query, answer."""

from services.partners.api import applications, calls, demonstrators, organizations, reviews
from shared.http.route import service_router

router = service_router()
for part in (organizations, calls, applications, reviews, demonstrators):
    router.include_router(part.router)
