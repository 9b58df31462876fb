"""The routes of themes and territories, put together."""

from fastapi import APIRouter

from services.web.sections.taxonomy import administration, reading

router = APIRouter()
router.include_router(administration.router)
router.include_router(reading.router)
