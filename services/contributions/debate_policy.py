"""Who may do what in debates: pure functions of principal and entity."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.contributions.debate_workflow import EDIT_WITHIN, ArgumentState, Part
from shared.auth.principal import Principal, Role

OPENERS = (Role.EXPERT, Role.EDITOR, Role.ORGANIZER, Role.MODERATOR, Role.ADMIN)
STEWARDS = (Role.EDITOR, Role.MODERATOR, Role.ADMIN)
MODERATORS = (Role.MODERATOR, Role.ADMIN)


def may_open(principal: Principal) -> bool:
    """Those who answer for what is debated here; everybody else argues."""
    return principal.has(*OPENERS)


def is_moderator(principal: Principal | None) -> bool:
    """Whether they may see what was reported, and hide."""
    return principal is not None and principal.has(*MODERATORS)


def parts_of_debate(principal: Principal | None, opened_by: UUID) -> frozenset[Part]:
    """What somebody is to a debate."""
    if principal is None:
        return frozenset()
    found = {Part.OPENER} if principal.id == opened_by else set()
    return frozenset(found | ({Part.STEWARD} if principal.has(*STEWARDS) else set()))


def parts_of_argument(principal: Principal | None, author: UUID) -> frozenset[Part]:
    """What somebody is to an argument. Nobody moderates their own: a moderator is its author then, no more."""
    if principal is None:
        return frozenset()
    if principal.id == author:
        return frozenset({Part.AUTHOR})
    return frozenset({Part.MODERATOR}) if is_moderator(principal) else frozenset()


def may_read_hidden(principal: Principal | None, author: UUID) -> bool:
    """What was hidden is shown to its author, who learns why, and to moderators."""
    return principal is not None and (principal.id == author or is_moderator(principal))


def may_read(principal: Principal | None, state: ArgumentState, author: UUID) -> bool:
    """Whether they may read the text of an argument; what was taken back is nobody's to read any more."""
    if state is ArgumentState.HIDDEN:
        return may_read_hidden(principal, author)
    return state is ArgumentState.SHOWN


def may_rewrite(at: datetime, made_at: datetime, endorsements: int, replies: int) -> bool:
    """Whether the text may still be changed: for a short time, and not once others have agreed to it or answered."""
    return at <= made_at + EDIT_WITHIN and endorsements == 0 and replies == 0
