"""The routes of themes and territories, put together."""

from services.web.sections.taxonomy import administration, reading
from shared.http.route import joined

router = joined(
    administration.router,
    reading.router,
)
