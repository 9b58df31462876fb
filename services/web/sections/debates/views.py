"""The routes of debates, put together."""

from fastapi import APIRouter

from services.web.sections.debates import arguing, live, moderating, opening, reading

router = APIRouter()
for part in (opening, arguing, moderating, live, reading):
    router.include_router(part.router)
