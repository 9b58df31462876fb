"""The partners service in memory: as much of its rules as pages depend on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from shared.clients.base import PersonRef, ServiceProblem
from shared.clients.partners import (
    Application,
    ApplicationCounts,
    ApplicationHistory,
    ApplicationPage,
    ApplicationStep,
    ApplicationSummary,
    Call,
    CallPage,
    CallRef,
    Changes,
    Conflicts,
    Criterion,
    Demonstrator,
    DemonstratorPage,
    Evaluation,
    Invitations,
    Invited,
    Member,
    Members,
    MyOrganization,
    MyOrganizations,
    MyReviews,
    NewApplication,
    NewInvitation,
    NewOrganization,
    Organization,
    OrganizationPage,
    OrganizationRef,
    PartnersClient,
    PartnershipPage,
    Result,
    Results,
    Review,
    Reviewer,
    Reviewers,
    Reviews,
)
from tests.services.web.neighbours.words import plain, problem
from tests.services.web.neighbours.world import Account, World

ItemT = TypeVar("ItemT")


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


def _some(items: Sequence[ItemT], cursor: str | None, limit: int) -> tuple[list[ItemT], str | None]:
    start = int(cursor or 0)
    return list(items[start : start + limit]), str(start + limit) if start + limit < len(items) else None


class FakePartners(PartnersClient):
    def __init__(self, world: World) -> None:
        super().__init__("http://partners.invalid")
        self.world = world

    def _asked(self, call: str, token: str | None = None) -> tuple[Partners, Account | None]:
        self.world.asked("partners", call)
        return self.world.of(Partners), self.world.whose(token)

    def _mine(self, known: Partners, account: Account | None, organization: str) -> str | None:
        members = known.members.get(organization, [])
        return next((one.role for one in members if account is not None and one.person.id == account.id), None)

    def _seen(self, known: Partners, one: Organization, account: Account | None) -> Organization:
        role = self._mine(known, account, one.id)
        actions = ["edit", "invite", "publish" if one.state == "draft" else "withdraw"] if role == "owner" else []
        return one.model_copy(update={"membership": role, "actions": actions})

    async def organization(self, id: str, *, token: str | None = None) -> Organization:
        known, account = self._asked("organization", token)
        found = known.organizations.get(id)
        if found is None:
            raise problem(404)
        if found.state == "withdrawn":
            raise problem(410, "gone", reason=found.withdrawal_reason)
        return self._seen(known, found, account)

    async def organizations(self, *, cursor: str | None = None, limit: int = 20, **chosen: Any) -> OrganizationPage:
        known, _account = self._asked("organizations", chosen.pop("token", None))
        shown = [one for one in known.organizations.values() if one.state == "published" and _fits(one, chosen)]
        items, next = _some(shown, cursor, limit)
        return OrganizationPage(items=list(items), next=next)

    async def my_organizations(self, *, token: str, cursor: str | None = None, limit: int = 20) -> MyOrganizations:
        known, account = self._asked("my_organizations", token)
        mine = [(one, self._mine(known, account, one.id)) for one in known.organizations.values()]
        items = [MyOrganization(**{**one.model_dump(), "membership": role}) for one, role in mine if role]
        return MyOrganizations(items=items, next=None)

    async def create_organization(self, new: NewOrganization, *, token: str, key: str | None = None) -> Organization:
        known, account = self._asked("create_organization", token)
        if new.siren is not None and new.siren != "552100554":
            raise problem(422, "invalid", ("body.siren", "the last digit does not fit"))
        assert account is not None
        made = known.organization(**{**new.model_dump(), "state": "draft", "published_at": None})
        known.join(made, account)
        return self._seen(known, made, account)

    async def edit_organization(self, id: str, version: int, changes: Changes, *, token: str) -> Organization:
        known, account = self._asked("edit_organization", token)
        found = known.organizations[id]
        if found.version != version:
            raise problem(412)
        known.organizations[id] = found.model_copy(update={**changes, "version": version + 1})
        return self._seen(known, known.organizations[id], account)

    async def members(self, id: str, *, token: str, cursor: str | None = None, limit: int = 50) -> Members:
        known, _account = self._asked("members", token)
        return Members(items=known.members.get(id, []), next=None)

    async def invitations(self, id: str, *, token: str, cursor: str | None = None, limit: int = 50) -> Invitations:
        known, _account = self._asked("invitations", token)
        return Invitations(
            items=[one for organization, one in known.invitations.values() if organization == id], next=None
        )

    async def invite(self, id: str, *, token: str, role: str = "member", note: str = "") -> NewInvitation:
        known, account = self._asked("invite", token)
        assert account is not None
        now, by = datetime.now(UTC), PersonRef(id=account.id, name=account.name)
        made = NewInvitation(
            id=str(uuid4()), role=role, note=note, by=by, at=now, expires_at=now + timedelta(days=14), token=uuid4().hex
        )
        known.invitations[made.token] = (id, made)
        return made

    async def look_up_invitation(self, invitation_token: str, *, token: str) -> Invited:
        known, account = self._asked("look_up_invitation", token)
        if invitation_token not in known.invitations:
            raise problem(404)
        id, made = known.invitations[invitation_token]
        one = known.organizations[id]
        ref = OrganizationRef(id=id, name=one.name, kind=one.kind, url=None)
        member = self._mine(known, account, id)
        return Invited(organization=ref, role=made.role, expires_at=made.expires_at, membership=member)

    async def accept_invitation(self, invitation_token: str, *, token: str) -> Organization:
        known, account = self._asked("accept_invitation", token)
        if invitation_token not in known.invitations or account is None:
            raise problem(410)
        id, made = known.invitations.pop(invitation_token)
        known.join(known.organizations[id], account, made.role)
        return self._seen(known, known.organizations[id], account)

    async def remove_member(self, id: str, person: str, *, token: str) -> None:
        known, _account = self._asked("remove_member", token)
        owners = [one for one in known.members[id] if one.role == "owner"]
        if [one.person.id for one in owners] == [person]:
            raise ServiceProblem(409, "urn:demain:problem:last-owner", "last owner")
        known.members[id] = [one for one in known.members[id] if one.person.id != person]

    async def read_call(self, id: str, *, token: str | None = None) -> Call:
        known, account = self._asked("read_call", token)
        found = known.calls.get(id)
        if found is None:
            raise problem(404)
        if found.state == "withdrawn":
            raise problem(410, "gone", reason=found.withdrawal_reason)
        runs = account is not None and "organizer" in account.roles
        actions = ["edit", "read_applications", "close"] if runs else []
        if account is not None and found.phase == "open":
            actions.append("apply")
        return found.model_copy(update={"actions": actions})

    async def calls(self, *, cursor: str | None = None, limit: int = 20, **chosen: Any) -> CallPage:
        known, _account = self._asked("calls", chosen.pop("token", None))
        chosen.pop("mine", None)
        shown = [one for one in known.calls.values() if one.state in ("published", "closed") and _fits(one, chosen)]
        items, next = _some(shown, cursor, limit)
        return CallPage(items=list(items), next=next)

    async def apply(self, call: str, new: NewApplication, *, token: str, key: str | None = None) -> Application:
        known, _account = self._asked("apply", token)
        return known.application(known.calls[call], known.organizations[new.organization])

    async def application(self, id: str, *, token: str) -> Application:
        known, _account = self._asked("application", token)
        if id not in known.applications:
            raise problem(404)
        return known.applications[id]

    async def edit_application(self, id: str, version: int, changes: Changes, *, token: str) -> Application:
        known, _account = self._asked("edit_application", token)
        found = known.applications[id]
        if found.version != version:
            raise problem(412)
        known.applications[id] = found.model_copy(update={**changes, "contact": found.contact, "version": version + 1})
        return known.applications[id]

    async def move_application(
        self, id: str, version: int, action: str, *, token: str, reason: str | None = None, contact: str | None = None
    ) -> Application:
        known, _account = self._asked("move_application", token)
        found = known.applications[id]
        if found.call.deadline is not None and found.call.deadline <= datetime.now(UTC):
            raise ServiceProblem(409, "urn:demain:problem:deadline-passed", "late")
        if not found.title:
            raise problem(422, "incomplete", ("title", "is missing"), ("proposal", "is missing"))
        state = {"submitted_at": datetime.now(UTC), "state": "submitted", "next_step": "review_begins"}
        known.applications[id] = found.model_copy(update={**state, "actions": ["withdraw"]})
        return known.applications[id]

    async def applications(
        self, call: str, *, token: str, state: str | None = None, cursor: str | None = None, limit: int = 20
    ) -> ApplicationPage:
        known, _account = self._asked("applications", token)
        shown = [one for one in known.applications.values() if one.state != "draft" and state in (None, one.state)]
        items, next = _some([_summary(one) for one in shown], cursor, limit)
        return ApplicationPage(items=items, next=next)

    async def application_counts(self, call: str, *, token: str) -> ApplicationCounts:
        known, _account = self._asked("application_counts", token)
        states = [one.state for one in known.applications.values() if one.state != "draft"]
        return ApplicationCounts(counts={state: states.count(state) for state in set(states)})

    async def my_applications(
        self, *, token: str, cursor: str | None = None, limit: int = 20, **_: Any
    ) -> ApplicationPage:
        known, account = self._asked("my_applications", token)
        mine = [one for one in known.applications.values() if self._mine(known, account, one.organization.id)]
        return ApplicationPage(items=[_summary(one) for one in mine], next=None)

    async def application_history(self, id: str, *, token: str) -> ApplicationHistory:
        known, _account = self._asked("application_history", token)
        one = known.applications[id]
        step = {"at": one.updated_at, "action": "submit", "before": "draft", "after": "submitted", "reason": None}
        steps = [ApplicationStep(**step, by_applicant=True, by=None)] if one.submitted_at else []
        return ApplicationHistory(items=steps)

    async def reviewers(self, application: str, *, token: str) -> Reviewers:
        known, _account = self._asked("reviewers", token)
        items = known.reviewers.get(application, [])
        return Reviewers(items=items, evaluation=Evaluation(assigned=len(items), submitted=0, total=None), next=None)

    async def assign_reviewer(self, application: str, person: str, *, token: str) -> Reviewers:
        known, _account = self._asked("assign_reviewer", token)
        if person in known.conflicts:
            raise ServiceProblem(
                409, "urn:demain:problem:conflict-of-interest", "conflict", extra={"interest": known.conflicts[person]}
            )
        account = next((one for one in self.world.accounts.values() if one.id == person), None)
        if account is None:
            raise problem(422, "invalid", ("person", "nobody is known by this id"))
        who = PersonRef(id=person, name=account.name)
        made = Reviewer(person=who, at=datetime.now(UTC), conflict=None, review=None)
        known.reviewers.setdefault(application, []).append(made)
        return await self.reviewers(application, token=token)

    async def reviews(self, application: str, *, token: str, cursor: str | None = None, limit: int = 20) -> Reviews:
        known, _account = self._asked("reviews", token)
        return Reviews(items=known.reviews.get(application, []), next=None)

    async def conflicts(self, application: str, *, token: str) -> Conflicts:
        self._asked("conflicts", token)
        return Conflicts(items=[], next=None)

    async def my_reviews(self, *, token: str, cursor: str | None = None, limit: int = 20) -> MyReviews:
        self._asked("my_reviews", token)
        return MyReviews(items=[], next=None)

    async def partnerships(self, *, token: str, cursor: str | None = None, limit: int = 20) -> PartnershipPage:
        self._asked("partnerships", token)
        return PartnershipPage(items=[], next=None)

    async def demonstrator(self, id: str, *, token: str | None = None) -> Demonstrator:
        known, _account = self._asked("demonstrator", token)
        if id not in known.demonstrators:
            raise problem(404)
        return known.demonstrators[id]

    async def demonstrators(self, *, cursor: str | None = None, limit: int = 20, **chosen: Any) -> DemonstratorPage:
        known, _account = self._asked("demonstrators", chosen.pop("token", None))
        chosen.pop("organization", None)
        items, next = _some([one for one in known.demonstrators.values() if _fits(one, chosen)], cursor, limit)
        return DemonstratorPage(items=list(items), next=next)

    async def results(
        self, demonstrator: str, *, token: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> Results:
        known, _account = self._asked("results", token)
        return Results(items=known.results.get(demonstrator, []), next=None)


def _summary(one: Application) -> ApplicationSummary:
    return ApplicationSummary(**{name: getattr(one, name, None) for name in ApplicationSummary.model_fields})


def _fits(one: Any, chosen: dict[str, Any]) -> bool:
    lists = {"theme": "themes", "territory": "territories"}
    return all(
        value in getattr(one, lists[name]) if name in lists else getattr(one, name) == value
        for name, value in chosen.items()
        if value is not None
    )


NEIGHBOUR = (PartnersClient, FakePartners)
