"""The routes of contributions, put together."""

from fastapi import APIRouter

from services.web.sections.contributions import (
    authors,
    autosave,
    citations,
    comments,
    editing,
    feeds,
    reading,
    revisions,
    transitions,
    translations,
)

router = APIRouter()
router.include_router(feeds.router)
router.include_router(citations.router)
router.include_router(autosave.router)
router.include_router(authors.router)
router.include_router(translations.router)
router.include_router(comments.router)
router.include_router(editing.router)
router.include_router(transitions.router)
router.include_router(revisions.router)
router.include_router(reading.router)
