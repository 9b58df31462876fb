"""Texts that are translations of one another: where they are, and saying so."""

from __future__ import annotations

import re
from uuid import UUID

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import PostedForm
from services.web.language import LOCALES, N_, _, prefix
from services.web.page import CurrentPage, Page
from shared.clients.base import ServiceProblem
from shared.clients.contributions import Contribution, ContributionsClient

router = APIRouter(route_class=PageRoute, prefix="/contributions/{id:uuid}/traductions")

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def alternates(contribution: Contribution) -> list[tuple[str, str]]:
    """Each language of the site with where it reads this text best: the translation where there is one."""
    texts = {one.language: one.url for one in contribution.translations} | {contribution.language: contribution.url}
    return [(code, prefix(code) + texts.get(code, contribution.url)) for code in LOCALES]


@router.get("")
async def translations(page: CurrentPage, id: UUID) -> Response:
    """The translations, and a form to link one more."""
    return await _show(page, id)


@router.post("")
async def change(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Link the text at an address, or take this one out of its translations."""
    form.expect_ours()
    token = await page.needed_token()
    client = page.client(ContributionsClient)
    version = int(form.text("version")) if form.text("version").isdecimal() else 0
    typed = form.text("address")
    try:
        if form.text("do") == "unlink":
            await client.unlink_translation(str(id), version, token=token)
            return page.go(page.href(f"/contributions/{id}/traductions"), notice="unlinked")
        found = _ID.search(typed)
        if found is None:
            return await _show(page, id, typed=typed, errors={"address": _(UNKNOWN)})
        await client.link_translation(str(id), version, found[0], token=token)
    except ServiceProblem as problem:
        if problem.status not in (409, 412, 422):
            raise
        return await _show(page, id, typed=typed, errors=_errors(problem))
    return page.go(page.href(f"/contributions/{id}/traductions"), notice="linked")


UNKNOWN = N_(
    "Donnez l’adresse d’un texte de ce site, dans une autre langue, dont vous êtes l’auteur ou que la rédaction suit."
)


def _errors(problem: ServiceProblem) -> dict[str, str]:
    if problem.status == 422:
        return {"address": _(UNKNOWN)}
    if problem.type.endswith(":translated"):
        return {"address": _("L’un des deux textes a déjà une traduction dans cette langue : séparez-les d’abord.")}
    return {"form": _("Ce texte a changé pendant que vous le regardiez. Le voici tel qu’il est.")}


async def _show(page: Page, id: UUID, *, typed: str = "", errors: dict[str, str] | None = None) -> Response:
    token = await page.needed_token()
    contribution = await page.client(ContributionsClient).read(str(id), token=token)
    visitor = page.visitor
    mine = visitor is not None and visitor.person in {one.id for one in contribution.authors}
    if not mine and not (visitor is not None and visitor.has_role("editor", "admin")):
        raise HTTPException(404)
    return await page.render(
        "contributions/translations.html",
        status=422 if errors else 200,
        contribution=contribution,
        typed=typed,
        errors=errors or {},
        labels={"address": _("Adresse de la traduction")},
    )
