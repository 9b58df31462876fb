"""The routes of debates, put together."""

from services.web.sections.debates import arguing, live, moderating, opening, reading
from shared.http.route import joined

router = joined(*(part.router for part in (opening, arguing, moderating, live, reading)))
