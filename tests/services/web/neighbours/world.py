"""What the other services know, and their going away."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from shared.clients.base import PersonRef, ServiceDown
from shared.clients.contributions import (
    Comment,
    Contribution,
    Revision,
    Territory,
)
from tests.services.web.neighbours.words import markdown, plain, problem

KnownT = TypeVar("KnownT")

THEMES = {
    "mobility": ("Mobilité", "Mobility"),
    "housing": ("Logement", "Housing"),
    "energy": ("Énergie", "Energy"),
    "water": ("Eau", "Water"),
    "digital": ("Numérique", "Digital"),
    "public-space": ("Espace public", "Public space"),
    "governance": ("Gouvernance", "Governance"),
}


TERRITORIES = {
    "lyon": ("Lyon", "Lyon"),
    "nantes": ("Nantes", "Nantes"),
    "roubaix": ("Roubaix", "Roubaix"),
    "grenoble": ("Grenoble", "Grenoble"),
}


@dataclass
class Account:
    id: str
    email: str
    password: str
    name: str
    roles: list[str]
    verified: bool = True
    version: int = 1
    biography: str = ""
    affiliation: str = ""
    orcid: str | None = None


@dataclass
class World:
    """What the other services know."""

    accounts: dict[str, Account] = field(default_factory=dict)
    contributions: dict[str, Contribution] = field(default_factory=dict)
    access: dict[str, str] = field(default_factory=dict)
    refresh: dict[str, str] = field(default_factory=dict)
    used_refresh: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    created_keys: dict[str, str] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    failing: dict[str, Exception] = field(default_factory=dict)
    access_lasts: int = 300
    calls: list[str] = field(default_factory=list)
    steps: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    links: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Secret → what it is for, and whose address it was sent to."""
    mails: list[tuple[str, str, str]] = field(default_factory=list)
    """What was asked for, for which address, in which language."""
    labels: dict[str, dict[str, Territory]] = field(
        default_factory=lambda: {
            name: {id: Territory(id=id, names={"fr": fr, "en": en}) for id, (fr, en) in labels.items()}
            for name, labels in (("themes", THEMES), ("territories", TERRITORIES))
        }
    )
    moved: dict[str, dict[str, str]] = field(default_factory=lambda: {"themes": {}, "territories": {}})
    revisions: dict[str, list[Revision]] = field(default_factory=dict)
    comments: dict[str, list[Comment]] = field(default_factory=dict)
    own: dict[type[Any], Any] = field(default_factory=dict)

    def of(self, kind: type[KnownT]) -> KnownT:
        """What a neighbour knows by itself, made when it is first asked for."""
        found: KnownT = self.own.setdefault(kind, kind())
        return found

    def account(self, email: str, name: str, *roles: str, password: str = "correct horse battery") -> Account:
        made = Account(str(uuid4()), email, password, name, ["citizen", *roles])
        self.accounts[email] = made
        return made

    def whose(self, token: str | None) -> Account | None:
        if token is None:
            return None
        email = self.access.get(token)
        if email is None:
            raise problem(401)
        return self.accounts[email]

    def asked(self, service: str, call: str) -> None:
        self.calls.append(f"{service}.{call}")
        if service in self.away:
            raise ServiceDown(service, "it is away in this test")
        if f"{service}.{call}" in self.failing:
            raise self.failing[f"{service}.{call}"]

    def write(
        self,
        author: Account,
        title: str,
        *,
        kind: str = "note",
        state: str = "published",
        summary: str = "",
        body: str = "",
        themes: list[str] | None = None,
        territories: list[str] | None = None,
        language: str = "fr",
        age: timedelta = timedelta(days=3),
        reason: str | None = None,
    ) -> Contribution:
        id = str(uuid4())
        at = datetime.now(UTC) - age
        made = Contribution(
            id=id,
            version=1,
            state=state,
            kind=kind,
            language=language,
            title=title,
            summary=summary,
            body=body,
            body_html=markdown(body),
            themes=themes or [],
            territories=territories or [],
            authors=[PersonRef(id=author.id, name=author.name)],
            reading_minutes=max(1, len(body.split()) // 200),
            url=f"/contributions/{id}/{re.sub('[^a-z0-9]+', '-', plain(title)).strip('-')}",
            created_at=at,
            updated_at=at,
            submitted_at=at if state != "draft" else None,
            published_at=at if state in ("published", "withdrawn") else None,
            withdrawn_at=at if state == "withdrawn" else None,
            withdrawal_reason=reason,
            actions=[],
        )
        self.contributions[id] = made
        return made

    def keep(self, contribution: Contribution, occasion: str, *, reason: str | None = None) -> Contribution:
        """Keep a revision, as the contributions service does."""
        kept = self.revisions.setdefault(contribution.id, [])
        kept.append(
            Revision(
                number=len(kept) + 1,
                at=contribution.updated_at,
                occasion=occasion,
                title=contribution.title,
                summary=contribution.summary,
                body=contribution.body,
                body_html=contribution.body_html,
                reason=reason,
            )
        )
        corrected_at = contribution.updated_at if occasion == "corrected" else contribution.corrected_at
        made = contribution.model_copy(update={"revisions": len(kept), "corrected_at": corrected_at})
        self.contributions[contribution.id] = made
        return made

    def seen_by(self, contribution: Contribution, account: Account | None) -> Contribution:
        return contribution.model_copy(update={"actions": self.actions(contribution, account)})

    def actions(self, contribution: Contribution, account: Account | None) -> list[str]:
        if account is None:
            return []
        mine = account.id in {one.id for one in contribution.authors}
        editor = bool({"editor", "admin"} & set(account.roles))
        match contribution.state:
            case "draft" | "changes_requested" if mine:
                return ["edit", "submit"]
            case "submitted" if editor:
                return ["edit", "publish", "schedule", "return"]
            case "scheduled" if editor:
                return ["edit", "publish", "unschedule"]
            case "submitted" if mine:
                return ["recall"]
            case "published" if mine or editor:
                return ["edit", "withdraw"] if editor else ["withdraw"]
        return []
