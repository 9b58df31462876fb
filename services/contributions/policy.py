"""Who may do what with contributions: pure functions of principal and entity."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from services.contributions.workflow import EDITABLE, UNPUBLISHED, Part, State
from shared.auth.principal import Principal, Role

EDITORS = (Role.EDITOR, Role.ADMIN)
WRITERS = (Role.EXPERT, Role.EDITOR, Role.ADMIN)


def is_editor(principal: Principal | None) -> bool:
    """Whether they may read and decide what was submitted."""
    return principal is not None and principal.has(*EDITORS)


def may_create(principal: Principal, kind: str) -> bool:
    """Everybody with an account may have an idea; the other kinds are for experts and editors."""
    return kind == "idea" or principal.has(*WRITERS)


def parts(principal: Principal | None, authors: Collection[UUID]) -> frozenset[Part]:
    """What somebody is to a contribution."""
    if principal is None:
        return frozenset()
    found = {Part.AUTHOR} if principal.id in authors else set()
    return frozenset(found | ({Part.EDITOR} if is_editor(principal) else set()))


def may_read(principal: Principal | None, state: State, authors: Collection[UUID]) -> bool:
    """Published ones are everybody's, drafts their authors' alone; the others also the editors'."""
    if state is State.PUBLISHED:
        return True
    mine = parts(principal, authors)
    return Part.AUTHOR in mine or (Part.EDITOR in mine and state is not State.DRAFT)


def may_discuss(principal: Principal | None, state: State, authors: Collection[UUID]) -> bool:
    """Comments are for its authors and the editors who may read it."""
    return bool(parts(principal, authors)) and may_read(principal, state, authors)


def may_edit(principal: Principal, state: State, authors: Collection[UUID]) -> bool:
    """Whether they may change the text now."""
    return bool(parts(principal, authors) & EDITABLE[state])


def may_invite(principal: Principal | None, state: State, authors: Collection[UUID]) -> bool:
    """Authors invite others, and put themselves in order, until the text is published."""
    return Part.AUTHOR in parts(principal, authors) and state in UNPUBLISHED


def may_leave(principal: Principal | None, state: State, authors: Collection[UUID]) -> bool:
    """An author may take their name off while there is a text and another author to answer for it."""
    return Part.AUTHOR in parts(principal, authors) and state is not State.WITHDRAWN and len(authors) > 1


def may_link(principal: Principal | None, state: State, authors: Collection[UUID]) -> bool:
    """Authors and editors say what is a translation of what, of texts they may read; never of what is gone."""
    return may_discuss(principal, state, authors) and state is not State.WITHDRAWN
