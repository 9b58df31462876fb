"""Organizations, calls and demonstrators are found by what they say, with facets of their own, and hidden when gone."""

from __future__ import annotations

from datetime import UTC, date, datetime

from shared.contracts.partners import (
    CallPublished,
    CallWithdrawn,
    DemonstratorPublished,
    DemonstratorWithdrawn,
    OrganizationPublished,
    OrganizationWithdrawn,
)
from tests.services.search.city import City

AT = datetime(2026, 2, 1, 9, tzinfo=UTC)
STARTUP = OrganizationPublished(
    id="o1",
    kind="startup",
    language="fr",
    name="Calories douces",
    summary="La chaleur qu’on jette, livrée à côté.",
    text="Des pompes à chaleur dans les stations de relevage.",
    siren="732829320",
    themes=("energy",),
    territories=("lyon",),
    url="/organisations/o1/calories-douces",
    published_at=AT,
)
CALL = CallPublished(
    id="c1",
    kind="projects",
    language="fr",
    title="Chauffer une rue",
    summary="Une rue, un hiver.",
    text="Faisabilité en un an.",
    themes=("energy",),
    territories=("lyon",),
    zone="Europe/Paris",
    opens_at=None,
    deadline=AT,
    closed=False,
    url="/appels/c1/chauffer-une-rue",
    published_at=AT,
)
STREET = DemonstratorPublished(
    id="d1",
    state="running",
    language="fr",
    title="La rue des Capucins à 45 degrés",
    summary="Quarante logements chauffés par la nappe.",
    text="Une pompe à chaleur. Trente-quatre logements raccordés.",
    place="Rue des Capucins",
    themes=("energy",),
    territories=("lyon",),
    organization="o1",
    partners=("Régie des Verriers",),
    until=date(2027, 4, 30),
    results=1,
    url="/demonstrateurs/d1/la-rue-des-capucins-a-45-degres",
    published_at=AT,
)


async def test_they_are_found_with_their_facets(new_city: City) -> None:
    await new_city.hears(STARTUP, CALL, STREET)
    await new_city.settles()
    for words, type_, kind in (
        ("calories", "organization", "startup"),
        ("732829320", "organization", "startup"),
        ("faisabilite", "call", "projects"),
        ("verriers", "demonstrator", "running"),
        ("raccordés", "demonstrator", "running"),
    ):
        (hit,) = (await new_city.search(words))["hits"]
        assert (hit["type"], hit["kind"], hit["themes"]) == (type_, kind, ["energy"]), words
    facets = (await new_city.search())["facets"]
    assert {(one["value"], one["count"]) for one in facets["type"]} == {
        ("organization", 1),
        ("call", 1),
        ("demonstrator", 1),
    }
    assert await new_city.titles(kind=["projects", "running"]) == {CALL.title, STREET.title}


async def test_an_ended_one_changes_its_kind_and_what_is_gone_is_not_found(new_city: City) -> None:
    await new_city.hears(STARTUP, CALL, STREET)
    await new_city.hears(STREET.model_copy(update={"state": "ended"}))
    await new_city.settles()
    assert await new_city.titles(kind="ended") == {STREET.title}
    await new_city.hears(OrganizationWithdrawn(id="o1"), CallWithdrawn(id="c1"), DemonstratorWithdrawn(id="d1"))
    assert (await new_city.search())["hits"] == []
    await new_city.settles()
    assert (await new_city.search())["total"] == 0
