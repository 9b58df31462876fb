"""What the partners service in memory knows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from shared.clients.base import PersonRef
from shared.clients.partners import (
    Application,
    Call,
    CallRef,
    Criterion,
    Demonstrator,
    Member,
    NewInvitation,
    Organization,
    OrganizationRef,
    Result,
    Review,
    Reviewer,
)
from tests.services.web.neighbours.words import plain
from tests.services.web.neighbours.world import Account


def _common(place: str, title: str) -> dict[str, Any]:
    id, now = str(uuid4()), datetime.now(UTC)
    slug = "-".join(plain(title).replace("’", " ").split())
    return {
        "id": id,
        "version": 1,
        "state": "published",
        "language": "fr",
        "title": title,
        "summary": "En deux phrases.",
        "themes": ["energy"],
        "territories": ["lyon"],
        "url": f"/{place}/{id}/{slug}",
        "created_at": now,
        "updated_at": now,
        "published_at": now,
        "actions": [],
    }


class Partners:
    """What this service knows."""

    def __init__(self) -> None:
        self.organizations: dict[str, Organization] = {}
        self.calls: dict[str, Call] = {}
        self.demonstrators: dict[str, Demonstrator] = {}
        self.results: dict[str, list[Result]] = {}
        self.applications: dict[str, Application] = {}
        self.members: dict[str, list[Member]] = {}
        self.invitations: dict[str, tuple[str, NewInvitation]] = {}
        self.reviewers: dict[str, list[Reviewer]] = {}
        self.reviews: dict[str, list[Review]] = {}
        self.conflicts: dict[str, str] = {}
        """Why somebody may not review, by person."""

    def organization(self, name: str = "Calories douces", **more: Any) -> Organization:
        fields = _common("organisations", name) | {"kind": "startup", "name": name, "description": "Neuf personnes."}
        empty = dict.fromkeys(("siren", "siret", "website", "withdrawn_at", "withdrawal_reason", "membership"))
        made = Organization(**{**fields, **empty, **more})
        self.organizations[made.id] = made
        return made

    def call(self, title: str = "De l’ombre avant l’été", **more: Any) -> Call:
        criteria = [Criterion(id="summer", name="L’été", weight=3), Criterion(id="upkeep", name="L’entretien")]
        fields = _common("appels", title) | {
            "kind": "projects",
            "phase": "open",
            "zone": "Europe/Paris",
            "opens_at": None,
            "deadline": datetime.now(UTC) + timedelta(days=12, hours=1),
            "description": "Trois places.\n\nDeux étés.",
            "criteria": criteria,
            "top_score": 5,
            "closed_at": None,
            "withdrawn_at": None,
            "withdrawal_reason": None,
            "organizers": [],
        }
        made = Call(**{**fields, **more})
        self.calls[made.id] = made
        return made

    def demonstrator(self, title: str = "La rue à 45 degrés", **more: Any) -> Demonstrator:
        empty = ("ended_at", "withdrawn_at", "withdrawal_reason", "partnership", "partner_contact", "host_contact")
        fields = _common("demonstrateurs", title) | {
            "place": "Rue des Capucins",
            "organization": None,
            "until": date(2027, 4, 30),
            "results": 0,
            "tested": "Chauffer à 45 °C.",
            "partners": ["Régie de chaleur"],
        }
        made = Demonstrator(**{**fields, **dict.fromkeys(empty), **more})
        self.demonstrators[made.id] = made
        return made

    def application(self, call: Call, organization: Organization, **more: Any) -> Application:
        now = datetime.now(UTC)
        fields: dict[str, Any] = {
            "id": str(uuid4()),
            "version": 1,
            "state": "draft",
            "next_step": "finish_before_deadline",
            "call": CallRef(**{name: getattr(call, name) for name in CallRef.model_fields}),
            "organization": OrganizationRef(
                **{name: getattr(organization, name) for name in ("id", "name", "kind", "url")}
            ),
            **dict.fromkeys(("title", "summary", "proposal", "testing", "place"), ""),
            **dict.fromkeys(("contact", "submitted_at", "decided_at", "decision_reason", "partnership")),
            "themes": [],
            "territories": [],
            "created_at": now,
            "updated_at": now,
            "actions": ["edit", "submit", "withdraw"],
        }
        made = Application(**{**fields, **more})
        self.applications[made.id] = made
        return made

    def join(self, organization: Organization, account: Account, role: str = "owner") -> None:
        who = PersonRef(id=account.id, name=account.name)
        self.members.setdefault(organization.id, []).append(Member(person=who, role=role, since=datetime.now(UTC)))
