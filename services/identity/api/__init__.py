"""HTTP, thin: parse, call one command or query, answer."""

from __future__ import annotations

from fastapi import APIRouter

from services.identity.api import (
    accounts,
    administration,
    authorization_requests,
    keys,
    leaving,
    people,
    pictures,
    provider,
    recovery,
    sign_ins,
)
from shared.http.route import service_router


def build_router() -> APIRouter:
    """All routes of the service."""
    router = service_router()
    parts = (accounts, leaving, pictures, administration, recovery, sign_ins, people, keys, authorization_requests)
    for part in (*parts, provider):
        router.include_router(part.router)
    return router
