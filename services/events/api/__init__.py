"""HTTP, thin: parse, call one command or query, answer."""

from __future__ import annotations

from fastapi import APIRouter

from services.events.api import forums, registrations, schedules, sessions
from shared.http.route import joined


def build_router() -> APIRouter:
    """All routes of the service."""
    return joined(*(part.router for part in (schedules, forums, sessions, registrations)))
