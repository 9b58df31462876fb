"""The rules of the house hold, and each rule finds what it forbids."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from services.registry import SERVICES
from shared.http.access import AccessNotDeclared, Anyone, check_declared
from shared.runtime.service import Service
from tests.architecture.rules import ROOT, RULES, Rule, badly_named


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_rule_holds(rule: Rule) -> None:
    looked_at, broken = 0, []
    for file in rule.files():
        looked_at += 1
        broken += [f"{file.relative_to(ROOT)}:{line}" for line in rule.broken_in(file.read_text(encoding="utf-8"))]
    assert looked_at > 50, "the rule looks at (almost) nothing"
    assert not broken, f"{rule.name}: {broken}"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_rule_finds_what_it_forbids(rule: Rule) -> None:
    assert rule.broken_in(rule.snippet)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_exception_is_still_needed(rule: Rule) -> None:
    idle = [name for name in rule.except_in if not rule.broken_in((ROOT / name).read_text(encoding="utf-8"))]
    assert not idle, f"take these exceptions away: {idle}"


def test_modules_are_named_after_what_they_hold() -> None:
    assert badly_named(ROOT) == []


def test_a_module_named_after_nothing_is_found(tmp_path: Path) -> None:
    (tmp_path / "services" / "contributions").mkdir(parents=True)
    (tmp_path / "services" / "contributions" / "utils.py").touch()
    assert badly_named(tmp_path) == ["services/contributions/utils.py"]


def _routes(router: APIRouter) -> list[APIRoute]:
    app = FastAPI(openapi_url=None)
    app.include_router(router)
    # `app.routes` would not show the routes of included routers.
    found = [context.original_route for context in iter_route_contexts(app.routes)]
    return [route for route in found if isinstance(route, APIRoute)]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_route_declares_who_may_call_it(service: Service) -> None:
    routes = _routes(service.router)
    assert routes
    for route in routes:
        check_declared(route)


def test_a_route_without_a_rule_is_found() -> None:
    router = APIRouter()

    @router.get("/declared")
    async def declared(_: Anyone) -> None: ...

    @router.get("/forgotten")
    async def forgotten() -> None: ...

    one, other = _routes(router)
    check_declared(one)
    with pytest.raises(AccessNotDeclared, match="/forgotten"):
        check_declared(other)


def test_services_have_names_and_paths_of_their_own() -> None:
    names = [service.name for service in SERVICES]
    paths = [path for service in SERVICES for path in service.paths]
    topics = [topic.name for service in SERVICES for topic in service.topics]
    for kind in (names, paths, topics):
        assert len(kind) == len(set(kind)), kind
