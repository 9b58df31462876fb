"""A transition as it is asked for on screen: the link that leads to it, and the page that asks before it is done."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Step:
    """Words are message ids."""

    action: str
    slug: str
    """In the address of its confirmation page."""
    link: str
    question: str
    consequence: str
    button: str
    notice: str
    reason: str = ""
    """Label of the field for a reason, which must then be given; empty where none is asked."""
    is_quiet: bool = False
    """Whether its link stands back beside the main one."""
    is_grave: bool = False
    """Whether it cannot be undone, or many have to be told."""
