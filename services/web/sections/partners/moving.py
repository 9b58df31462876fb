"""Asking before something changes its state: organizations, calls, applications, demonstrators alike."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import PostedForm
from services.web.language import N_, _
from services.web.page import CurrentPage, Page
from services.web.sections.partners import sentences, steps
from services.web.sections.partners.access import EXPIRED
from services.web.sections.partners.fields import version_of
from services.web.sections.partners.steps import Step
from shared.clients.base import ServiceProblem
from shared.clients.partners import PartnersClient

router = APIRouter(route_class=PageRoute)

_PERSON = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LABELS = {
    "reason": N_("Motif"),
    "contact": N_("Contact"),
}
UNWRITTEN = {
    "name": N_("Nom"),
    "title": N_("Titre"),
    "summary": N_("Chapeau"),
    "description": N_("Présentation"),
    "criteria": N_("Critères"),
    "deadline": N_("Date limite"),
    "proposal": N_("Proposition"),
    "contact": N_("Contact"),
    "tested": N_("Ce que l’on essaie"),
    "place": N_("Lieu"),
    "territories": N_("Territoires"),
    "until": N_("Dernier jour"),
}


@dataclass(frozen=True)
class Movable:
    """One sort of thing that has states."""

    place: str
    """Where its pages begin."""
    steps: Sequence[Step]
    read: Callable[[PartnersClient, str, str], Awaitable[Any]]
    move: Callable[[PartnersClient, str, int, str, str, str | None, str | None], Awaitable[Any]]
    """Client, id, version, action, token, reason, contact."""
    sentence: Callable[[Any], Markup]

    def path(self, one: Any) -> str:
        """Where it is read."""
        return getattr(one, "url", None) or f"{self.place}/{one.id}"


MOVABLE = (
    Movable(
        "/organisations",
        steps.ORGANIZATION,
        lambda client, id, token: client.organization(id, token=token),
        lambda client, id, version, action, token, reason, _contact: client.move_organization(
            id, version, action, token=token, reason=reason
        ),
        sentences.of_organization,
    ),
    Movable(
        "/appels",
        steps.CALL,
        lambda client, id, token: client.read_call(id, token=token),
        lambda client, id, version, action, token, reason, _contact: client.move_call(
            id, version, action, token=token, reason=reason
        ),
        sentences.of_call,
    ),
    Movable(
        "/candidatures",
        steps.APPLICATION,
        lambda client, id, token: client.application(id, token=token),
        lambda client, id, version, action, token, reason, contact: client.move_application(
            id, version, action, token=token, reason=reason, contact=contact
        ),
        sentences.of_application,
    ),
    Movable(
        "/demonstrateurs",
        steps.DEMONSTRATOR,
        lambda client, id, token: client.demonstrator(id, token=token),
        lambda client, id, version, action, token, reason, _contact: client.move_demonstrator(
            id, version, action, token=token, reason=reason
        ),
        sentences.of_demonstrator,
    ),
)


def person_in(typed: str) -> str | None:
    """The person whose page's address, or whose id, was typed; None for neither."""
    found = _PERSON.search(typed.lower())
    return found[0] if found else None


def _pages(movable: Movable) -> None:
    """The confirmation of each step, and its carrying out."""

    @router.get(movable.place + "/{id:uuid}/etapes/{slug}")
    async def confirm(page: CurrentPage, id: UUID, slug: str) -> Response:
        step, token = _step(movable, slug), await page.needed_token()
        one = await movable.read(page.client(PartnersClient), str(id), token)
        return await _ask(page, movable, step, one, dict.fromkeys(LABELS, ""), {})

    @router.post(movable.place + "/{id:uuid}/etapes/{slug}")
    async def carry_out(page: CurrentPage, form: PostedForm, id: UUID, slug: str) -> Response:
        step, token = _step(movable, slug), await page.needed_token()
        client = page.client(PartnersClient)
        typed = {name: form.text(name) for name in LABELS}
        contact = person_in(typed["contact"]) if step.names_contact else None
        errors: dict[str, str] = {}
        if not form.is_ours:
            errors["form"] = _(EXPIRED)
        if step.reason and not typed["reason"]:
            errors["reason"] = _("Donnez un motif : ceux que cela concerne le liront.")
        if step.names_contact and typed["contact"] and contact is None:
            errors["contact"] = _(WHOSE_PAGE)
        if not errors:
            try:
                done = await movable.move(
                    client, str(id), version_of(form), step.action, token, typed["reason"] or None, contact
                )
            except ServiceProblem as problem:
                if problem.status not in (409, 412, 422):
                    raise
                errors = _errors(problem, step)
            else:
                gone = step.action == "withdraw" and movable.place != "/candidatures"
                return page.go(page.href("/mon-espace" if gone else movable.path(done)), notice=step.notice)
        return await _ask(page, movable, step, await movable.read(client, str(id), token), typed, errors)


WHOSE_PAGE = N_("Collez l’adresse de la page publique de cette personne, comme /personnes/… sur ce site.")

for _movable in MOVABLE:
    _pages(_movable)


def _step(movable: Movable, slug: str) -> Step:
    for step in movable.steps:
        if step.slug == slug:
            return step
    raise HTTPException(404)


def _errors(problem: ServiceProblem, step: Step) -> dict[str, str]:
    if problem.type.endswith(":deadline-passed"):
        return {
            "form": _("La date limite est passée. Votre brouillon est gardé tel quel, mais l’appel ne le prend plus.")
        }
    if problem.type.endswith(":call-not-open"):
        return {"form": _("L’appel ne prend pas de candidatures en ce moment. Votre brouillon est gardé tel quel.")}
    if problem.status in (409, 412):
        return {
            "form": _(
                "L’état a changé pendant que vous regardiez. Voici où l’on en est ; relisez avant de recommencer."
            )
        }
    missing = [error.field.rpartition(".")[2] for error in problem.errors]
    if "reason" in missing:
        return {"reason": _("Ce motif ne convient pas : une à quelques phrases, deux mille signes au plus.")}
    if step.names_contact and "contact" in missing:
        return {"contact": _(WHOSE_PAGE)}
    unwritten = [_(UNWRITTEN[name]) for name in missing if name in UNWRITTEN]
    if unwritten:
        return {
            "form": _(
                "Il manque encore : %(fields)s. Complétez, puis revenez à cette étape.", fields=", ".join(unwritten)
            )
        }
    return {"form": " ".join(error.message for error in problem.errors) or problem.detail or problem.title}


async def _ask(
    page: Page, movable: Movable, step: Step, one: Any, typed: Mapping[str, str], errors: dict[str, str]
) -> Response:
    possible = step.action in one.actions
    return await page.render(
        "partners/transition.html",
        status=422 if errors else 200 if possible else 409,
        step=step,
        subject=one,
        title=getattr(one, "name", None) or getattr(one, "title", "") or _("Sans titre"),
        lang=getattr(one, "language", None) or "fr",
        path=movable.path(one),
        edit=f"{movable.place}/{one.id}/modifier" if "edit" in one.actions else "",
        said=movable.sentence(one),
        possible=possible,
        typed=typed,
        errors=errors,
        labels=LABELS,
    )
