"""Arguing, answering, endorsing, rewording, taking back, reporting."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import Posted, PostedForm, local_path
from services.web.language import N_, _
from services.web.page import CurrentPage, Page
from services.web.sections.debates import reading
from services.web.sections.debates.words import POSITIONS, RULE_HELP, RULES
from shared.clients.base import ServiceProblem
from shared.clients.contributions import Argument, DebatesClient

router = APIRouter(route_class=PageRoute)

EXPIRED = N_("Le formulaire avait expiré. Votre saisie est encore là : envoyez-le de nouveau.")
LABELS = {"body": N_("Votre argument"), "position": N_("Votre position"), "rule": N_("Règle"), "note": N_("Précision")}


@router.post("/debats/{id:uuid}/arguments")
async def argue(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Say something in a debate; what was typed is shown again when it was not accepted."""
    token = await page.needed_token()
    body, position, answers = form.text("body"), form.text("position"), form.text("answers")
    errors = _missing(form, body, position, answers)
    if not errors:
        try:
            made = await page.client(DebatesClient).argue(
                str(id),
                body,
                token=token,
                position=None if answers else position,
                answers=answers or None,
                key=form.text("key")[:200] or None,
            )
        except ServiceProblem as problem:
            errors = _errors(problem)
        else:
            notice = "replied" if answers else "argued"
            if answers:
                return page.go(page.href(made.url), notice=notice)
            anchor = f"#argument-{made.id}"
            return page.go(page.href(made.debate.url, argument=made.id) + anchor, notice=notice)
    debate = await reading.read(page, str(id))
    if isinstance(debate, Response):
        return debate
    if answers:
        spoken = await page.client(DebatesClient).argument(answers, token=token)
        return await reading.show_argument(page, debate, spoken, typed=body, errors=errors)
    return await reading.show(page, debate, typed={"body": body, "position": position}, errors=errors)


def _missing(form: Posted, body: str, position: str, answers: str) -> dict[str, str]:
    if not form.is_ours:
        return {"form": _(EXPIRED)}
    errors = {}
    if not answers and position not in POSITIONS:
        errors["position"] = _("Choisissez : pour, contre, ou une nuance.")
    if not body:
        errors["body"] = _("Écrivez votre argument.")
    return errors


def _errors(problem: ServiceProblem) -> dict[str, str]:
    if problem.status == 409 and problem.extra.get("phase"):
        return {"form": _("Le débat n’est pas ouvert en ce moment. Votre texte est encore là ; gardez-en une copie.")}
    if problem.status in (409, 412):
        return {"form": _("Il a changé pendant que vous écriviez. Le voici tel qu’il est.")}
    if problem.status == 429:
        return {"form": _("Vous allez un peu vite. Attendez une minute, puis envoyez de nouveau.")}
    if problem.status != 422:
        raise problem
    if any(error.field == "answers" for error in problem.errors):
        return {"form": _("On ne peut plus répondre à cet argument : il a été masqué ou retiré.")}
    return {"body": _("Écrivez quelques phrases : quatre mille signes au plus.")}


@router.post("/debats/{debate_id:uuid}/arguments/{id:uuid}/soutien")
async def endorse(page: CurrentPage, form: PostedForm, debate_id: UUID, id: UUID) -> Response:
    """Endorse an argument, or no longer, and go back to it."""
    form.expect_ours()
    token = await page.needed_token()
    client = page.client(DebatesClient)
    back = local_path(form.text("retour"), page.href(f"/debats/{debate_id}/arguments/{id}"))
    try:
        if form.text("do") == "endorse":
            await client.endorse(str(id), token=token)
        else:
            await client.endorse_no_longer(str(id), token=token)
    except ServiceProblem as problem:
        if problem.status not in (403, 409):
            raise
        return page.go(f"{back}#argument-{id}", notice="not-endorsed")
    return page.go(f"{back}#argument-{id}")


async def _own(page: Page, debate_id: UUID, id: UUID) -> Argument:
    await page.needed_token()
    return await reading.read_argument(page, debate_id, id)


@router.get("/debats/{debate_id:uuid}/arguments/{id:uuid}/modifier")
async def reword_form(page: CurrentPage, debate_id: UUID, id: UUID) -> Response:
    """One's own argument, to be said better, or taken back."""
    spoken = await _own(page, debate_id, id)
    return await _ask(page, "debates/reword.html", spoken, {"body": spoken.body or ""})


@router.post("/debats/{debate_id:uuid}/arguments/{id:uuid}/modifier")
async def reword(page: CurrentPage, form: PostedForm, debate_id: UUID, id: UUID) -> Response:
    """Say it better, or take it back."""
    token = await page.needed_token()
    client = page.client(DebatesClient)
    body, version = form.text("body"), form.text("version")
    known = int(version) if version.isdecimal() else 0
    errors: dict[str, str] = {}
    if not form.is_ours:
        errors["form"] = _(EXPIRED)
    elif form.text("do") != "take-back" and not body:
        errors["body"] = _("Écrivez votre argument.")
    else:
        try:
            if form.text("do") == "take-back":
                await client.take_back(str(id), known, token=token)
                return page.go(page.href(f"/debats/{debate_id}"), notice="taken-back")
            made = await client.reword(str(id), known, body, token=token)
            return page.go(page.href(made.url), notice="reworded")
        except ServiceProblem as problem:
            errors = _errors(problem)
    return await _ask(page, "debates/reword.html", await _own(page, debate_id, id), {"body": body}, errors)


@router.get("/debats/{debate_id:uuid}/arguments/{id:uuid}/signaler")
async def report_form(page: CurrentPage, debate_id: UUID, id: UUID) -> Response:
    """Which rule does it break?"""
    return await _ask(page, "debates/report.html", await _own(page, debate_id, id), {"rule": "", "note": ""})


@router.post("/debats/{debate_id:uuid}/arguments/{id:uuid}/signaler")
async def report(page: CurrentPage, form: PostedForm, debate_id: UUID, id: UUID) -> Response:
    """Tell the moderators."""
    token = await page.needed_token()
    typed = {"rule": form.text("rule"), "note": form.text("note")[:1000]}
    errors: dict[str, str] = {}
    if not form.is_ours:
        errors["form"] = _(EXPIRED)
    elif typed["rule"] not in RULES:
        errors["rule"] = _("Choisissez la règle que cet argument enfreint.")
    else:
        try:
            await page.client(DebatesClient).report(str(id), typed["rule"], token=token, note=typed["note"])
        except ServiceProblem as problem:
            errors = _errors(problem)
        else:
            return page.go(page.href(f"/debats/{debate_id}"), notice="reported")
    return await _ask(page, "debates/report.html", await _own(page, debate_id, id), typed, errors)


async def _ask(
    page: Page, template: str, spoken: Argument, typed: dict[str, str], errors: dict[str, str] | None = None
) -> Response:
    return await page.render(
        template,
        status=422 if errors else 200,
        argument=spoken,
        typed=typed,
        errors=errors or {},
        labels=LABELS,
        RULE_HELP=RULE_HELP,
        **reading.WORDS,
    )
