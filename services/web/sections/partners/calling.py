"""Running a call: creating it, changing it, and the board of its applications."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import PostedForm
from services.web.language import N_, _, current
from services.web.page import CurrentPage, Page, RoleNeeded
from services.web.sections.partners import editing, fields, sentences
from services.web.sections.partners.access import ORGANIZERS
from services.web.sections.partners.editing import Sheet
from services.web.sections.partners.fields import OPTIONAL, Asked, Sort, Written
from services.web.sections.partners.words import CALL_HELP, CALLS, STATES
from services.web.vocabulary import LANGUAGES
from shared.clients.partners import Call, NewCall, NewCriterion, PartnersClient

router = APIRouter(route_class=PageRoute, prefix="/appels")

JUDGED = (
    Asked(
        "criteria",
        N_("Critères"),
        N_("Chaque critère a un nom, et un poids de 1 à 100."),
        Sort.CRITERIA,
        note=N_("un au moins avant de publier"),
        help=N_("Les évaluateurs notent chacun d’eux. Une fois l’appel publié, ils ne changent plus."),
    ),
    Asked(
        "top_score",
        N_("Note la plus haute"),
        N_("Écrivez un nombre de 1 à 100."),
        Sort.NUMBER,
        is_needed=True,
        help=N_("Chaque critère se note de zéro à ce nombre."),
    ),
)
"""How applications are judged: fixed once the call is published."""

FIELDS = (
    fields.title(N_("Titre")),
    Asked(
        "kind",
        N_("Genre"),
        N_("Choisissez dans la liste."),
        Sort.CHOICE,
        options=CALLS,
        option_help=CALL_HELP,
        is_needed=True,
    ),
    fields.text(
        "summary",
        N_("Chapeau"),
        limit=600,
        note=N_("à écrire avant de publier"),
        help=N_("Deux ou trois phrases : ce que l’on cherche, et pourquoi. Elles paraissent dans les listes."),
    ),
    fields.text(
        "description",
        N_("Présentation"),
        limit=50_000,
        note=N_("à écrire avant de publier"),
        rows=10,
        help=N_("Du texte simple ; une ligne vide sépare deux paragraphes."),
    ),
    Asked(
        "opens_at",
        N_("Ouverture"),
        N_("Donnez un jour et une heure qui existent dans ce fuseau."),
        Sort.MOMENT,
        note=OPTIONAL,
        help=N_("Sans elle, l’appel ouvre dès qu’il est publié."),
    ),
    Asked(
        "deadline",
        N_("Date limite"),
        N_(
            "Donnez un jour et une heure qui existent dans ce fuseau, après l’ouverture ; aucune pour un appel "
            "toujours ouvert."
        ),
        Sort.MOMENT,
        note=N_("sauf pour un appel toujours ouvert"),
    ),
    Asked(
        "zone",
        N_("Fuseau horaire"),
        N_("Écrivez un fuseau horaire de la base IANA, comme Europe/Paris."),
        Sort.ZONE,
        60,
        is_needed=True,
        help=N_("Celui dans lequel l’ouverture et la date limite sont dites."),
    ),
    *JUDGED,
    *fields.labels(),
    fields.language(LANGUAGES),
)


def _fields(stored: Call | None) -> tuple[Asked, ...]:
    """Without how it is judged, once it was published."""
    if stored is None or stored.state == "draft":
        return FIELDS
    return tuple(one for one in FIELDS if one not in JUDGED)


def _sheet(stored: Call | None = None) -> Sheet:
    if stored is None:
        said = _("Vous seul voyez ce brouillon tant que vous ne l’avez pas publié.")
        return Sheet(FIELDS, N_("Lancer un appel"), said, "/appels")
    button = editing.KEEP if stored.state == "draft" else editing.CHANGE
    said = sentences.of_call(stored)
    sheet = Sheet(_fields(stored), N_("Modifier l’appel"), said, stored.url, button, stored.title, stored.url)
    return replace(sheet, language=stored.language)


@router.get("/nouveau")
async def new(page: CurrentPage) -> Response:
    """An empty form, for organizers."""
    page.need_role(*ORGANIZERS)
    values = {"kind": "projects", "language": current(), "zone": "Europe/Paris", "top_score": 5}
    return await editing.show(page, _sheet(), Written.new(FIELDS, **values))


@router.post("/nouveau")
async def create(page: CurrentPage, form: PostedForm) -> Response:
    """Create it; who does runs it."""
    page.need_role(*ORGANIZERS)

    async def make(sent: dict[str, Any], token: str, key: str) -> Call:
        criteria = tuple(NewCriterion(**one) for one in sent.pop("criteria"))
        return await page.client(PartnersClient).create_call(
            NewCall(**sent, criteria=criteria), token=token, key=key or None
        )

    return await editing.create(page, form, _sheet(), make, lambda made: made.url, "call-kept")


@router.get("/{id:uuid}/modifier")
async def edit(page: CurrentPage, id: UUID) -> Response:
    """The form with what is stored."""
    stored = await _stored(page, id)
    return await editing.show(page, _sheet(stored), Written.of(_fields(stored), stored))


@router.post("/{id:uuid}/modifier")
async def change(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Keep the changes."""
    stored = await _stored(page, id)
    client = page.client(PartnersClient)
    return await editing.change(
        page,
        form,
        _sheet(stored),
        stored,
        lambda sent, version, token: client.edit_call(str(id), version, sent, token=token),
        lambda made: page.go(page.href(made.url), notice="partners-changed"),
        lambda token: client.read_call(str(id), token=token),
    )


@router.get("/{id:uuid}/candidatures")
async def board(page: CurrentPage, id: UUID, etat: str = "", cursor: str = "") -> Response:
    """The applications one may read, by state, the last changed first."""
    token, client = await page.needed_token(), page.client(PartnersClient)
    call = await client.read_call(str(id), token=token)
    if "read_applications" not in call.actions:
        raise RoleNeeded(*ORGANIZERS)
    state = etat if etat in STATES else ""
    counts = (await client.application_counts(str(id), token=token)).counts
    found = await client.applications(str(id), token=token, state=state or None, cursor=cursor or None)
    return await page.render(
        "partners/board.html",
        call=call,
        found=found,
        counts=counts,
        total=sum(counts.values()),
        state=state,
        states=STATES,
        is_first=not cursor,
        said=sentences.of_call(call),
        sentence=sentences.of_application,
    )


async def _stored(page: Page, id: UUID) -> Call:
    stored = await page.client(PartnersClient).read_call(str(id), token=await page.needed_token())
    editing.check_allowed(stored)
    return stored
