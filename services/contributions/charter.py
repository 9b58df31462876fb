"""The rules of debates, published for everybody: what is reported or hidden is so for one of them.

Codes only; the site says them in words (its page of the charter). A code is kept for ever, as what was hidden names it.
"""

from __future__ import annotations

from enum import StrEnum


class Rule(StrEnum):
    """What an argument must not do."""

    RESPECT = "respect"
    """Attack or belittle people instead of what they say."""
    DISCRIMINATION = "discrimination"
    """Incite to hatred or discrimination; unlawful words."""
    PRIVACY = "privacy"
    """Tell about people what is theirs alone: names, addresses, photographs."""
    FALSEHOOD = "falsehood"
    """Say as a fact what its author knows to be false, or pretend to be somebody else."""
    ADVERTISING = "advertising"
    """Sell or campaign."""
    OFF_TOPIC = "off_topic"
    """Answer another question than the one that is debated, or repeat the same again and again."""
