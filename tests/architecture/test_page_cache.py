"""What keeps the page cache from rotting: one clock, tags for paths that there are, and every topic heard."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute, iter_route_contexts

from services.registry import SERVICES
from services.web.page_cache import tags
from services.web.page_cache.following import TOPICS
from services.web.section import Section, discover
from shared.contracts.identity import DENIALS, MAIL_DOMAINS

SITE = Path(__file__).parents[2] / "services" / "web"
CLOCKS = frozenset({"now", "utcnow", "today", "time", "time_ns"})
OF = frozenset({"datetime", "date", "time"})


def readings(source: str) -> list[int]:
    """The lines that read what time it is otherwise than from the site's clock."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and node.attr in CLOCKS
        and isinstance(node.value, ast.Name)
        and node.value.id in OF
    ]


def test_only_the_clock_of_the_site_reads_the_time() -> None:
    found = {path: readings(path.read_text(encoding="utf-8")) for path in SITE.rglob("*.py")}
    assert [path.name for path, lines in found.items() if lines] == ["clock.py"], "read it with services.web.clock"


@pytest.mark.parametrize("line", ["datetime.now(UTC)", "date.today()", "time.time()", "read(now=datetime.now)"])
def test_control_another_reading_is_found(line: str) -> None:
    assert readings(f"x = 1\ny = {line}") == [2]
    assert readings("x = clock.now(), clock.today(zone), datetime.fromisoformat(y), time.monotonic()") == []


def gets(router: APIRouter) -> Iterator[str]:
    """The paths that are answered to GET, with ``{id}`` for every id."""
    for context in iter_route_contexts(router.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and "GET" in route.methods:
            yield re.sub(r"{\w*id(:uuid)?}", "{id}", context.path or route.path)


def test_tags_are_of_paths_that_there_are() -> None:
    there = {path for service in SERVICES for path in gets(service.router)}
    assert set(tags._BY_PATH) - there == set()


@pytest.mark.parametrize("section", discover(), ids=lambda section: section.name)
def test_addresses_that_are_kept_are_pages_of_their_section(section: Section) -> None:
    assert {keeping.path for keeping in section.kept} - set(gets(section.router)) == set()


def test_everything_that_is_told_is_heard_but_what_no_page_shows() -> None:
    told = {topic.name for service in SERVICES for topic in service.topics}
    assert told - {topic.name for topic in TOPICS} == {DENIALS.name, MAIL_DOMAINS.name}
