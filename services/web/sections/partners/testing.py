"""What follows an acceptance: the partnership with its contacts, its demonstrators, and their results."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services.web import clock
from services.web.dates import PARIS
from services.web.errors import PageRoute
from services.web.forms import PostedForm
from services.web.language import N_, _, current
from services.web.page import CurrentPage, Page
from services.web.sections.partners import editing, fields, sentences
from services.web.sections.partners.access import may_save, refusals
from services.web.sections.partners.editing import Sheet
from services.web.sections.partners.fields import OPTIONAL, Asked, Sort, Written, version_of
from services.web.sections.partners.moving import WHOSE_PAGE, person_in
from services.web.vocabulary import LANGUAGES
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.partners import Demonstrator, NewDemonstrator, NewResult, PartnersClient, Partnership

router = APIRouter(route_class=PageRoute)

BEFORE = N_("à écrire avant de publier")
FIELDS = (
    fields.title(N_("Titre")),
    fields.text(
        "summary",
        N_("Chapeau"),
        limit=600,
        note=BEFORE,
        help=N_("Deux ou trois phrases. Elles paraissent dans les listes."),
    ),
    Asked(
        "place",
        N_("Lieu"),
        N_("Dites où en une ligne, de deux cents signes au plus."),
        limit=200,
        note=BEFORE,
        may_be_empty=False,
        help=N_("La rue, la place ou le bâtiment, comme on le dirait à quelqu’un qui vient voir."),
    ),
    fields.text(
        "tested",
        N_("Ce que l’on essaie"),
        limit=50_000,
        note=BEFORE,
        rows=8,
        help=N_("La question, comment on y répond, et à quoi l’on verra que cela a échoué."),
    ),
    Asked(
        "partners",
        N_("Autres partenaires"),
        N_("Un nom par ligne, vingt au plus."),
        Sort.LINES,
        note=OPTIONAL,
        rows=3,
        help=N_("Un nom par ligne : bailleurs, associations, collectivités…"),
    ),
    Asked("until", N_("Dernier jour"), N_("Donnez un jour, comme 2026-12-31."), Sort.DAY, note=BEFORE),
    *fields.labels(note=N_("un au moins avant de publier")),
    fields.language(LANGUAGES),
)

RESULT = (
    Asked("on", N_("Jour"), N_("Donnez un jour."), Sort.DAY, is_needed=True),
    replace(
        fields.text("text", N_("Ce qui a été constaté"), limit=5000, rows=4),
        is_needed=True,
        refusal=N_("Écrivez ce qui a été constaté : cinq mille signes au plus."),
    ),
    Asked(
        "measure",
        N_("Grandeur mesurée"),
        N_("Une grandeur et sa valeur vont ensemble : donnez les deux, ou aucune."),
        limit=120,
        note=OPTIONAL,
        help=N_("Par exemple « Part de la chaleur fournie par la nappe »."),
    ),
    Asked(
        "value",
        N_("Valeur"),
        N_("Écrivez un nombre, comme 62,5, avec la grandeur qu’il mesure."),
        limit=30,
        note=OPTIONAL,
        is_number=True,
    ),
    Asked("unit", N_("Unité"), N_("Vingt signes au plus."), limit=20, note=OPTIONAL, may_be_empty=False),
)


@router.get("/partenariats/{id:uuid}")
async def partnership(page: CurrentPage, id: UUID) -> Response:
    """Who answers on each side, and what is tested."""
    return await _partnership(page, id)


@router.post("/partenariats/{id:uuid}")
async def contacts(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Name other contacts: each side its own."""
    form.expect_ours()
    token, errors, changes = await page.needed_token(), dict[str, str](), dict[str, object]()
    for side in ("partner_contact", "host_contact"):
        typed = form.text(side)
        if typed and (person := person_in(typed)):
            changes[side] = person
        elif typed:
            errors[side] = _(WHOSE_PAGE)
    if not errors:
        try:
            await page.client(PartnersClient).edit_partnership(str(id), version_of(form), changes, token=token)
        except ServiceProblem as problem:
            if problem.status not in (403, 412, 422):
                raise
            side = next(iter(changes), "form")
            errors = {
                412: {"form": _("Les contacts ont changé entre-temps. Les voici tels qu’ils sont.")},
                403: {side: _("Chaque côté nomme son propre contact.")},
                422: {side: _("Cette personne ne peut pas être le contact de ce côté.")},
            }[problem.status]
        else:
            return page.go(page.href(f"/partenariats/{id}"), notice="partners-changed")
    return await _partnership(page, id, errors)


async def _partnership(page: Page, id: UUID, errors: dict[str, str] | None = None) -> Response:
    token, client = await page.needed_token(), page.client(PartnersClient)
    found = await client.partnership(str(id), token=token)
    application = None
    people: dict[str, str] = {}
    try:
        application = await client.application(found.application, token=token)
        members = await client.members(found.organization.id, token=token)
        people = {one.person.id: one.person.name for one in members.items}
    except ServiceProblem as problem:
        if problem.status not in (403, 404):
            raise
    return await page.render(
        "partners/partnership.html",
        status=422 if errors else 200,
        partnership=found,
        application=application,
        people=people,
        errors=errors or {},
    )


def _sheet(found: Partnership | None, stored: Demonstrator | None = None) -> Sheet:
    if stored is None and found is not None:
        said = _("Les partenaires sont seuls à voir ce brouillon tant qu’il n’est pas publié.")
        path = f"/partenariats/{found.id}"
        return Sheet(FIELDS, N_("Préparer un démonstrateur"), said, path, above=found.title, above_path=path)
    assert stored is not None
    button = editing.KEEP if stored.state == "draft" else editing.CHANGE
    said, url = sentences.of_demonstrator(stored), stored.url
    return Sheet(FIELDS, N_("Modifier le démonstrateur"), said, url, button, stored.title, url, stored.language)


@router.get("/partenariats/{id:uuid}/demonstrateur")
async def new(page: CurrentPage, id: UUID) -> Response:
    """A new demonstrator, which begins with what the application said."""
    token, client = await page.needed_token(), page.client(PartnersClient)
    found = await client.partnership(str(id), token=token)
    values: dict[str, Any] = {"language": current(), "title": found.title}
    try:
        said = await client.application(found.application, token=token)
        values |= {"summary": said.summary, "tested": said.testing, "place": said.place}
        values |= {"themes": said.themes, "territories": said.territories}
    except ServiceProblem as problem:
        if problem.status != 404:
            raise
    return await editing.show(page, _sheet(found), Written.new(FIELDS, **values))


@router.post("/partenariats/{id:uuid}/demonstrateur")
async def create(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Keep it as a draft."""
    client = page.client(PartnersClient)
    found = await client.partnership(str(id), token=await page.needed_token())

    async def make(sent: dict[str, Any], token: str, key: str) -> Demonstrator:
        asked = NewDemonstrator(partnership=found.id, **sent)
        return await client.create_demonstrator(asked, token=token, key=key or None)

    return await editing.create(page, form, _sheet(found), make, lambda made: made.url, "demonstrator-kept")


@router.get("/demonstrateurs/{id:uuid}/modifier")
async def edit(page: CurrentPage, id: UUID) -> Response:
    """The form with what is stored."""
    stored = await _stored(page, id, "edit")
    return await editing.show(page, _sheet(None, stored), Written.of(FIELDS, stored))


@router.post("/demonstrateurs/{id:uuid}/modifier")
async def change(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Keep the changes."""
    stored, client = await _stored(page, id, "edit"), page.client(PartnersClient)
    return await editing.change(
        page,
        form,
        _sheet(None, stored),
        stored,
        lambda sent, version, token: client.edit_demonstrator(str(id), version, sent, token=token),
        lambda made: page.go(page.href(made.url), notice="partners-changed"),
        lambda token: client.demonstrator(str(id), token=token),
    )


@router.get("/demonstrateurs/{id:uuid}/resultats")
async def new_result(page: CurrentPage, id: UUID) -> Response:
    """Say what it showed."""
    stored = await _stored(page, id, "add_result")
    written = Written.new(RESULT, on=clock.today(PARIS))
    return await editing.show(page, _result_sheet(stored), written)


@router.post("/demonstrateurs/{id:uuid}/resultats")
async def add_result(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Add it."""
    stored = await _stored(page, id, "add_result")
    written = Written.posted(RESULT, form)
    token, errors = await may_save(page, form)
    sent, wrong = written.read(RESULT)
    errors = errors or wrong
    if not errors:
        errors = _figure(sent)
    if token is not None and not errors:
        try:
            result = NewResult(**sent)
            await page.client(PartnersClient).add_result(str(id), result, token=token, key=written.key or None)
        except (ServiceProblem, ServiceDown) as problem:
            errors = refusals(problem, RESULT)
        else:
            return page.go(page.href(stored.url), notice="result-added")
    return await editing.show(page, _result_sheet(stored), written, errors)


def _figure(sent: dict[str, Any]) -> dict[str, str]:
    """Read the value as people write numbers; errors where it is none, or stands alone."""
    measure, typed = sent["measure"], sent["value"]
    if (measure is None) != (typed is None):
        name = "measure" if measure is None else "value"
        return {name: _(next(one.refusal for one in RESULT if one.name == name))}
    if typed is None:
        return {}
    try:
        sent["value"] = float("".join(typed.split()).replace(",", "."))
    except ValueError:
        return {"value": _(RESULT[3].refusal)}
    return {}


def _result_sheet(stored: Demonstrator) -> Sheet:
    said = _("Un résultat, bon ou mauvais, est public dès que le démonstrateur l’est. Il ne s’efface pas.")
    return Sheet(
        RESULT,
        N_("Ajouter un résultat"),
        said,
        stored.url,
        N_("Ajouter ce résultat"),
        stored.title,
        stored.url,
        stored.language,
    )


async def _stored(page: Page, id: UUID, action: str) -> Demonstrator:
    stored = await page.client(PartnersClient).demonstrator(str(id), token=await page.needed_token())
    editing.check_allowed(stored, action)
    return stored
