"""The schedule in the formats of others."""

from __future__ import annotations

from shared.http.route import service_router

router = service_router()
