"""The sample story: content each service fills an empty platform with, in the order of the registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from shared.runtime.resources import Resources


@dataclass(frozen=True)
class SampleAccount:
    """An account anybody may sign in to, where sample content is."""

    role: str
    email: str
    password: str
    display_name: str


@dataclass
class SampleStory:
    """What the services' samples share."""

    resources: Mapping[str, Resources]
    """By service."""
    say: Callable[[str], None]
    """Shows progress."""
    people: dict[str, UUID] = field(default_factory=dict)
    """Person by role, made by identity."""
    accounts: list[SampleAccount] = field(default_factory=list)
