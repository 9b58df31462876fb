"""HTTP: parse, call one command or query, answer."""

from services.partners.api import applications, calls, demonstrators, organizations, reviews
from shared.http.route import joined

router = joined(*(part.router for part in (organizations, calls, applications, reviews, demonstrators)))
