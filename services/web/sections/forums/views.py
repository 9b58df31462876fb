"""The routes of forums, put together."""

from fastapi import APIRouter

from services.web.sections.forums import (
    editing,
    feeds,
    importing,
    planning,
    reading,
    registering,
    registrants,
    rooms,
    swapping,
    transitions,
)

router = APIRouter()
router.include_router(feeds.router)
router.include_router(editing.router)
router.include_router(importing.router)
router.include_router(rooms.router)
router.include_router(planning.router)
router.include_router(swapping.router)
router.include_router(transitions.router)
router.include_router(registering.router)
router.include_router(registrants.router)
router.include_router(reading.router)
