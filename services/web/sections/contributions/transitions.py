"""Asking before a contribution changes its state."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.web.dates import PARIS
from services.web.errors import PageRoute
from services.web.forms import PostedForm
from services.web.language import _
from services.web.page import CurrentPage, Page
from services.web.sections.contributions.states import BY_SLUG, Step, sentence
from services.web.sections.contributions.written import LABELS
from services.web.zones import instant
from shared.clients.base import ServiceProblem
from shared.clients.contributions import Contribution, ContributionsClient

router = APIRouter(route_class=PageRoute)


@router.get("/contributions/{id:uuid}/etapes/{slug}")
async def confirm(page: CurrentPage, id: UUID, slug: str) -> Response:
    """Say what the transition does, and ask."""
    step = _step(slug)
    token = await page.needed_token()
    contribution = await page.client(ContributionsClient).read(str(id), token=token)
    return await _ask(page, step, contribution, reason="", errors={})


@router.post("/contributions/{id:uuid}/etapes/{slug}")
async def carry_out(page: CurrentPage, form: PostedForm, id: UUID, slug: str) -> Response:
    """Do it, on the version that was looked at."""
    step = _step(slug)
    token = await page.needed_token()
    client = page.client(ContributionsClient)
    reason, when = form.text("reason"), form.text("at")
    at = instant(when, PARIS.key) if step.asks_when else None
    errors: dict[str, str] = {}
    if not form.is_ours:
        errors["form"] = _("Le formulaire avait expiré. Votre saisie est encore là : envoyez-le de nouveau.")
    elif step.reason and not reason:
        errors["reason"] = _("Donnez un motif : ceux que cela concerne le liront.")
    elif step.asks_when and at is None:
        errors["at"] = _("Donnez un jour et une heure à venir.")
    else:
        version = form.text("version")
        try:
            done = await client.transition(
                str(id),
                int(version) if version.isdecimal() else 0,
                step.action,
                token=token,
                reason=reason or None,
                at=at,
            )
        except ServiceProblem as problem:
            if problem.status not in (409, 412, 422):
                raise
            errors = _errors(problem)
        else:
            mine = page.visitor is not None and page.visitor.person in {one.id for one in done.authors}
            after = {
                "withdraw": "/mon-espace" if mine else "/contributions",
                "return": "/relecture",
                "recall": f"/contributions/{done.id}/modifier",
            }
            return page.go(page.href(after.get(step.action, done.url)), notice=step.notice)
    contribution = await client.read(str(id), token=token)
    return await _ask(page, step, contribution, reason=reason, when=when, errors=errors, status=422)


def _step(slug: str) -> Step:
    step = BY_SLUG.get(slug)
    if step is None:
        raise HTTPException(404)
    return step


def _errors(problem: ServiceProblem) -> dict[str, str]:
    if problem.status in (409, 412):
        return {
            "form": _(
                "Ce texte a changé pendant que vous le regardiez. Voici où il en est ; relisez-le avant de recommencer."
            )
        }
    missing = [error.field.rpartition(".")[2] for error in problem.errors]
    unwritten = [_(LABELS[name]) for name in ("summary", "body", "themes") if name in missing]
    if unwritten:
        return {
            "form": _(
                "Il manque encore : %(fields)s. Complétez le texte dans l’éditeur, puis revenez à cette étape.",
                fields=", ".join(unwritten),
            )
        }
    if "at" in missing:
        return {"at": _("Donnez un jour et une heure à venir, d’ici deux ans.")}
    if "reason" in missing:
        return {"reason": _("Ce motif ne convient pas : une à quelques phrases, mille signes au plus.")}
    return {"form": " ".join(error.message for error in problem.errors) or problem.detail or problem.title}


async def _ask(
    page: Page,
    step: Step,
    contribution: Contribution,
    *,
    reason: str,
    errors: dict[str, str],
    when: str = "",
    status: int = 200,
) -> Response:
    possible = step.action in contribution.actions
    return await page.render(
        "contributions/transition.html",
        status=status if possible or errors else 409,
        step=step,
        contribution=contribution,
        sentence=sentence,
        possible=possible,
        reason=reason,
        when=when,
        errors=errors,
    )
