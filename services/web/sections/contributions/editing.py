"""The editor: writing a new contribution, changing one, and seeing it as readers will."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from services.web.errors import PageRoute
from services.web.forms import Posted, PostedForm
from services.web.language import _, current
from services.web.page import CurrentPage, Page, SignInNeeded
from services.web.sections.contributions import sources
from services.web.sections.contributions.history import last_remark
from services.web.sections.contributions.lost_answers import create_or_go_on
from services.web.sections.contributions.revisions import changes
from services.web.sections.contributions.states import sentence
from services.web.sections.contributions.words import KIND_HELP, KINDS
from services.web.sections.contributions.written import LABELS, LIMITS, REASON_NEEDED, REFUSALS, Written, plain
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.contributions import Contribution, ContributionsClient, PastStep, PlainText, Preview

router = APIRouter(route_class=PageRoute, prefix="/contributions")

WRITERS = ("expert", "editor", "admin")
"""Who may write anything; everybody else proposes ideas."""


@router.get("/nouvelle")
async def new(page: CurrentPage) -> Response:
    """An empty editor, for somebody signed in."""
    if page.visitor is None:
        raise SignInNeeded
    kind = "note" if page.visitor.has_role(*WRITERS) else "idea"
    return await _show(page, Written(kind=kind, language=current(), key=secrets.token_urlsafe(16)))


@router.post("/nouvelle")
async def create(page: CurrentPage, form: PostedForm) -> Response:
    """Preview, or keep as a draft."""
    written = Written.posted(form)
    token, errors = await _may_save(page, form)
    if token is None or errors:
        return await _show(page, written, errors=errors)
    if (rows := sources.pressed(form.text("do"), written.sources)) is not None:
        written.sources = rows
        return await _show(page, written, typed=True)
    if form.text("do") == "preview":
        return await _show(page, written, token=token)
    errors = written.errors(complete=form.text("do") == "submit")
    if errors:
        return await _show(page, written, errors=errors)
    try:
        made = await create_or_go_on(page.client(ContributionsClient), written.draft(), written.key, token)
    except (ServiceProblem, ServiceDown) as problem:
        return await _show(page, written, errors=_errors(problem))
    return _after(page, form, made, "draft-kept")


@router.get("/{id:uuid}/modifier")
async def edit(page: CurrentPage, id: UUID) -> Response:
    """The editor with a stored contribution."""
    token = await page.needed_token()
    stored = await page.client(ContributionsClient).read(str(id), token=token)
    return await _show(page, Written.of(stored), stored=stored)


@router.post("/{id:uuid}/modifier")
async def change(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Preview, or keep the changes if nobody changed it since; if somebody did, show both."""
    written = Written.posted(form)
    client = page.client(ContributionsClient)
    token, errors = await _may_save(page, form)
    if token is None:
        return await _show(page, written, errors=errors)
    stored = await client.read(str(id), token=token)
    if errors:
        return await _show(page, written, stored=stored, errors=errors)
    if (rows := sources.pressed(form.text("do"), written.sources)) is not None:
        written.sources = rows
        return await _show(page, written, stored=stored, typed=True)
    if form.text("do") == "preview":
        return await _show(page, written, stored=stored, token=token)
    errors = written.errors(complete=form.text("do") == "submit")
    is_correction = stored.state == "published"
    if is_correction and not written.reason:
        errors["reason"] = _(REASON_NEEDED)
    if not errors:
        sent: dict[str, object] = written.draft().model_dump()
        if is_correction:
            sent["reason"] = written.reason
        try:
            made = await client.edit(str(id), written.version, sent, token=token)
        except (ServiceProblem, ServiceDown) as problem:
            if isinstance(problem, ServiceProblem) and problem.status == 412:
                stored = await client.read(str(id), token=token)
                theirs = await _others_changes(page, written.base, stored, token)
                written.starts_from(stored)
                return await _show(page, written, stored=stored, other=stored, theirs=theirs, status=409)
            errors = _errors(problem)
        else:
            return _after(page, form, made, "draft-kept" if made.state == "draft" else "changes-kept")
    return await _show(page, written, stored=stored, errors=errors)


async def _others_changes(
    page: Page, base: PlainText | None, stored: Contribution, token: str
) -> Mapping[str, Any] | None:
    """What others changed since the text in the form was read; None when it cannot be told."""
    if base is None:
        return None
    after = plain(stored)
    if after is None:
        return None
    try:
        return changes(await page.client(ContributionsClient).compare(base, after, token=token))
    except (ServiceProblem, ServiceDown):
        return None


@router.post("/apercu")
async def preview(page: CurrentPage, form: PostedForm) -> Response:
    """The text alone as readers will see it, for the live preview."""
    form.expect_ours()
    token = await page.needed_token()
    written = Written.posted(form)
    shown = await page.client(ContributionsClient).preview(written.body, token=token)
    names = await page.site.names.read()
    html = page.site.templates.get_template("contributions/preview.html").render(
        page=page, written=written, preview=shown, names=names
    )
    return HTMLResponse(html)


async def _may_save(page: Page, form: Posted) -> tuple[str | None, dict[str, str]]:
    """A token, or why there is none; what was typed is shown again either way."""
    try:
        token = await page.token()
    except (ServiceDown, ServiceProblem) as problem:
        return None, _errors(problem)
    if token is None:
        return None, {
            "form": _(
                "Votre connexion a pris fin. Votre texte est encore là : connectez-vous dans un autre "
                "onglet, puis enregistrez de nouveau ici."
            )
        }
    if not form.is_ours:
        return token, {"form": _("Le formulaire avait expiré. Votre saisie est encore là : envoyez-le de nouveau.")}
    return token, {}


def _after(page: Page, form: Posted, made: Contribution, notice: str) -> Response:
    if form.text("do") == "submit" and "submit" in made.actions:
        return page.go(page.href(f"/contributions/{made.id}/etapes/soumettre"), notice=notice)
    if made.state == "published":
        return page.go(page.href(made.url), notice="corrected" if notice == "changes-kept" else notice)
    return page.go(page.href(f"/contributions/{made.id}/modifier"), notice=notice)


def _errors(problem: ServiceProblem | ServiceDown) -> dict[str, str]:
    if isinstance(problem, ServiceDown) or problem.status >= 500:
        return {
            "form": _(
                "L’enregistrement ne répond pas. Votre texte est encore là : gardez cette page ouverte et "
                "recommencez dans une minute."
            )
        }
    if problem.status == 403:
        return {
            "form": _(
                "Votre compte peut proposer des idées ; les autres genres demandent le rôle d’expert, "
                "que donne la rédaction. Votre texte est encore là."
            )
        }
    if problem.status == 409:
        return {"form": _("Ce texte ne peut plus être modifié : son état a changé.")}
    if problem.status == 429:
        return {"form": _("Trop d’enregistrements à la suite. Attendez une minute, rien n’est perdu.")}
    errors: dict[str, str] = {}
    for error in problem.errors:
        if (of_source := sources.refused(error.field)) is not None:
            errors[of_source[0]] = of_source[1]
            continue
        name = next((part for part in error.field.split(".") if part in LABELS), "form")
        errors[name] = _(REFUSALS[name]) if name in REFUSALS else error.message
    return errors or {"form": problem.detail or problem.title}


async def _show(
    page: Page,
    written: Written,
    *,
    stored: Contribution | None = None,
    other: Contribution | None = None,
    theirs: Mapping[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    token: str | None = None,
    typed: bool = False,
    status: int | None = None,
) -> Response:
    """The editor; with a token, also the preview. ``typed`` says that it holds what is kept nowhere else."""
    errors = dict(errors or {})
    shown: Preview | None = None
    if token is not None:
        try:
            shown = await page.client(ContributionsClient).preview(written.body, token=token)
        except (ServiceProblem, ServiceDown) as problem:
            errors |= _errors(problem)
    writes_all = page.visitor is None or page.visitor.has_role(*WRITERS)
    remark: PastStep | None = None
    if stored is not None and stored.state == "changes_requested":
        remark = await last_remark(page, stored.id)
    context: dict[str, Any] = {
        "kinds": [
            (kind, KINDS[kind], KIND_HELP[kind]) for kind in KINDS if writes_all or kind in ("idea", written.kind)
        ],
        "remark": remark,
        "written": written,
        "stored": stored,
        "other": other,
        "changes": theirs,
        "lang": written.language,
        "errors": errors,
        "preview": shown,
        "typed": typed,
        "labels": {**LABELS, **sources.labels(written.sources)},
        "source_fields": sources.LABELS,
        "written_out": sources.written_out,
        "limits": LIMITS,
        "sentence": sentence,
    }
    return await page.render("contributions/editor.html", status=status or (422 if errors else 200), **context)
