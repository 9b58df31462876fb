"""The other services as the site sees them, in memory: they keep the rules that pages depend on, and can go away."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from html import escape
from typing import Any
from uuid import uuid4

from services.contributions import comparison
from shared.clients.base import FieldError, PersonRef, ServiceClient, ServiceDown, ServiceProblem
from shared.clients.contributions import (
    AddressParts,
    Collection,
    Comment,
    Comments,
    ComparedParagraph,
    Comparison,
    Contribution,
    ContributionPage,
    ContributionsClient,
    ContributionSummary,
    Draft,
    PlainText,
    Preview,
    PublishedAddress,
    PublishedAddresses,
    Revision,
    RevisionDiff,
    Revisions,
    Territories,
    Territory,
    Themes,
)
from shared.clients.identity import IdentityClient, MailOnItsWay, Me, Profile, SignedIn
from shared.clients.search import (
    FacetValue,
    SearchClient,
    SearchHit,
    SearchResults,
    Similar,
    SuggestedTitle,
    Suggestions,
)

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


TARGETS = {
    "submit": "submitted",
    "recall": "draft",
    "publish": "published",
    "schedule": "scheduled",
    "unschedule": "submitted",
    "return": "changes_requested",
    "withdraw": "withdrawn",
}


def plain(text: str) -> str:
    """Without accents and capitals."""
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign)).lower()


def problem(status: int, title: str = "", *errors: tuple[str, str], **extra: Any) -> ServiceProblem:
    return ServiceProblem(
        status,
        f"urn:demain:problem:{status}",
        title or str(status),
        errors=tuple(FieldError(field=name, message=message) for name, message in errors),
        extra=extra,
    )


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


def markdown(text: str) -> str:
    """Enough Markdown to look at; the real one is the contributions service's."""
    html: list[str] = []
    for part in re.split(r"\n{2,}", text.strip()):
        if part.startswith("## "):
            html.append(f"<h2>{escape(part[3:])}</h2>")
        elif part.startswith("> "):
            html.append(f"<blockquote><p>{escape(part[2:])}</p></blockquote>")
        elif part.startswith("- "):
            html.append("<ul>" + "".join(f"<li>{escape(one[2:])}</li>" for one in part.splitlines()) + "</ul>")
        elif part.startswith("|"):
            rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in part.splitlines()]
            head = "".join(f"<th>{escape(cell)}</th>" for cell in rows[0])
            body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[2:])
            html.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
        elif part:
            html.append("<p>" + re.sub(r"[*][*](.+?)[*][*]", r"<strong>\1</strong>", escape(part)) + "</p>")
    return "\n".join(html)


def compared(before: PlainText | Revision, after: PlainText | Revision) -> Comparison:
    """What changed, found as the contributions service finds it; bodies are taken as they are written."""

    def part(name: str) -> list[ComparedParagraph]:
        paragraphs = comparison.compare(getattr(before, name), getattr(after, name))
        return [ComparedParagraph(kind=one.kind, html=comparison.marked(one)) for one in paragraphs if str(one)]

    return Comparison(title=part("title"), summary=part("summary"), text=part("body"))


class FakeIdentity(IdentityClient):
    def __init__(self, world: World) -> None:
        super().__init__("http://identity.invalid")
        self.world = world

    async def sign_up(self, email: str, password: str, display_name: str, *, language: str = "fr") -> MailOnItsWay:
        self.world.asked("identity", "sign_up")
        if len(password) < 10:
            raise problem(422, "invalid", ("password", "too short"))
        if email not in self.world.accounts:
            self.world.account(email, display_name, password=password).verified = False
        return self._mail("verify", email, language)

    async def send_verification(self, email: str, *, language: str = "fr") -> MailOnItsWay:
        self.world.asked("identity", "send_verification")
        return self._mail("verify", email, language)

    async def send_reset(self, email: str, *, language: str = "fr") -> MailOnItsWay:
        self.world.asked("identity", "send_reset")
        return self._mail("reset", email, language)

    def _mail(self, purpose: str, email: str, language: str) -> MailOnItsWay:
        if "@" not in email:
            raise problem(422, "invalid", ("email", "not an address"))
        self.world.mails.append((purpose, email, language))
        if email in self.world.accounts:
            self.world.links[f"{purpose}-{len(self.world.mails)}"] = (purpose, email)
        return MailOnItsWay(email=email)

    def _of_link(self, secret: str, purpose: str) -> Account:
        known, email = self.world.links.get(secret, ("", ""))
        if known != purpose:
            raise problem(410)
        return self.world.accounts[email]

    async def verify(self, secret: str, password: str) -> SignedIn:
        self.world.asked("identity", "verify")
        account = self._of_link(secret, "verify")
        if account.password != password:
            raise problem(401)
        del self.world.links[secret]
        account.verified = True
        return self._tokens(account.email)

    async def reset(self, secret: str, password: str, *, language: str = "fr") -> None:
        self.world.asked("identity", "reset")
        account = self._of_link(secret, "reset")
        if len(password) < 10:
            raise problem(422, "invalid", ("password", "too short"))
        del self.world.links[secret]
        account.password = password

    async def change_password(self, present: str, password: str, *, token: str, language: str = "fr") -> SignedIn:
        self.world.asked("identity", "change_password")
        account = self.world.whose(token)
        assert account is not None
        if account.password != present:
            raise problem(422, "invalid", ("present", "not the present one"))
        if len(password) < 10:
            raise problem(422, "invalid", ("password", "too short"))
        account.password = password
        return self._tokens(account.email)

    async def edit_profile(self, version: int, changes: dict[str, str], *, token: str) -> Me:
        self.world.asked("identity", "edit_profile")
        account = self.world.whose(token)
        assert account is not None
        if account.version != version:
            raise problem(412)
        if changes["orcid"] and not changes["orcid"].startswith("0000-"):
            raise problem(422, "invalid", ("orcid", "not one"))
        account.version += 1
        account.name, account.biography = changes["display_name"], changes["biography"]
        account.affiliation, account.orcid = changes["affiliation"], changes["orcid"] or None
        return self._me(account)

    async def profile(self, id: str) -> Profile:
        self.world.asked("identity", "profile")
        for one in self.world.accounts.values():
            if one.id == id:
                return Profile(
                    id=id, name=one.name, biography=one.biography, affiliation=one.affiliation, orcid=one.orcid
                )
        raise problem(404)

    async def sign_in(self, email: str, password: str) -> SignedIn:
        self.world.asked("identity", "sign_in")
        account = self.world.accounts.get(email)
        if account is None or account.password != password:
            raise problem(401)
        if not account.verified:
            raise problem(403)
        return self._tokens(account.email)

    def _tokens(self, email: str) -> SignedIn:
        access, refresh = secrets.token_hex(8), secrets.token_hex(8)
        self.world.access[access] = email
        self.world.refresh[refresh] = email
        return SignedIn(access_token=access, refresh_token=refresh, expires_in=self.world.access_lasts)

    async def refresh(self, refresh_token: str) -> SignedIn:
        self.world.asked("identity", "refresh")
        self.world.used_refresh.append(refresh_token)
        email = self.world.refresh.pop(refresh_token, None)
        if email is None:
            raise problem(401, "refresh token used before")
        return self._tokens(email)

    async def sign_out(self, refresh_token: str) -> None:
        self.world.asked("identity", "sign_out")
        self.world.revoked.append(refresh_token)

    async def me(self, token: str) -> Me:
        self.world.asked("identity", "me")
        account = self.world.whose(token)
        assert account is not None
        return self._me(account)

    def _me(self, account: Account) -> Me:
        return Me(
            id=account.id,
            email=account.email,
            display_name=account.name,
            roles=account.roles,
            biography=account.biography,
            affiliation=account.affiliation,
            orcid=account.orcid,
            version=account.version,
            created_at=datetime.now(UTC),
        )


class FakeContributions(ContributionsClient):
    def __init__(self, world: World) -> None:
        super().__init__("http://contributions.invalid")
        self.world = world

    async def create(self, draft: Draft, *, token: str, key: str | None = None) -> Contribution:
        self.world.asked("contributions", "create")
        account = self.world.whose(token)
        assert account is not None
        if draft.kind != "idea" and not {"expert", "editor", "admin"} & set(account.roles):
            raise problem(403)
        if key in self.world.created_keys:
            return self.world.seen_by(self.world.contributions[self.world.created_keys[key or ""]], account)
        made = self.world.write(
            account,
            draft.title,
            state="draft",
            kind=draft.kind,
            summary=draft.summary,
            body=draft.body,
            themes=list(draft.themes),
            territories=list(draft.territories),
            language=draft.language,
            age=timedelta(0),
        )
        if key:
            self.world.created_keys[key] = made.id
        return self.world.seen_by(made, account)

    async def read(self, id: str, *, token: str | None = None) -> Contribution:
        self.world.asked("contributions", "read")
        account = self.world.whose(token)
        found = self.world.contributions.get(id)
        if found is None:
            raise problem(404)
        if found.state == "withdrawn":
            raise problem(410, "gone", reason=found.withdrawal_reason)
        if found.state != "published" and not self.world.actions(found, account):
            mine = account is not None and account.id in {one.id for one in found.authors}
            if not mine:
                raise problem(404)
        return self.world.seen_by(found, account)

    async def edit(self, id: str, version: int, changes: dict[str, object], *, token: str) -> Contribution:
        self.world.asked("contributions", "edit")
        account = self.world.whose(token)
        found = self.world.contributions[id]
        if "edit" not in self.world.actions(found, account):
            raise problem(403)
        if found.version != version:
            raise problem(412)
        body = str(changes.get("body", found.body))
        reason = changes.get("reason")
        if found.state == "published" and not reason:
            raise problem(422, "invalid", ("reason", "say why"))
        changes = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in changes.items()
            if name != "reason"
        }
        update = {**changes, "version": version + 1, "body_html": markdown(body), "updated_at": datetime.now(UTC)}
        made = self.world.contributions[id] = found.model_copy(update=update)
        if made.state == "published":
            made = self.world.keep(made, "corrected", reason=str(reason))
        return self.world.seen_by(made, account)

    async def transition(
        self,
        id: str,
        version: int,
        action: str,
        *,
        token: str,
        reason: str | None = None,
        at: datetime | None = None,
    ) -> Contribution:
        self.world.asked("contributions", "transition")
        account = self.world.whose(token)
        found = self.world.contributions[id]
        if action not in self.world.actions(found, account):
            raise problem(409)
        if found.version != version:
            raise problem(412)
        now = datetime.now(UTC)
        if action in ("return", "withdraw") and not reason:
            raise problem(422, "invalid", ("reason", "say why"))
        if action == "schedule" and (at is None or at <= now):
            raise problem(422, "invalid", ("at", "choose an instant to come"))
        state = TARGETS[action]
        self.world.steps.setdefault(id, []).append({"at": now, "action": action, "reason": reason})
        update: dict[str, object] = {"state": state, "version": version + 1, "updated_at": now, "publish_at": at}
        if state == "published":
            update["published_at"] = now
        if state == "submitted":
            update["submitted_at"] = now
        if state == "withdrawn":
            update |= {"withdrawn_at": now, "withdrawal_reason": reason}
        made = self.world.contributions[id] = found.model_copy(update=update)
        if state in ("submitted", "published"):
            made = self.world.keep(made, state)
        return self.world.seen_by(made, account)

    def _revisions(self, id: str, token: str | None) -> list[Revision]:
        account, found = self.world.whose(token), self.world.contributions.get(id)
        if found is None:
            raise problem(404)
        inside = account is not None and (
            account.id in {one.id for one in found.authors} or bool({"editor", "admin"} & set(account.roles))
        )
        return [one for one in self.world.revisions.get(id, []) if inside or one.occasion != "submitted"]

    async def revisions(
        self, id: str, *, token: str | None = None, cursor: str | None = None, limit: int = 20
    ) -> Revisions:
        self.world.asked("contributions", "revisions")
        kept = self._revisions(id, token)[::-1]
        start = int(cursor or 0)
        more = str(start + limit) if start + limit < len(kept) else None
        return Revisions(items=list(kept[start : start + limit]), next=more)

    async def revision(self, id: str, number: int, *, token: str | None = None) -> Revision:
        self.world.asked("contributions", "revision")
        for one in self._revisions(id, token):
            if one.number == number:
                return one
        raise problem(404)

    async def diff(self, id: str, before: int, after: int, *, token: str | None = None) -> RevisionDiff:
        self.world.asked("contributions", "diff")
        old, new = [await self.revision(id, number, token=token) for number in (before, after)]
        return RevisionDiff(before=old, after=new, **dict(compared(old, new)))

    async def compare(self, before: PlainText, after: PlainText, *, token: str) -> Comparison:
        self.world.asked("contributions", "compare")
        return compared(before, after)

    async def comments(self, id: str, *, token: str, cursor: str | None = None) -> Comments:
        self.world.asked("contributions", "comments")
        account, found = self.world.whose(token), self.world.contributions[id]
        assert account is not None
        if account.id not in {one.id for one in found.authors} and not {"editor", "admin"} & set(account.roles):
            raise problem(404)
        located = [
            one.model_copy(update={"start": found.body.find(one.exact) if one.exact in found.body else None})
            for one in self.world.comments.get(id, [])
        ]
        return Comments(items=located, next=None)

    async def comment(
        self, id: str, body: str, *, token: str, exact: str = "", prefix: str = "", suffix: str = ""
    ) -> Comment:
        self.world.asked("contributions", "comment")
        account = self.world.whose(token)
        assert account is not None
        if not body:
            raise problem(422, "invalid", ("body", "write"))
        if exact not in self.world.contributions[id].body:
            raise problem(422, "invalid", ("exact", "not there"))
        by = PersonRef(id=account.id, name=account.name)
        at = datetime.now(UTC)
        made = Comment(id=str(uuid4()), at=at, by=by, body=body, exact=exact, start=None, resolved_at=None)
        self.world.comments.setdefault(id, []).append(made)
        return made

    async def resolve(self, id: str, comment: str, resolved: bool, *, token: str) -> Comment:
        self.world.asked("contributions", "resolve")
        said = self.world.comments[id]
        (at,) = [place for place, one in enumerate(said) if one.id == comment]
        said[at] = said[at].model_copy(update={"resolved_at": datetime.now(UTC) if resolved else None})
        return said[at]

    async def assign(
        self, id: str, version: int, editor: str | None, due_on: str | None, *, token: str
    ) -> Contribution:
        self.world.asked("contributions", "assign")
        account = self.world.whose(token)
        assert account is not None
        day = date.fromisoformat(due_on) if due_on else None
        if day is not None and day < datetime.now(UTC).date():
            raise problem(422, "invalid", ("due_on", "to come"))
        ref = PersonRef(id=editor, name=account.name) if editor else None
        made = self.world.contributions[id].model_copy(update={"editor": ref, "due_on": day})
        self.world.contributions[id] = made
        return made

    async def page(
        self,
        *,
        token: str | None = None,
        state: str | None = None,
        kind: str | None = None,
        language: str | None = None,
        theme: str | None = None,
        territory: str | None = None,
        author: str | None = None,
        cursor: str | None = None,
        limit: int = 20,
    ) -> ContributionPage:
        self.world.asked("contributions", "page")
        self.world.whose(token)
        found = [
            one
            for one in self.world.contributions.values()
            if one.state == (state or "published")
            and (kind is None or one.kind == kind)
            and (language is None or one.language == language)
            and (theme is None or theme in one.themes)
            and (territory is None or territory in one.territories)
            and (author is None or author in {person.id for person in one.authors})
        ]
        found.sort(key=lambda one: one.published_at or one.updated_at, reverse=True)
        start = int(cursor or 0)
        more = start + limit < len(found)
        return ContributionPage(
            items=[ContributionSummary.model_validate(one.model_dump()) for one in found[start : start + limit]],
            next=str(start + limit) if more else None,
        )

    async def preview(self, body: str, *, token: str) -> Preview:
        self.world.asked("contributions", "preview")
        self.world.whose(token)
        return Preview(html=markdown(body), reading_minutes=max(1, len(body.split()) // 200))

    async def get(self, model: Any, path: str, **options: Any) -> Any:
        """Only the history has no method of its own."""
        self.world.asked("contributions", "steps")
        return model.model_validate({"items": self.world.steps.get(path.split("/")[3], [])})

    def _addresses(self) -> list[PublishedAddress]:
        found = [one for one in self.world.contributions.values() if one.state == "published"]
        return [
            PublishedAddress(id=one.id, url=one.url, updated_at=one.updated_at)
            for one in sorted(found, key=lambda one: one.id)
        ]

    async def addresses(self, *, start: str | None = None, limit: int = 1000) -> PublishedAddresses:
        self.world.asked("contributions", "addresses")
        found = [one for one in self._addresses() if one.id >= (start or "")]
        return PublishedAddresses(items=found[:limit], next=found[limit].id if len(found) > limit else None)

    async def address_parts(self, size: int) -> AddressParts:
        self.world.asked("contributions", "address_parts")
        return AddressParts(starts=[one.id for one in self._addresses()[::size]])

    async def themes(self) -> Themes:
        self.world.asked("contributions", "themes")
        return Themes(items=list(self.world.labels["themes"].values()), moved=self.world.moved["themes"])

    async def territories(self) -> Territories:
        self.world.asked("contributions", "territories")
        return Territories(items=list(self.world.labels["territories"].values()), moved=self.world.moved["territories"])

    def _label(self, collection: Collection, id: str) -> Territory:
        if id in self.world.moved[collection]:
            raise problem(410, moved_to=self.world.moved[collection][id])
        if id not in self.world.labels[collection]:
            raise problem(404)
        return self.world.labels[collection][id]

    def _editor(self, token: str | None) -> None:
        account = self.world.whose(token)
        if account is None or not {"editor", "admin"} & set(account.roles):
            raise problem(403)

    async def label(self, collection: Collection, id: str) -> Territory:
        self.world.asked("contributions", "label")
        return self._label(collection, id)

    async def add_label(self, collection: Collection, fields: dict[str, Any], *, token: str) -> Territory:
        self.world.asked("contributions", "add_label")
        self._editor(token)
        for language, name in fields["names"].items():
            if not name:
                raise problem(422, "invalid", (f"names.{language}", "write something here"))
        id = str(fields["id"] or plain(fields["names"]["fr"]).replace(" ", "-"))
        if id in self.world.labels[collection] or id in self.world.moved[collection]:
            raise ServiceProblem(409, "urn:demain:problem:id-taken", "taken")
        made = self.world.labels[collection][id] = Territory.model_validate({**fields, "id": id})
        return made

    async def edit_label(
        self, collection: Collection, id: str, version: int, changes: dict[str, Any], *, token: str
    ) -> Territory:
        self.world.asked("contributions", "edit_label")
        self._editor(token)
        found = self._label(collection, id)
        if found.version != version:
            raise problem(412)
        if changes.get("parent") == id:
            raise problem(422, "invalid", ("parent", "lies in itself"))
        made = found.model_copy(update={**changes, "version": version + 1})
        self.world.labels[collection][id] = made
        return made

    async def merge_label(self, collection: Collection, id: str, version: int, into: str, *, token: str) -> Territory:
        self.world.asked("contributions", "merge_label")
        self._editor(token)
        if self._label(collection, id).version != version:
            raise problem(412)
        if into == id or into not in self.world.labels[collection]:
            raise problem(422, "invalid", ("into", "choose another one"))
        del self.world.labels[collection][id]
        self.world.moved[collection][id] = into
        return self.world.labels[collection][into]


class FakeSearch(SearchClient):
    def __init__(self, world: World) -> None:
        super().__init__("http://search.invalid")
        self.world = world

    def _published(self) -> list[Contribution]:
        found = [one for one in self.world.contributions.values() if one.state == "published"]
        return sorted(found, key=lambda one: str(one.published_at), reverse=True)

    @staticmethod
    def _mark(text: str, words: list[str]) -> str:
        html = escape(text)
        for word in words:
            at = plain(text).find(word)
            if at >= 0 and html == text:
                return f"{text[:at]}<mark>{text[at : at + len(word)]}</mark>{text[at + len(word) :]}"
        return html

    def _hit(self, one: Contribution, words: list[str]) -> SearchHit:
        assert one.published_at is not None
        return SearchHit(
            id=one.id,
            type="contribution",
            kind=one.kind,
            language=one.language,
            title=one.title,
            title_html=self._mark(one.title, words),
            excerpt=one.summary,
            excerpt_html=self._mark(one.summary, words),
            url=one.url,
            themes=one.themes,
            territories=one.territories,
            people=one.authors,
            date=one.published_at,
        )

    async def search(
        self,
        text: str = "",
        *,
        filters: dict[str, list[str]] | None = None,
        since: str | None = None,
        until: str | None = None,
        sort: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> SearchResults:
        self.world.asked("search", "search")
        words = plain(text).split()
        texts = [one for one in self._published() if all(word in plain(f"{one.title} {one.summary}") for word in words)]
        read: dict[str, Callable[[Contribution], list[str]]] = {
            "kind": lambda one: [one.kind],
            "theme": lambda one: one.themes,
            "territory": lambda one: one.territories,
            "language": lambda one: [one.language],
            "year": lambda one: [str(one.published_at.year)] if one.published_at else [],
        }

        def fits(one: Contribution, but: str = "") -> bool:
            return all(set(values) & set(read[facet](one)) for facet, values in (filters or {}).items() if facet != but)

        found = [one for one in texts if fits(one)]
        facets: dict[str, list[FacetValue]] = {}
        for facet, of in read.items():
            counts: dict[str, int] = {}
            for one in texts:
                if fits(one, facet):
                    for value in of(one):
                        counts[value] = counts.get(value, 0) + 1
            facets[facet] = [
                FacetValue(value=value, count=count)
                for value, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
            ]
        start, size = int(cursor or 0), limit or 20
        correction = "énergie" if not found and text.startswith("enrgie") else None
        return SearchResults(
            total=len(found),
            total_is_exact=True,
            hits=[self._hit(one, words) for one in found[start : start + size]],
            facets=facets,
            next=str(start + size) if start + size < len(found) else None,
            correction=correction,
        )

    async def suggest(self, text: str) -> Suggestions:
        self.world.asked("search", "suggest")
        words = plain(text).split()
        found = [one for one in self._published() if all(word in plain(one.title) for word in words)]
        return Suggestions(
            items=[
                SuggestedTitle(
                    id=one.id,
                    type="contribution",
                    title=one.title,
                    title_html=self._mark(one.title, words),
                    url=one.url,
                )
                for one in found[:8]
            ]
        )

    async def similar(self, id: str) -> Similar:
        self.world.asked("search", "similar")
        return Similar(items=[self._hit(one, []) for one in self._published() if one.id != id][:5])


class Neighbours:
    """The directory of clients of this world."""

    def __init__(self, world: World) -> None:
        self._clients: dict[type[ServiceClient], ServiceClient] = {
            IdentityClient: FakeIdentity(world),
            ContributionsClient: FakeContributions(world),
            SearchClient: FakeSearch(world),
        }

    def of(self, kind: Any) -> Any:
        return self._clients[kind]

    async def close(self) -> None:
        return None
