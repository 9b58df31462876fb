"""Editors and admins add themes and territories, rename and arrange them, and merge one into another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import Posted, PostedForm
from services.web.language import LOCALES, N_, _
from services.web.page import CurrentPage, Page
from services.web.sections.taxonomy.collections import BOTH, Words
from shared.clients.base import ServiceProblem
from shared.clients.contributions import ContributionsClient, Territory

router = APIRouter(route_class=PageRoute, prefix="/administration")

ROLES = ("editor", "admin")
LIMITS = {"name": 80, "description": 600, "id": 60, "code": 10}
LABELS = {
    "name_fr": N_("Nom français"),
    "name_en": N_("Nom anglais"),
    "description_fr": N_("Description française"),
    "description_en": N_("Description anglaise"),
    "id": N_("Adresse"),
    "parent": N_("Situé dans"),
    "code": N_("Code"),
    "into": N_("Fusionner avec"),
}
REFUSALS = {
    "name_fr": N_("Écrivez un nom d’une ligne, de quatre-vingts signes au plus."),
    "name_en": N_("Écrivez un nom d’une ligne, de quatre-vingts signes au plus."),
    "description_fr": N_("Écrivez six cents signes au plus."),
    "description_en": N_("Écrivez six cents signes au plus."),
    "id": N_("Écrivez des mots en petites lettres sans accent, séparés par des traits d’union."),
    "parent": N_("Choisissez un territoire qui n’est pas celui-ci et qui n’est pas situé dans celui-ci."),
    "code": N_("Écrivez un code INSEE de commune (69123) ou un code ISO 3166 (FR, FR-ARA)."),
    "into": N_("Choisissez dans la liste ; un territoire ne se fusionne pas avec ce qui s’y trouve."),
}
_FIELDS = {"names": "name", "descriptions": "description"}
TAKEN = {
    "urn:demain:problem:id-taken": ("id", N_("Cette adresse est prise, peut-être par ce qui a été fusionné.")),
    "urn:demain:problem:code-taken": ("code", N_("Un autre territoire a déjà ce code.")),
}


@dataclass
class Written:
    """What the form holds."""

    values: dict[str, str] = field(default_factory=dict)
    version: int = 0

    @classmethod
    def of(cls, label: Territory) -> Written:
        """What is stored."""
        texts = {f"name_{one}": label.names.get(one, "") for one in LOCALES}
        texts |= {f"description_{one}": label.descriptions.get(one, "") for one in LOCALES}
        return cls({**texts, "parent": label.parent or "", "code": label.code or ""}, label.version)

    @classmethod
    def posted(cls, form: Posted) -> Written:
        """What was filled in."""
        version = form.text("version")
        return cls({name: form.text(name) for name in LABELS}, int(version) if version.isdecimal() else 0)

    def fields(self, words: Words, *, is_new: bool) -> dict[str, object]:
        """For the service."""
        said: dict[str, object] = {
            "names": {one: self.values[f"name_{one}"] for one in LOCALES},
            "descriptions": {one: self.values[f"description_{one}"] for one in LOCALES},
        }
        if words.is_tree:
            said |= {name: self.values[name] or None for name in ("parent", "code")}
        if is_new:
            said["id"] = self.values["id"] or None
        return said


@router.get("/{place}")
async def all_of_them(page: CurrentPage, place: str) -> Response:
    """All of one collection, each with the way to change it."""
    words = _words(page, place)
    return await page.render("taxonomy/administration.html", words=words, both=BOTH)


@router.get("/{place}/ajouter")
async def new(page: CurrentPage, place: str) -> Response:
    """An empty form."""
    written = Written({"parent": page.request.query_params.get("parent", "")})
    return await _form(page, _words(page, place), None, written, {})


@router.post("/{place}/ajouter")
async def add(page: CurrentPage, form: PostedForm, place: str) -> Response:
    """Add it."""
    words, written = _words(page, place), Written.posted(form)
    if not form.is_ours:
        return await _form(page, words, None, written, _expired())
    client, token = page.client(ContributionsClient), await page.needed_token()
    try:
        added = await client.add_label(words.collection, written.fields(words, is_new=True), token=token)
    except ServiceProblem as problem:
        return await _form(page, words, None, written, _errors(problem))
    return _done(page, f"{words.path}/{added.id}", "label-added")


@router.get("/{place}/{id}")
async def edit(page: CurrentPage, place: str, id: str) -> Response:
    """The form with what is stored."""
    words = _words(page, place)
    label = await page.client(ContributionsClient).label(words.collection, id)
    return await _form(page, words, label, Written.of(label), {})


@router.post("/{place}/{id}")
async def change(page: CurrentPage, form: PostedForm, place: str, id: str) -> Response:
    """Change the version that was looked at. Who was overtaken sees it, and keeps what was typed."""
    words, written = _words(page, place), Written.posted(form)
    client, token = page.client(ContributionsClient), await page.needed_token()
    errors = {} if form.is_ours else _expired()
    if not errors:
        fields = written.fields(words, is_new=False)
        try:
            await client.edit_label(words.collection, id, written.version, fields, token=token)
        except ServiceProblem as problem:
            errors = _errors(problem)
        else:
            return _done(page, f"{words.path}/{id}", "label-changed")
    label = await client.label(words.collection, id)
    written.version = label.version
    return await _form(page, words, label, written, errors)


@router.get("/{place}/{id}/fusionner")
async def ask(page: CurrentPage, place: str, id: str) -> Response:
    """Say what a merge does, and ask into which one."""
    words = _words(page, place)
    label = await page.client(ContributionsClient).label(words.collection, id)
    return await _ask(page, words, label, "", {})


@router.post("/{place}/{id}/fusionner")
async def merge(page: CurrentPage, form: PostedForm, place: str, id: str) -> Response:
    """Merge it."""
    words, into, version = _words(page, place), form.text("into"), form.text("version")
    client, token = page.client(ContributionsClient), await page.needed_token()
    errors = {} if form.is_ours else _expired()
    if not errors:
        try:
            target = await client.merge_label(
                words.collection, id, int(version) if version.isdecimal() else 0, into, token=token
            )
        except ServiceProblem as problem:
            errors = _errors(problem)
        else:
            return _done(page, f"{words.path}/{target.id}", "label-merged")
    return await _ask(page, words, await client.label(words.collection, id), into, errors)


def _words(page: Page, place: str) -> Words:
    found = next((one for one in BOTH if one.administration == f"/administration/{place}"), None)
    if found is None:
        raise HTTPException(404)
    page.need_role(*ROLES)
    return found


def _expired() -> dict[str, str]:
    return {"form": _("Le formulaire avait expiré. Votre saisie est encore là : envoyez-le de nouveau.")}


def _errors(problem: ServiceProblem) -> dict[str, str]:
    """By field of the form. Raises the problem when no field can mend it."""
    if problem.status == 412:
        return {"form": _("Quelqu’un l’a modifié pendant que vous le regardiez. Relisez, puis enregistrez de nouveau.")}
    if problem.type in TAKEN:
        name, message = TAKEN[problem.type]
        return {name: _(message)}
    if problem.status != 422:
        raise problem
    errors: dict[str, str] = {}
    for error in problem.errors:
        place, _dot, language = error.field.partition(".")
        key = f"{_FIELDS[place]}_{language}" if place in _FIELDS else place
        errors[key if key in REFUSALS else "form"] = _(REFUSALS[key]) if key in REFUSALS else error.message
    return errors or {"form": problem.detail or problem.title}


def _done(page: Page, path: str, notice: str) -> Response:
    page.site.names.forget()
    return page.go(page.href(path), notice=notice)


async def _form(
    page: Page, words: Words, label: Territory | None, written: Written, errors: dict[str, str]
) -> Response:
    context: dict[str, Any] = {"words": words, "stored": label, "written": written, "errors": errors}
    return await page.render(
        "taxonomy/form.html", status=422 if errors else 200, labels=LABELS, limits=LIMITS, **context
    )


async def _ask(page: Page, words: Words, label: Territory, into: str, errors: dict[str, str]) -> Response:
    return await page.render(
        "taxonomy/merge.html",
        status=422 if errors else 200,
        words=words,
        label=label,
        into=into,
        errors=errors,
        labels=LABELS,
    )
