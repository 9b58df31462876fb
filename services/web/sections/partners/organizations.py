"""Creating an organization, and changing what it says of itself."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import PostedForm
from services.web.language import N_, _, current
from services.web.page import CurrentPage, Page, SignInNeeded
from services.web.sections.partners import editing, fields, sentences
from services.web.sections.partners.editing import Sheet
from services.web.sections.partners.fields import OPTIONAL, Asked, Sort, Written
from services.web.sections.partners.words import ORGANIZATIONS
from services.web.vocabulary import LANGUAGES
from shared.clients.partners import NewOrganization, Organization, PartnersClient

router = APIRouter(route_class=PageRoute, prefix="/organisations")

FIELDS = (
    fields.title(N_("Nom"), "name", 120),
    Asked(
        "kind",
        N_("Sorte"),
        N_("Choisissez dans la liste."),
        Sort.CHOICE,
        options=ORGANIZATIONS,
        is_needed=True,
    ),
    fields.text(
        "summary",
        N_("Chapeau"),
        limit=600,
        note=N_("à écrire avant de publier"),
        help=N_("Deux ou trois phrases qui disent ce que vous faites. Elles paraissent dans les listes."),
    ),
    fields.text(
        "description",
        N_("Présentation"),
        limit=50_000,
        note=N_("à écrire avant de publier"),
        rows=8,
        help=N_("Du texte simple ; une ligne vide sépare deux paragraphes."),
    ),
    Asked(
        "siren",
        N_("SIREN"),
        N_("Ce SIREN n’est pas juste : neuf chiffres, dont le dernier vérifie les autres, et le début du SIRET."),
        limit=30,
        note=OPTIONAL,
        is_number=True,
        help=N_("Neuf chiffres, comme 552 100 554."),
    ),
    Asked(
        "siret",
        N_("SIRET"),
        N_(
            "Ce SIRET n’est pas juste : quatorze chiffres, dont le dernier vérifie les autres, et qui commencent par "
            "le SIREN."
        ),
        limit=40,
        note=OPTIONAL,
        is_number=True,
        help=N_("Quatorze chiffres. Avec lui, le SIREN se remplit de lui-même."),
    ),
    Asked(
        "website",
        N_("Site"),
        N_("Écrivez une adresse entière, comme https://example.org."),
        limit=300,
        note=OPTIONAL,
    ),
    *fields.labels(),
    fields.language(LANGUAGES),
)


def _sheet(stored: Organization | None = None) -> Sheet:
    if stored is None:
        said = _("Ses membres seuls la voient tant qu’elle n’est pas publiée. Elle peut déjà répondre à un appel.")
        return Sheet(FIELDS, N_("Créer une organisation"), said, "/organisations")
    button = editing.KEEP if stored.state == "draft" else editing.CHANGE
    said = sentences.of_organization(stored)
    return Sheet(
        FIELDS, N_("Modifier l’organisation"), said, stored.url, button, stored.name, stored.url, stored.language
    )


@router.get("/nouvelle")
async def new(page: CurrentPage) -> Response:
    """An empty form, for somebody signed in."""
    if page.visitor is None:
        raise SignInNeeded
    return await editing.show(page, _sheet(), Written.new(FIELDS, kind="startup", language=current()))


@router.post("/nouvelle")
async def create(page: CurrentPage, form: PostedForm) -> Response:
    """Create it; who does owns it."""

    async def make(sent: dict[str, Any], token: str, key: str) -> Organization:
        asked = NewOrganization(**sent)
        return await page.client(PartnersClient).create_organization(asked, token=token, key=key or None)

    return await editing.create(page, form, _sheet(), make, lambda made: made.url, "organization-kept")


@router.get("/{id:uuid}/modifier")
async def edit(page: CurrentPage, id: UUID) -> Response:
    """The form with what is stored."""
    stored = await _stored(page, id, await page.needed_token())
    return await editing.show(page, _sheet(stored), Written.of(FIELDS, stored))


@router.post("/{id:uuid}/modifier")
async def change(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Keep the changes."""
    stored = await _stored(page, id, await page.needed_token())

    async def save(sent: dict[str, Any], version: int, token: str) -> Organization:
        return await page.client(PartnersClient).edit_organization(str(id), version, sent, token=token)

    return await editing.change(
        page,
        form,
        _sheet(stored),
        stored,
        save,
        lambda made: page.go(page.href(made.url), notice="partners-changed"),
        lambda token: page.client(PartnersClient).organization(str(id), token=token),
    )


async def _stored(page: Page, id: UUID, token: str) -> Organization:
    stored = await page.client(PartnersClient).organization(str(id), token=token)
    editing.check_allowed(stored)
    return stored
