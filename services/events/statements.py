"""What the public state of a forum and of a session is, as it is told."""

from __future__ import annotations

from typing import Literal

from services.events.tables import Forum, Session
from services.events.workflow import PUBLIC, State
from shared.contracts.events import ForumPublished, ForumWithdrawn, SessionScheduled, SessionWithdrawn, Speaker
from shared.slugs import slug

_TAKEN = frozenset(
    {"modifier", "etapes", "sessions", "salles", "programme", "grille", "inscription", "inscriptions", "importer"}
)
"""Addresses below a forum that the site uses itself."""


def url_of(id: object, title: str) -> str:
    """Where a forum is read on the site."""
    name = slug(title, otherwise="forum")
    return f"/forums/{id}/{f'forum-{name}' if name in _TAKEN else name}"


def session_url(forum: object, id: object, title: str) -> str:
    """Where a session is read on the site."""
    return f"/forums/{forum}/sessions/{id}/{slug(title, otherwise='session')}"


def of_forum(forum: Forum) -> ForumPublished | ForumWithdrawn | None:
    """None for one that never was public and of which nobody was told."""
    if forum.state not in PUBLIC or forum.published_at is None:
        return ForumWithdrawn(id=str(forum.id)) if forum.ordinal else None
    state: Literal["published", "cancelled"] = "cancelled" if forum.state == State.CANCELLED else "published"
    return ForumPublished(
        id=str(forum.id),
        language=forum.language,
        title=forum.title,
        summary=forum.summary,
        text=forum.text,
        venue=forum.venue,
        link=forum.link,
        zone=forum.zone,
        begins_at=forum.begins_at,
        ends_at=forum.ends_at,
        themes=tuple(forum.themes),
        territories=tuple(forum.territories),
        state=state,
        url=url_of(forum.id, forum.title),
        published_at=forum.published_at,
    )


def is_off(session: Session) -> bool:
    """Whether it does not take place: it was cancelled, or its forum was."""
    return session.cancelled or session.forum_state == State.CANCELLED


def of_session(session: Session) -> SessionScheduled | SessionWithdrawn | None:
    """None for one that never was public and of which nobody was told."""
    if session.forum_state not in PUBLIC:
        return SessionWithdrawn(id=str(session.id)) if session.ordinal else None
    return SessionScheduled(
        id=str(session.id),
        forum=str(session.forum_id),
        language=session.language,
        title=session.title,
        summary=session.summary,
        text=session.text,
        format=session.format,
        track=session.track,
        speakers=tuple(Speaker.model_validate(one) for one in session.speakers),
        zone=session.zone,
        begins_at=session.begins_at,
        ends_at=session.ends_at,
        state="cancelled" if is_off(session) else "scheduled",
        url=session_url(session.forum_id, session.id, session.title),
    )
