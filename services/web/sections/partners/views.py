"""The routes of partners, put together."""

from fastapi import APIRouter

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

router = APIRouter()
for part in (feeds, moving, organizations, members, calling, applying, reviewing, application, testing, reading):
    router.include_router(part.router)
