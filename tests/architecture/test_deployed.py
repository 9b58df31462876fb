"""What stands in deploy/ is what the services declare."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy import dashboard, routes
from deploy.manifests import files as manifests
from services.registry import SERVICES

GENERATED = [*routes.files(), *manifests.files(), (dashboard.FILE, dashboard.text())]


@pytest.mark.parametrize(("path", "text"), GENERATED, ids=lambda one: one.name if isinstance(one, Path) else "")
def test_a_generated_file_is_what_the_declarations_say(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, (
        "write it anew: python -m deploy.routes, deploy.manifests, deploy.dashboard"
    )


def test_no_two_services_claim_a_path() -> None:
    claimed = [prefix for service in SERVICES for prefix in service.prefixes]
    assert len(claimed) == len(set(claimed))
    assert [route.service for route in routes.routes() if "/" in route.prefixes] == ["web"]


def test_control_a_path_that_is_not_in_the_file_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    before = routes.caddy()
    declared = [routes.Route("events", ("/api/events", "/api/gatherings")), *routes.routes()[1:]]
    monkeypatch.setattr(routes, "routes", lambda: declared)
    assert routes.caddy() != before and "/api/gatherings/*" in routes.caddy()
