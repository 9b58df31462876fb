"""The editor: writing a new contribution, changing one, and seeing it as readers will."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from services.web.errors import PageRoute
from services.web.forms import Posted, PostedForm
from services.web.language import N_, _, current
from services.web.page import CurrentPage, Page, SignInNeeded
from services.web.sections.contributions.history import last_remark
from services.web.sections.contributions.revisions import changes
from services.web.sections.contributions.states import sentence
from services.web.sections.contributions.words import KIND_HELP, KINDS
from services.web.vocabulary import LANGUAGES
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.contributions import Contribution, ContributionsClient, Draft, PastStep, PlainText, Preview

router = APIRouter(route_class=PageRoute, prefix="/contributions")

LIMITS = {"title": 200, "summary": 600, "body": 300_000}
"""Characters the fields take on screen; the contributions service has the last word."""

LABELS = {
    "kind": N_("Genre"),
    "language": N_("Langue du texte"),
    "title": N_("Titre"),
    "summary": N_("Chapeau"),
    "body": N_("Texte"),
    "themes": N_("Thèmes"),
    "territories": N_("Territoires"),
    "reason": N_("Motif de la correction"),
}


REASON_NEEDED = N_("Dites en une à quelques phrases ce que vous corrigez, et pourquoi : les lecteurs le verront.")

REFUSALS = {
    "kind": N_("Choisissez un genre dans la liste."),
    "language": N_("Choisissez une langue dans la liste."),
    "title": N_("Ce titre ne convient pas : une ligne, de un à deux cents signes."),
    "summary": N_("Ce chapeau ne convient pas : six cents signes au plus."),
    "body": N_("Ce texte ne convient pas : trois cent mille signes au plus, sans caractère nul."),
    "themes": N_("Choisissez dix thèmes au plus, dans la liste."),
    "territories": N_("Choisissez dix territoires au plus, dans la liste."),
    "reason": REASON_NEEDED,
}
"""What to do about a field the contributions service refused."""

LONGEST_BASE = 100_000
"""Characters of a body up to which the form also carries the text it started from."""

WRITERS = ("expert", "editor", "admin")
"""Who may write anything; everybody else proposes ideas."""


@dataclass
class Written:
    """What stands in the editor."""

    kind: str = "note"
    language: str = "fr"
    title: str = ""
    summary: str = ""
    body: str = ""
    themes: list[str] = field(default_factory=list)
    territories: list[str] = field(default_factory=list)
    version: int = 0
    """The version it was made from; 0 for a new one."""
    reason: str = ""
    """Why what is published is corrected."""
    key: str = ""
    """Idempotency key of a new one: sent twice, it is created once."""
    base: PlainText | None = None
    """The text it was made from, so that what others changed since can be told; None where it is not known."""

    @classmethod
    def of(cls, contribution: Contribution) -> Written:
        """A stored contribution, to be changed."""
        return cls(
            kind=contribution.kind,
            language=contribution.language,
            title=contribution.title,
            summary=contribution.summary,
            body=contribution.body,
            themes=list(contribution.themes),
            territories=list(contribution.territories),
            version=contribution.version,
            base=_plain(contribution),
        )

    @classmethod
    def posted(cls, form: Posted) -> Written:
        """What was sent, as it was typed."""
        version = form.text("version")
        return cls(
            kind=form.text("kind"),
            language=form.text("language"),
            title=form.text("title"),
            summary=form.text("summary"),
            body=form.text("body", strip=False),
            themes=form.several("themes"),
            territories=form.several("territories"),
            version=int(version) if version.isdecimal() else 0,
            reason=form.text("reason"),
            key=form.text("key"),
            base=_posted_base(form),
        )

    def draft(self) -> Draft:
        """As the contributions service takes it."""
        return Draft(
            kind=self.kind,
            language=self.language,
            title=self.title,
            summary=self.summary,
            body=self.body,
            themes=tuple(self.themes),
            territories=tuple(self.territories),
        )

    def starts_from(self, contribution: Contribution) -> None:
        """What is typed is a change of this version from now on."""
        self.version, self.base = contribution.version, _plain(contribution)

    def errors(self, *, complete: bool) -> dict[str, str]:
        """What can be said without asking the service; ``complete`` is what a reviewer needs."""
        errors: dict[str, str] = {}
        if complete and not self.summary:
            errors["summary"] = _("Écrivez un chapeau avant de soumettre.")
        if complete and not self.body.strip():
            errors["body"] = _("Écrivez le texte avant de soumettre.")
        if complete and not self.themes:
            errors["themes"] = _("Choisissez au moins un thème avant de soumettre.")
        if self.kind not in KINDS:
            errors["kind"] = _("Choisissez un genre dans la liste.")
        if self.language not in LANGUAGES:
            errors["language"] = _("Choisissez une langue dans la liste.")
        if not self.title:
            errors["title"] = _("Donnez un titre : il peut changer jusqu’à la publication.")
        for name, limit in LIMITS.items():
            length = len(getattr(self, name))
            if length > limit:
                errors[name] = _(
                    "%(excess)d signes de trop : ce champ en prend %(limit)d.",
                    excess=length - limit,
                    limit=limit,
                )
        return errors


def _plain(contribution: Contribution) -> PlainText | None:
    """The text for the form to carry; one so long that the form would be refused is not carried."""
    if len(contribution.body) > LONGEST_BASE:
        return None
    return PlainText(title=contribution.title, summary=contribution.summary, body=contribution.body)


def _posted_base(form: Posted) -> PlainText | None:
    if not form.text("base_title"):
        return None
    return PlainText(
        title=form.text("base_title"),
        summary=form.text("base_summary"),
        body=form.text("base_body", strip=False),
    )


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
    if form.text("do") == "preview":
        return await _show(page, written, token=token)
    errors = written.errors(complete=form.text("do") == "submit")
    if errors:
        return await _show(page, written, errors=errors)
    try:
        made = await page.client(ContributionsClient).create(written.draft(), token=token, key=written.key or None)
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
    after = PlainText(title=stored.title, summary=stored.summary, body=stored.body)
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
    status: int | None = None,
) -> Response:
    """The editor; with a token, also the preview."""
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
        "labels": LABELS,
        "limits": LIMITS,
        "sentence": sentence,
    }
    return await page.render("contributions/editor.html", status=status or (422 if errors else 200), **context)
