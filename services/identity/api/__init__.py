"""HTTP, thin: parse, call one command or query, answer."""

from __future__ import annotations

from fastapi import APIRouter

from services.identity.api import (
    accounts,
    administration,
    arrivals,
    authorization_requests,
    federation,
    keys,
    leaving,
    people,
    pictures,
    provider,
    recovery,
    sign_ins,
    ways_in,
)
from shared.http.route import joined


def build_router() -> APIRouter:
    """All routes of the service."""
    parts = (accounts, leaving, pictures, administration, recovery, sign_ins, people, keys, authorization_requests)
    return joined(*(part.router for part in (*parts, provider, federation, arrivals, ways_in)))
