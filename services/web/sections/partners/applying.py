"""Answering a call: a draft that is kept as it is typed, until it is submitted."""

from __future__ import annotations

import secrets
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from services.web import clock
from services.web.dates import PARIS
from services.web.errors import PageRoute
from services.web.forms import PostedForm
from services.web.language import N_, _
from services.web.page import CurrentPage, Page
from services.web.sections.partners import editing, fields, sentences
from services.web.sections.partners.access import EXPIRED, may_save, refusals
from services.web.sections.partners.editing import Sheet
from services.web.sections.partners.fields import Asked, Sort, Written
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.partners import Application, Call, MyOrganizations, NewApplication, PartnersClient

router = APIRouter(route_class=PageRoute)

BEFORE = N_("à écrire avant de soumettre")
_TEXTS = (
    Asked(
        "title",
        N_("Titre"),
        N_("Écrivez un titre d’une ligne, de deux cents signes au plus."),
        limit=200,
        note=BEFORE,
        may_be_empty=False,
    ),
    fields.text(
        "summary", N_("Chapeau"), limit=600, note=BEFORE, help=N_("Votre proposition en deux ou trois phrases.")
    ),
    fields.text(
        "proposal",
        N_("Proposition"),
        limit=50_000,
        note=BEFORE,
        rows=12,
        help=N_("Ce que vous ferez, avec qui, en combien de temps. Une ligne vide sépare deux paragraphes."),
    ),
    fields.text(
        "testing",
        N_("Ce que l’on essaiera"),
        limit=50_000,
        note=fields.OPTIONAL,
        rows=5,
        help=N_("Ce que l’essai doit montrer, et à quoi l’on verra qu’il a échoué."),
    ),
    Asked(
        "place",
        N_("Lieu"),
        N_("Dites où en une ligne, de deux cents signes au plus."),
        limit=200,
        note=fields.OPTIONAL,
        may_be_empty=False,
    ),
)


def _fields(people: dict[str, str]) -> tuple[Asked, ...]:
    contact = Asked(
        "contact",
        N_("Contact"),
        N_("Choisissez un membre de l’organisation."),
        Sort.CHOICE,
        options=people,
        help=N_("Qui répondra aux questions, et au partenariat s’il a lieu."),
    )
    return (*_TEXTS, contact, *fields.labels())


@router.get("/appels/{id:uuid}/candidater")
async def choose(page: CurrentPage, id: UUID) -> Response:
    """For which organization?"""
    return await _choose(page, id, {})


@router.post("/appels/{id:uuid}/candidater")
async def begin(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Begin a draft; its editor follows."""
    token, client = await page.needed_token(), page.client(PartnersClient)
    organization = form.text("organization")
    errors: dict[str, str] = {}
    if not form.is_ours:
        errors["form"] = _(EXPIRED)
    elif not organization:
        errors["organization"] = _("Choisissez l’organisation qui répond.")
    else:
        try:
            made = await client.apply(
                str(id), NewApplication(organization=organization), token=token, key=form.text("key") or None
            )
        except ServiceProblem as problem:
            if problem.status not in (409, 422):
                raise
            errors["form"] = _("L’appel ne prend pas de candidatures en ce moment.")
        else:
            return page.go(page.href(f"/candidatures/{made.id}/modifier"), notice="application-begun")
    return await _choose(page, id, errors)


async def _choose(page: Page, id: UUID, errors: dict[str, str]) -> Response:
    token, client = await page.needed_token(), page.client(PartnersClient)
    call: Call = await client.read_call(str(id), token=token)
    mine: MyOrganizations = await client.my_organizations(token=token, limit=50)
    return await page.render(
        "partners/apply.html",
        status=422 if errors else 200,
        call=call,
        mine=[one for one in mine.items if one.state != "withdrawn"],
        said=sentences.of_call(call),
        errors=errors,
        key=secrets.token_urlsafe(16),
    )


@router.get("/candidatures/{id:uuid}/modifier")
async def edit(page: CurrentPage, id: UUID) -> Response:
    """The draft as it was typed."""
    application = await _draft(page, id)
    sheet = await _sheet(page, application)
    return await editing.show(page, sheet, Written.of(sheet.fields, application))


@router.post("/candidatures/{id:uuid}/modifier")
async def change(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Keep it, and go on to submitting it where that was asked for."""
    application = await _draft(page, id)
    client = page.client(PartnersClient)

    def after(made: Application) -> Response:
        if form.text("do") == "submit":
            return page.go(page.href(f"/candidatures/{made.id}/etapes/soumettre"))
        return page.go(page.href(f"/candidatures/{made.id}/modifier"), notice="application-kept")

    return await editing.change(
        page,
        form,
        await _sheet(page, application),
        application,
        lambda sent, version, token: client.edit_application(str(id), version, _named(sent), token=token),
        after,
        lambda token: client.application(str(id), token=token),
    )


@router.patch("/candidatures/{id:uuid}/modifier")
async def save(page: CurrentPage, form: PostedForm, id: UUID, if_match: Annotated[str, Header()] = "") -> Response:
    """Keep it as it is typed, for the page's script; 412 if somebody changed it since the version in ``If-Match``."""
    try:
        token, errors = await may_save(page, form)
        version = if_match.strip().strip('"')
        if token is None or errors:
            return _not_saved(403, next(iter(errors.values())))
        written = Written.posted(_fields({}), form)
        sent, wrong = written.read(_fields({}))
        if wrong or not version.isdecimal():
            return _not_saved(422, next(iter(wrong.values()), _("Rien n’a été enregistré : rechargez la page.")))
        made = await page.client(PartnersClient).edit_application(str(id), int(version), _named(sent), token=token)
    except (ServiceProblem, ServiceDown) as problem:
        return _refused(problem)
    hour = clock.now().astimezone(PARIS).strftime("%H:%M")
    said = {"version": made.version, "said": _("Enregistré à %(time)s.", time=hour)}
    return JSONResponse(said, headers={"Cache-Control": "no-store"})


def _refused(problem: ServiceProblem | ServiceDown) -> Response:
    if isinstance(problem, ServiceProblem) and problem.status == 412:
        return _not_saved(412, _("Ce brouillon a été modifié ailleurs. Enregistrez-le pour voir ce qui a changé."))
    if isinstance(problem, ServiceProblem) and problem.status < 500:
        return _not_saved(
            problem.status, _("Ce texte n’a pas pu être enregistré de lui-même. Enregistrez-le pour savoir pourquoi.")
        )
    return _not_saved(503, next(iter(refusals(problem, ()).values())))


def _not_saved(status: int, said: str) -> Response:
    return JSONResponse({"said": said}, status_code=status, headers={"Cache-Control": "no-store"})


def _named(sent: dict[str, Any]) -> dict[str, Any]:
    """Without a contact where none was chosen: the one there is stays."""
    return {name: value for name, value in sent.items() if name != "contact" or value}


async def _draft(page: Page, id: UUID) -> Application:
    application = await page.client(PartnersClient).application(str(id), token=await page.needed_token())
    if "edit" not in application.actions:
        raise HTTPException(409 if application.actions else 403)
    return application


async def _sheet(page: Page, application: Application) -> Sheet:
    token = await page.needed_token()
    found = await page.client(PartnersClient).members(application.organization.id, token=token)
    people = {one.person.id: one.person.name or _("quelqu’un") for one in found.items}
    call = application.call
    can_submit = "submit" in application.actions
    return Sheet(
        _fields(people),
        N_("Votre candidature"),
        sentences.of_application(application),
        f"/candidatures/{application.id}",
        above=call.title,
        above_path=call.url,
        then=(("submit", N_("Enregistrer et soumettre…")),) if can_submit else (),
        autosave=page.href(f"/candidatures/{application.id}/modifier"),
        extra={"criteria": call.criteria, "organization": application.organization},
    )
