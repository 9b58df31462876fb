"""Opening a debate, changing it, closing it, withdrawing it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.web import clock
from services.web.dates import PARIS
from services.web.errors import PageRoute
from services.web.forms import Posted, PostedForm
from services.web.language import N_, _, current
from services.web.page import CurrentPage, Page
from services.web.sections.debates.arguing import EXPIRED
from services.web.sections.debates.states import BY_SLUG, sentence
from services.web.steps import Step
from services.web.zones import instant, wall
from shared.clients.base import ServiceProblem
from shared.clients.contributions import Contribution, ContributionsClient, Debate, DebatesClient

router = APIRouter(route_class=PageRoute)

LABELS = {
    "question": N_("Question"),
    "introduction": N_("Introduction"),
    "opens_at": N_("Ouverture"),
    "closes_at": N_("Clôture"),
    "themes": N_("Thèmes"),
    "territories": N_("Territoires"),
    "language": N_("Langue"),
    "reason": N_("Motif"),
}
REFUSALS = {
    "question": N_("Posez une question : deux cent quarante signes au plus."),
    "introduction": N_("L’introduction est trop longue : vingt mille signes au plus."),
    "opens_at": N_("Choisissez un instant à venir, d’ici deux ans, ou laissez vide pour ouvrir tout de suite."),
    "closes_at": N_("Choisissez un instant à venir, après l’ouverture, d’ici deux ans."),
    "themes": N_("Un de ces thèmes n’existe plus."),
    "territories": N_("Un de ces territoires n’existe plus."),
    "contribution": N_("Ce texte n’est plus en ligne : on ne peut pas ouvrir de débat à son sujet."),
}
USUAL = timedelta(days=21)
"""How long a debate is open unless its opener says otherwise."""


@router.get("/debats/nouveau")
async def form_to_open(page: CurrentPage, contribution: str = "") -> Response:
    """The form, perhaps for a debate on a contribution."""
    page.need_role("expert", "editor", "organizer", "moderator", "admin")
    closing = (clock.now() + USUAL).replace(minute=0, second=0, microsecond=0)
    typed = {
        "question": "",
        "introduction": "",
        "opens_at": "",
        "closes_at": wall(closing, PARIS.key),
        "language": current(),
        "contribution": contribution,
        "themes": "",
        "territories": "",
    }
    return await _form(page, typed, {})


@router.post("/debats/nouveau")
async def open_debate(page: CurrentPage, form: PostedForm) -> Response:
    """Open it; what was typed is shown again when it was not accepted."""
    token = await page.needed_token()
    typed = {name: form.text(name) for name in ("question", "introduction", "opens_at", "closes_at", "contribution")}
    typed["language"] = form.text("language") or current()
    typed["themes"], typed["territories"] = ",".join(form.several("themes")), ",".join(form.several("territories"))
    errors = _missing(form, typed, PARIS.key)
    closes_at = instant(typed["closes_at"], PARIS.key)
    if errors or closes_at is None:
        return await _form(page, typed, errors)
    about = typed["contribution"] or None
    try:
        opened = await page.client(DebatesClient).open(
            typed["question"],
            closes_at,
            token=token,
            introduction=typed["introduction"],
            language=typed["language"],
            contribution=about,
            opens_at=instant(typed["opens_at"], PARIS.key),
            themes=form.several("themes") or (None if about else []),
            territories=form.several("territories") or (None if about else []),
            key=form.text("key")[:200] or None,
        )
    except ServiceProblem as problem:
        return await _form(page, typed, _errors(problem))
    return page.go(page.href(opened.url), notice="debate-opened")


def _missing(form: Posted, typed: dict[str, str], zone: str) -> dict[str, str]:
    if not form.is_ours:
        return {"form": _(EXPIRED)}
    wrong = {
        "question": not typed["question"],
        "opens_at": bool(typed.get("opens_at")) and instant(typed["opens_at"], zone) is None,
        "closes_at": instant(typed["closes_at"], zone) is None,
    }
    return {name: _(REFUSALS.get(name, "")) for name, is_wrong in wrong.items() if is_wrong}


def _errors(problem: ServiceProblem) -> dict[str, str]:
    if problem.status == 412:
        return {"form": _("Ce débat a changé pendant que vous le regardiez. Le voici tel qu’il est.")}
    if problem.status == 409:
        return {"form": _("On a déjà répondu à cette question : elle reste comme elle est.")}
    if problem.status != 422:
        raise problem
    errors = {}
    for error in problem.errors:
        name = error.field.rpartition(".")[2]
        errors[name if name in LABELS else "form"] = _(REFUSALS.get(name, "")) or error.message
    return errors


async def _form(page: Page, typed: dict[str, str], errors: dict[str, str], debate: Debate | None = None) -> Response:
    return await page.render(
        "debates/form.html",
        status=422 if errors else 200,
        typed=typed,
        errors=errors,
        labels=LABELS,
        debate=debate,
        about=await _about(page, typed.get("contribution", "")) if debate is None else None,
    )


async def _about(page: Page, id: str) -> Contribution | None:
    if not id:
        return None
    try:
        found = await page.client(ContributionsClient).read(str(UUID(id)))
    except (ValueError, ServiceProblem):
        return None
    return found if found.state == "published" else None


async def _read(page: Page, id: UUID, action: str) -> Debate:
    found = await page.client(DebatesClient).read(str(id), token=await page.needed_token())
    if action not in found.actions:
        raise HTTPException(403)
    return found


@router.get("/debats/{id:uuid}/modifier")
async def form_to_edit(page: CurrentPage, id: UUID) -> Response:
    """The form with what there is."""
    debate = await _read(page, id, "edit")
    typed = {
        "question": debate.question,
        "introduction": debate.introduction,
        "opens_at": wall(debate.opens_at, debate.zone),
        "closes_at": wall(debate.closes_at, debate.zone),
    }
    return await _form(page, typed, {}, debate)


@router.post("/debats/{id:uuid}/modifier")
async def edit(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Change it, on the version that was looked at. Only what is not as it was is sent."""
    debate = await _read(page, id, "edit")
    token = await page.needed_token()
    typed = {name: form.text(name) for name in ("question", "introduction", "opens_at", "closes_at")}
    errors = _missing(form, typed, debate.zone)
    if not errors:
        changes: dict[str, object] = {
            name: typed[name] for name in ("question", "introduction") if typed[name] != getattr(debate, name)
        }
        for name in ("opens_at", "closes_at"):
            moment = instant(typed[name], debate.zone)
            if moment is not None and typed[name] != wall(getattr(debate, name), debate.zone):
                changes[name] = moment.isoformat()
        version = form.text("version")
        try:
            edited = await page.client(DebatesClient).edit(
                str(id), int(version) if version.isdecimal() else 0, changes, token=token
            )
        except ServiceProblem as problem:
            errors = _errors(problem)
        else:
            return page.go(page.href(edited.url), notice="debate-kept")
    return await _form(page, typed, errors, debate)


@router.get("/debats/{id:uuid}/etapes/{slug}")
async def confirm(page: CurrentPage, id: UUID, slug: str) -> Response:
    """Say what the step does, and ask."""
    step = _step(slug)
    return await _ask(page, step, await _read(page, id, step.action))


@router.post("/debats/{id:uuid}/etapes/{slug}")
async def carry_out(page: CurrentPage, form: PostedForm, id: UUID, slug: str) -> Response:
    """Do it, on the version that was looked at."""
    step = _step(slug)
    debate = await _read(page, id, step.action)
    token = await page.needed_token()
    reason, version = form.text("reason"), form.text("version")
    errors: dict[str, str] = {}
    if not form.is_ours:
        errors["form"] = _(EXPIRED)
    elif step.reason and not reason:
        errors["reason"] = _("Donnez un motif : il sera public.")
    else:
        try:
            done = await page.client(DebatesClient).transition(
                str(id), int(version) if version.isdecimal() else 0, step.action, token=token, reason=reason or None
            )
        except ServiceProblem as problem:
            errors = _errors(problem)
        else:
            return page.go(page.href(done.url if step.action == "close" else "/debats"), notice=step.notice)
    return await _ask(page, step, debate, reason, errors)


def _step(slug: str) -> Step:
    step = BY_SLUG.get(slug)
    if step is None:
        raise HTTPException(404)
    return step


async def _ask(
    page: Page, step: Step, debate: Debate, reason: str = "", errors: dict[str, str] | None = None
) -> Response:
    return await page.render(
        "debates/step.html",
        status=422 if errors else 200,
        step=step,
        debate=debate,
        reason=reason,
        errors=errors or {},
        labels=LABELS,
        sentence=sentence,
    )
