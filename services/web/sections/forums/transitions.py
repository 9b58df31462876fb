"""Asking before a forum or a session changes its state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import Posted, PostedForm
from services.web.language import N_, _
from services.web.page import CurrentPage, Page, SignInNeeded
from services.web.sections.forums import times
from services.web.sections.forums.access import kept, organized, version_of
from services.web.sections.forums.conflicts import Conflict, conflicts_of
from services.web.sections.forums.programme import programme
from services.web.sections.forums.states import FORUM_STEPS, SESSION_STEPS, sentence, session_sentence
from services.web.sections.forums.words import FORUM_LABELS
from services.web.steps import Step
from shared.clients.base import ServiceProblem
from shared.clients.events import EventsClient, Forum, Session

router = APIRouter(route_class=PageRoute)

Moved = Forum | Session
REASON = {"reason": N_("Motif")}


@router.get("/forums/{id:uuid}/etapes/{slug}")
async def confirm(page: CurrentPage, id: UUID, slug: str) -> Response:
    """Say what the transition of a forum does, and ask."""
    step = _step(FORUM_STEPS, slug)
    forum, _token = await organized(page, id, to_change=False)
    return await _ask(page, step, forum, forum)


@router.post("/forums/{id:uuid}/etapes/{slug}")
async def carry_out(page: CurrentPage, form: PostedForm, id: UUID, slug: str) -> Response:
    """Do it, on the version that was looked at."""
    step = _step(FORUM_STEPS, slug)
    try:
        forum, token = await organized(page, id, to_change=False)
    except SignInNeeded:
        return await kept(page, form, REASON)

    async def move(version: int, reason: str | None) -> Moved:
        client = page.client(EventsClient)
        return await client.transition(forum.id, version, step.action, token=token, reason=reason)

    return await _carry_out(page, form, step, forum, forum, move)


@router.get("/forums/{id:uuid}/programme/{session_id:uuid}/etapes/{slug}")
async def confirm_session(page: CurrentPage, id: UUID, session_id: UUID, slug: str) -> Response:
    """Say what the transition of a session does, and ask."""
    step = _step(SESSION_STEPS, slug)
    forum, token = await organized(page, id)
    session = await page.client(EventsClient).session(forum.id, str(session_id), token=token)
    return await _ask(page, step, forum, session)


@router.post("/forums/{id:uuid}/programme/{session_id:uuid}/etapes/{slug}")
async def carry_out_session(page: CurrentPage, form: PostedForm, id: UUID, session_id: UUID, slug: str) -> Response:
    """Do it, on the version that was looked at."""
    step = _step(SESSION_STEPS, slug)
    try:
        forum, token = await organized(page, id)
    except SignInNeeded:
        return await kept(page, form, REASON)
    client = page.client(EventsClient)
    session = await client.session(forum.id, str(session_id), token=token)

    async def move(version: int, reason: str | None) -> Moved:
        return await client.move_session(forum.id, session.id, version, step.action, token=token, reason=reason)

    return await _carry_out(page, form, step, forum, session, move)


async def _carry_out(
    page: Page,
    form: Posted,
    step: Step,
    forum: Forum,
    subject: Moved,
    move: Callable[[int, str | None], Awaitable[Moved]],
) -> Response:
    reason = form.text("reason")
    errors: dict[str, str] = {}
    conflicts: Sequence[Conflict] = ()
    if not form.is_ours:
        errors["form"] = _("Le formulaire avait expiré. Votre saisie est encore là : envoyez-le de nouveau.")
    elif step.reason and not reason:
        errors["reason"] = _("Donnez un motif : ceux que cela concerne le liront.")
    else:
        try:
            done = await move(version_of(form), reason or None)
        except ServiceProblem as problem:
            if problem.status not in (409, 412, 422):
                raise
            token = await page.needed_token()
            found = conflicts_of(problem, (await programme(page, forum, token)).sessions, subject.id)
            conflicts, errors = found, _errors(problem, bool(found))
        else:
            return page.go(page.href(done.url), notice=step.notice)
    return await _ask(page, step, forum, subject, reason=reason, errors=errors, conflicts=conflicts, status=422)


def _step(steps: Sequence[Step], slug: str) -> Step:
    for step in steps:
        if step.slug == slug:
            return step
    raise HTTPException(404)


def _errors(problem: ServiceProblem, has_conflicts: bool) -> dict[str, str]:
    if has_conflicts:
        return {"form": _("La salle est prise à cette heure-là. Choisissez une autre salle ou une autre heure.")}
    if problem.status in (409, 412):
        return {
            "form": _(
                "Le programme a changé pendant que vous le regardiez. Voici où il en est ; relisez avant de "
                "recommencer."
            )
        }
    missing = [error.field.rpartition(".")[2] for error in problem.errors]
    if "reason" in missing:
        return {"reason": _("Ce motif ne convient pas : une à quelques phrases, deux mille signes au plus.")}
    unwritten = [_(FORUM_LABELS[name]) for name in ("summary", "venue") if name in missing]
    if unwritten:
        return {
            "form": _(
                "Il manque encore : %(fields)s. Complétez le forum, puis revenez à cette étape.",
                fields=", ".join(unwritten),
            )
        }
    return {"form": " ".join(error.message for error in problem.errors) or problem.detail or problem.title}


async def _ask(
    page: Page,
    step: Step,
    forum: Forum,
    subject: Moved,
    *,
    reason: str = "",
    errors: dict[str, str] | None = None,
    conflicts: Sequence[Conflict] = (),
    status: int = 200,
) -> Response:
    possible = step.action in subject.actions
    said: Any = sentence(forum) if subject is forum else session_sentence(subject, forum)  # type: ignore[arg-type]
    return await page.render(
        "forums/transition.html",
        status=status if possible or errors else 409,
        step=step,
        forum=forum,
        subject=subject,
        said=said,
        possible=possible,
        reason=reason,
        errors=errors or {},
        conflicts=conflicts,
        times=times,
    )
