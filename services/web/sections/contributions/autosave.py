"""Drafts that save themselves as they are typed: the editor's script sends them, and shows the words it gets back.

The form without the script does not come here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header
from starlette.responses import JSONResponse, Response

from services.web import clock
from services.web.dates import PARIS
from services.web.errors import PageRoute
from services.web.forms import Posted, PostedForm
from services.web.language import _
from services.web.page import CurrentPage, Page
from services.web.sections.contributions import sources
from services.web.sections.contributions.lost_answers import create_or_go_on
from services.web.sections.contributions.written import Written
from shared.clients.base import ServiceDown, ServiceProblem, etag
from shared.clients.contributions import Contribution, ContributionsClient, Draft

router = APIRouter(route_class=PageRoute, prefix="/contributions")


@router.post("/brouillons")
async def begin(page: CurrentPage, form: PostedForm) -> Response:
    """Keep a new text as a draft; its address is in the answer."""
    token = await _token(page, form)
    if isinstance(token, Response):
        return token
    client = page.client(ContributionsClient)

    async def keep(sent: Draft, _with_sources: bool) -> Contribution:
        return await create_or_go_on(client, sent, form.text("key"), token)

    return await _keep(page, Written.posted(form), keep, 201)


@router.patch("/{id:uuid}/modifier")
async def save(page: CurrentPage, form: PostedForm, id: UUID, if_match: Annotated[str, Header()] = "") -> Response:
    """Keep a draft if nobody changed it since the version in ``If-Match``; 412 if somebody did."""
    token = await _token(page, form)
    if isinstance(token, Response):
        return token
    version = if_match.strip().strip('"')
    if not version.isdecimal():
        return _not_saved(428, _("Rien n’a été enregistré : rechargez la page."))
    client = page.client(ContributionsClient)

    async def keep(sent: Draft, with_sources: bool) -> Contribution:
        changes = sent.model_dump(exclude=None if with_sources else {"sources"})
        return await client.edit(str(id), int(version), changes, token=token)

    return await _keep(page, Written.posted(form), keep, 200)


async def _keep(
    page: Page, written: Written, keep: Callable[[Draft, bool], Awaitable[Contribution]], status: int
) -> Response:
    """Save the text. A source that is only half typed keeps the sources, and nothing else, from being saved."""
    unfinished = next(iter(sources.errors(written.sources).values()), None)
    errors = written.errors(complete=False)
    rest = {name: said for name, said in errors.items() if not name.startswith("source-")}
    if rest:
        return _not_saved(422, next(iter(rest.values())))
    try:
        if unfinished is None:
            try:
                return _saved(page, await keep(written.draft(), True), status)
            except ServiceProblem as problem:
                of_sources = [sources.refused(error.field) for error in problem.errors]
                if problem.status != 422 or not of_sources or None in of_sources:
                    raise
                unfinished = next(said for one in of_sources if one is not None for said in one[1:])
        without = written.draft().model_copy(update={"sources": ()})
        return _saved(page, await keep(without, False), status, unfinished)
    except (ServiceProblem, ServiceDown) as problem:
        return _refused(problem)


async def _token(page: Page, form: Posted) -> str | Response:
    try:
        token = await page.token()
    except (ServiceDown, ServiceProblem) as problem:
        return _refused(problem)
    if token is None or not form.is_ours:
        return _not_saved(
            403,
            _(
                "Votre connexion a pris fin. Ce que vous écrivez reste dans ce navigateur : connectez-vous dans un "
                "autre onglet, puis enregistrez ici."
            ),
        )
    return token


def _saved(page: Page, made: Contribution, status: int, unfinished: str | None = None) -> Response:
    hour = clock.now().astimezone(PARIS).strftime("%H:%M")
    said = _("Enregistré à %(time)s.", time=hour)
    if unfinished is not None:
        said = _("Enregistré à %(time)s, sans les sources : %(why)s", time=clock, why=unfinished)
    return JSONResponse(
        {
            "version": made.version,
            "id": made.id,
            "edit": page.href(f"/contributions/{made.id}/modifier"),
            "said": said,
            "sources": sources.written_out(sources.drafts(made.sources)),
        },
        status_code=status,
        headers={"ETag": etag(made.version), "Cache-Control": "no-store"},
    )


def _refused(problem: ServiceProblem | ServiceDown) -> Response:
    if isinstance(problem, ServiceProblem) and problem.status == 412:
        return _not_saved(
            412,
            _(
                "Ce texte a été modifié ailleurs entre-temps. Le vôtre est encore ici ; il ne s’enregistre plus de "
                "lui-même tant que vous n’avez pas vu ce qui a changé."
            ),
        )
    if isinstance(problem, ServiceProblem) and problem.status < 500:
        return _not_saved(
            problem.status, _("Ce texte n’a pas pu être enregistré de lui-même. Enregistrez-le pour savoir pourquoi.")
        )
    return _not_saved(
        503, _("L’enregistrement ne répond pas. Ce que vous écrivez reste dans ce navigateur ; on réessaiera.")
    )


def _not_saved(status: int, said: str) -> Response:
    return JSONResponse({"said": said}, status_code=status, headers={"Cache-Control": "no-store"})
