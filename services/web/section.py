"""What a section of the site brings: routes, navigation, and blocks for pages that sections share.

A section is a folder of `services.web.sections` whose package has ``SECTION = Section(...)``. Its
``templates`` are found under the section's name (``contributions/page.html``), its ``static`` files under
``/static/<name>/``, its style sheets are added to the site's. Nothing else names it.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter

if TYPE_CHECKING:
    from services.web.page import Page
    from services.web.sessions import Visitor
    from shared.runtime.service import Worker


class Place(Enum):
    """A place in a shared page that sections fill."""

    HOME_LEAD = "home-lead"
    """The lead of the home page; the first section that has something to say takes it."""
    HOME_ASIDE = "home-aside"
    """Beside the lead."""
    HOME_COLUMN = "home-column"
    """Below, in columns."""
    SPACE = "space"
    """My space: what is mine in this section."""
    CONTRIBUTION = "contribution"
    """Below a contribution; the subject is the contribution."""


_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

Load = Callable[["Page", Any], Awaitable[Mapping[str, Any] | None]]
"""Fetches what a block shows, given the page and its subject; None leaves the block out."""


@dataclass(frozen=True)
class Block:
    """Part of a shared page. It is fetched beside the others and fails alone."""

    place: Place
    order: int
    title: str
    """A message id; also names what is missing when the block fails."""
    template: str
    load: Load


def _everybody(_visitor: Visitor | None) -> bool:
    return True


@dataclass(frozen=True)
class NavItem:
    """An entry of the main navigation."""

    label: str
    """A message id."""
    path: str
    order: int
    offered_to: Callable[[Visitor | None], bool] = _everybody


@dataclass(frozen=True)
class Address:
    """A page anybody may read, for the sitemap."""

    path: str
    """Without its language."""
    changed: datetime | None = None


@dataclass(frozen=True)
class Sitemap:
    """Which pages a section has, in parts that a file can hold."""

    parts: Callable[[Page], Awaitable[Sequence[str]]]
    """Names of the parts, as they stand in an address."""
    addresses: Callable[[Page, str], AsyncIterator[Address]]
    """The pages of a part. Raises LookupError for a part that is none."""


@dataclass(frozen=True)
class Keeping:
    """Addresses whose page may be kept for anonymous readers (`services.web.page_cache`); the view says `Page.keep`."""

    path: str
    """With ``{id}`` for an id and ``{slug}`` for what stands after it."""
    but: tuple[str, ...] = ()
    """Slugs that are no slugs: an address of something else."""
    query: tuple[str, ...] = ()
    """What of a query it obeys, in the order in which the site's links write it."""

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        slug = "".join(f"(?!{re.escape(one)}$)" for one in self.but) + "[a-z0-9-]+"
        parts = re.escape(self.path).replace(r"\{id\}", _ID).replace(r"\{slug\}", slug)
        return re.compile(parts)

    def matches(self, path: str) -> bool:
        """Whether a path, without its language, is one of them, written as the site writes it."""
        return self._pattern.fullmatch(path) is not None


@dataclass(frozen=True, eq=False)
class Section:
    """A part of the site that comes and goes as one. Equal to itself alone."""

    name: str
    order: int
    """Sections are laid in this order: routes, style sheets, blocks of equal order."""
    folder: Path
    router: APIRouter
    nav: tuple[NavItem, ...] = ()
    blocks: tuple[Block, ...] = ()
    notices: Mapping[str, str] = field(default_factory=dict)
    """Sentences (message ids) shown once on the page after a change, by code."""
    private: tuple[str, ...] = ()
    """Path prefixes that robots have no business in."""
    sitemap: Sitemap | None = None
    types: Mapping[str, str] = field(default_factory=dict)
    """What this section calls each type of thing that search finds (message ids, in the singular), by type."""
    kinds: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What it calls the kinds of each type (message ids), by type and code, in the order they are offered."""
    workers: tuple[Worker, ...] = ()
    """What it does by itself in each process of the site, such as following the log."""
    kept: tuple[Keeping, ...] = ()
    """Which of its pages may be kept."""
    kinds_plural: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The same when several are meant; a kind without one is called as in ``kinds``."""


@cache
def discover() -> tuple[Section, ...]:
    """All sections, in order. Raises TypeError for a folder without ``SECTION``."""
    package = importlib.import_module("services.web.sections")
    found: list[Section] = []
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        section = getattr(importlib.import_module(module.name), "SECTION", None)
        if not isinstance(section, Section):
            raise TypeError(f"{module.name} has no SECTION = Section(...)")
        found.append(section)
    return tuple(sorted(found, key=lambda section: (section.order, section.name)))
