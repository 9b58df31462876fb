"""The routes of partners, put together."""

from services.web.sections.partners import (
    application,
    applying,
    calling,
    feeds,
    members,
    moving,
    organizations,
    reading,
    reviewing,
    testing,
)
from shared.http.route import joined

router = joined(
    *(
        part.router
        for part in (feeds, moving, organizations, members, calling, applying, reviewing, application, testing, reading)
    )
)
