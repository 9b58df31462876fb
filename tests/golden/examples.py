"""Writes the golden file of each contract that has none yet: ``python -m tests.golden.examples``.

A golden file is a message as it was told: headers and payload of one version. Once committed it is never
changed: that version may stand on a log, or in a backup, for ever.
"""

from __future__ import annotations

import json
from pathlib import Path

from shared.contracts.base import Contract
from shared.contracts.contributions import (
    ContributionPublished,
    ContributionWithdrawn,
    TerritoryDefined,
    TerritoryRetired,
    ThemeDefined,
    ThemeRetired,
)
from shared.contracts.debates import ArgumentMade, ArgumentTakenDown, DebateAnnounced, DebateWithdrawn
from shared.contracts.events import ForumPublished, ForumWithdrawn, SessionScheduled, SessionWithdrawn, Speaker
from shared.contracts.identity import (
    AccessDenied,
    AccessRestored,
    MailDomainForgotten,
    MailDomainMarked,
    PersonForgotten,
    PersonNamed,
)
from shared.contracts.partners import (
    CallPublished,
    CallWithdrawn,
    DemonstratorPublished,
    DemonstratorWithdrawn,
    OrganizationPublished,
    OrganizationWithdrawn,
)
from shared.contracts.search import IndexChanged
from shared.messaging.envelope import headers_of, payload_of

FOLDER = Path(__file__).parent
FORUM, SESSION = "01920f3c-9c3a-7e5c-9d70-5b3f4e6d7c8b", "01920f3c-ad4b-7f6d-8e81-6c405f7e8d9c"
PERSON, CONTRIBUTION = "01920f3c-7a1e-7c3a-9b5e-3f1d2c4b5a69", "01920f3c-8b2f-7d4b-8c6f-4a2e3d5c6b7a"
ORGANIZATION, CALL = "01920f3c-9c3a-7e5c-9d7a-5b3f4e6d7c8b", "01920f3c-ad4b-7f6d-8e8b-6c4a5f7e8d9c"
DEMONSTRATOR = "01920f3c-be5c-7a7e-9f9c-7d5b6a8f9eac"
DEBATE, ARGUMENT = "01920f3c-9c3a-7e5c-9d7a-5b3f4e6d7c8b", "01920f3c-ad4b-7f6d-8e8b-6c4a5f7e8d9c"

EXAMPLES: tuple[Contract, ...] = (
    PersonNamed(id=PERSON, name="Zoé Lefèvre"),
    PersonForgotten(id=PERSON),
    AccessDenied.model_validate({"id": PERSON, "since": "2026-01-31T18:00:00+01:00"}),
    AccessRestored(id=PERSON),
    MailDomainMarked(id=PERSON, mark="6f1ed002ab5595859014ebf0951522d9" * 2),
    MailDomainForgotten(id=PERSON),
    ThemeDefined(id="public-space", names={"fr": "Espace public", "en": "Public space"}),
    ThemeRetired(id="public-space"),
    TerritoryDefined(id="lyon", names={"fr": "Lyon", "en": "Lyon"}, within="france"),
    TerritoryRetired(id="lyon"),
    ContributionPublished.model_validate(
        {
            "id": CONTRIBUTION,
            "kind": "study",
            "language": "fr",
            "title": "L’énergie des mobilités",
            "summary": "Ce que coûtent nos trajets.",
            "text": "Le tram, le vélo et la marche.",
            "themes": ["mobility", "energy"],
            "territories": ["lyon"],
            "authors": [PERSON],
            "url": f"/contributions/{CONTRIBUTION}/l-energie-des-mobilites",
            "published_at": "2026-01-31T18:00:00+01:00",
        }
    ),
    ContributionWithdrawn(id=CONTRIBUTION),
    ForumPublished.model_validate(
        {
            "id": FORUM,
            "language": "fr",
            "title": "La chaleur de la ville",
            "summary": "Deux jours sur l’énergie des quartiers.",
            "text": "De l’eau du métro.",
            "venue": "Halle Tony-Garnier, Lyon",
            "link": "https://example.org/forum",
            "zone": "Europe/Paris",
            "begins_at": "2027-03-27T00:00:00+01:00",
            "ends_at": "2027-03-29T00:00:00+02:00",
            "themes": ["energy"],
            "territories": ["lyon"],
            "state": "published",
            "url": f"/forums/{FORUM}/la-chaleur-de-la-ville",
            "published_at": "2026-11-23T18:00:00+01:00",
        }
    ),
    ForumWithdrawn(id=FORUM),
    SessionScheduled.model_validate(
        {
            "id": SESSION,
            "forum": FORUM,
            "language": "fr",
            "title": "Chauffer un quartier",
            "summary": "Trois hivers de mesures.",
            "text": "Ce que l’eau du métro sait faire.",
            "format": "Table ronde",
            "track": "Technique",
            "speakers": [Speaker(person=PERSON), Speaker(name="Ada Byron")],
            "zone": "Europe/Paris",
            "begins_at": "2027-03-28T10:00:00+02:00",
            "ends_at": "2027-03-28T11:30:00+02:00",
            "state": "scheduled",
            "url": f"/forums/{FORUM}/sessions/{SESSION}/chauffer-un-quartier",
        }
    ),
    SessionWithdrawn(id=SESSION),
    OrganizationPublished.model_validate(
        {
            "id": ORGANIZATION,
            "kind": "startup",
            "language": "fr",
            "name": "Calories douces",
            "summary": "Nous chauffons des quartiers avec l’eau du métro.",
            "text": "Une pompe à chaleur par station.",
            "siren": "732829320",
            "themes": ["energy"],
            "territories": ["lyon"],
            "url": f"/organisations/{ORGANIZATION}/calories-douces",
            "published_at": "2026-01-31T18:00:00+01:00",
        }
    ),
    OrganizationWithdrawn(id=ORGANIZATION),
    CallPublished.model_validate(
        {
            "id": CALL,
            "kind": "projects",
            "language": "fr",
            "title": "Chauffer une rue avec la chaleur perdue",
            "summary": "Une rue, un hiver.",
            "text": "Nous cherchons qui essaiera.\n\nUtilité pour les habitants.",
            "themes": ["energy"],
            "territories": ["lyon"],
            "zone": "Europe/Paris",
            "opens_at": "2026-02-01T08:00:00+01:00",
            "deadline": "2026-03-31T12:00:00+02:00",
            "closed": False,
            "url": f"/appels/{CALL}/chauffer-une-rue-avec-la-chaleur-perdue",
            "published_at": "2026-01-31T18:00:00+01:00",
        }
    ),
    CallWithdrawn(id=CALL),
    DemonstratorPublished.model_validate(
        {
            "id": DEMONSTRATOR,
            "state": "running",
            "language": "fr",
            "title": "La rue des Capucins à 45 °C",
            "summary": "Quarante logements chauffés par l’eau du métro.",
            "text": "Une pompe à chaleur dans une station désaffectée.\n\nPremier mois : 38 logements.",
            "place": "Rue des Capucins",
            "themes": ["energy"],
            "territories": ["lyon"],
            "organization": ORGANIZATION,
            "partners": ["Régie du métro"],
            "until": "2027-04-30",
            "results": 1,
            "url": f"/demonstrateurs/{DEMONSTRATOR}/la-rue-des-capucins-a-45-c",
            "published_at": "2026-10-01T09:00:00+02:00",
        }
    ),
    DemonstratorWithdrawn(id=DEMONSTRATOR),
    DebateAnnounced.model_validate(
        {
            "id": DEBATE,
            "contribution": CONTRIBUTION,
            "language": "fr",
            "question": "Faut-il compter les trajets à pied ?",
            "introduction": "On ne compte que ce qui roule.",
            "themes": ["mobility"],
            "territories": ["lyon"],
            "opened_by": PERSON,
            "opens_at": "2026-02-01T09:00:00+01:00",
            "closes_at": "2026-03-01T18:00:00+01:00",
            "zone": "Europe/Paris",
            "url": f"/debats/{DEBATE}/faut-il-compter-les-trajets-a-pied",
        }
    ),
    DebateWithdrawn(id=DEBATE),
    ArgumentMade.model_validate(
        {
            "id": ARGUMENT,
            "debate": DEBATE,
            "answers": None,
            "position": "nuance",
            "language": "fr",
            "text": "À pied, oui ; mais pas à la minute près.",
            "author": PERSON,
            "made_at": "2026-02-02T12:30:00+01:00",
            "edited_at": None,
            "url": f"/debats/{DEBATE}/arguments/{ARGUMENT}#argument-{ARGUMENT}",
        }
    ),
    ArgumentTakenDown(id=ARGUMENT),
    IndexChanged(id="search", types=("contribution", "debate")),
)


def path_of(cls: type[Contract], version: int | None = None) -> Path:
    """Where the golden file of a contract's version is."""
    return FOLDER / f"{cls.TYPE}.v{cls.VERSION if version is None else version}.json"


def main() -> None:
    """Write what is missing; leave what is there."""
    for example in EXAMPLES:
        path = path_of(type(example))
        if path.exists():
            continue
        owner = example.TYPE.split(".")[1]
        traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        golden = {
            "topic": example.TOPIC,
            "key": example.id,
            "headers": headers_of(example, source=owner, ordinal=1, epoch=1, traceparent=traceparent),
            "payload": json.loads(payload_of(example)),
        }
        path.write_text(json.dumps(golden, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
