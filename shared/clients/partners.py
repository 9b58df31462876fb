"""Client of the partners service.

Texts (descriptions, proposals, reviews, results) are plain text in paragraphs. Lists are paged: ``next`` is the cursor
of the page after.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypeVar

from shared.clients.base import Answer, PersonRef, ServiceClient

AnswerT = TypeVar("AnswerT", bound=Answer)


class OrganizationRef(Answer):
    """An organization named with something else; ``url`` is None for one that is not published."""

    id: str
    name: str
    kind: str
    url: str | None


class OrganizationSummary(Answer):
    """An organization in a list."""

    id: str
    version: int
    state: str
    """``draft``, ``published`` or ``withdrawn``."""
    kind: str
    """``startup``, ``lab``, ``company`` or ``authority``."""
    language: str
    name: str
    summary: str
    themes: list[str]
    territories: list[str]
    url: str
    """Path on the site."""
    updated_at: datetime
    published_at: datetime | None


class Organization(OrganizationSummary):
    """An organization, whole."""

    description: str
    siren: str | None
    siret: str | None
    website: str | None
    created_at: datetime
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    membership: str | None
    """What the bearer is in it: ``owner``, ``member`` or None."""
    actions: list[str]
    """What the bearer may ask for now: ``edit``, ``publish``, ``withdraw``, ``invite``."""


class OrganizationPage(Answer):
    """A page of organizations."""

    items: list[OrganizationSummary]
    next: str | None


class MyOrganization(OrganizationSummary):
    """An organization the bearer belongs to."""

    membership: str


class MyOrganizations(Answer):
    """A page of the bearer's organizations."""

    items: list[MyOrganization]
    next: str | None


class Member(Answer):
    """Who belongs to an organization."""

    person: PersonRef
    role: str
    since: datetime


class Members(Answer):
    """A page of members."""

    items: list[Member]
    next: str | None


class Invitation(Answer):
    """An invitation nobody has used yet."""

    id: str
    role: str
    note: str
    by: PersonRef
    at: datetime
    expires_at: datetime


class NewInvitation(Invitation):
    """An invitation with its token, told once."""

    token: str


class Invitations(Answer):
    """A page of open invitations."""

    items: list[Invitation]
    next: str | None


class Invited(Answer):
    """What a token invites to."""

    organization: OrganizationRef
    role: str
    expires_at: datetime
    membership: str | None
    """What the bearer is in it already."""


class Criterion(Answer):
    """What reviewers score."""

    id: str
    name: str
    description: str = ""
    weight: int = 1


class CallRef(Answer):
    """A call named with something else."""

    id: str
    title: str
    url: str
    zone: str
    deadline: datetime | None
    top_score: int
    criteria: list[Criterion]


class CallSummary(Answer):
    """A call in a list."""

    id: str
    version: int
    state: str
    """``draft``, ``published``, ``closed`` or ``withdrawn``."""
    phase: str
    """Whether one can apply now: ``coming``, ``open`` or ``over``."""
    kind: str
    """``projects``, ``interest`` or ``open`` (always open)."""
    language: str
    title: str
    summary: str
    themes: list[str]
    territories: list[str]
    zone: str
    """IANA name of the zone in which the instants were meant."""
    opens_at: datetime | None
    deadline: datetime | None
    url: str
    """Path on the site."""
    updated_at: datetime
    published_at: datetime | None


class Call(CallSummary):
    """A call, whole."""

    description: str
    criteria: list[Criterion]
    top_score: int
    """Scores go from 0 to this."""
    created_at: datetime
    closed_at: datetime | None
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    organizers: list[PersonRef]
    """Who runs it; told to them only."""
    actions: list[str]
    """What the bearer may ask for now: ``edit``, ``publish``, ``close``, ``withdraw``, ``read_applications``,
    ``apply``."""


class CallPage(Answer):
    """A page of calls."""

    items: list[CallSummary]
    next: str | None


class Evaluation(Answer):
    """How far the reviews are; ``total`` is the mean of the submitted ones, 0 … 100."""

    assigned: int
    submitted: int
    total: float | None


class ApplicationSummary(Answer):
    """An application in a list."""

    id: str
    version: int
    state: str
    """``draft``, ``submitted``, ``in_review``, ``accepted``, ``declined`` or ``withdrawn``."""
    next_step: str
    """``finish_before_deadline``, ``deadline_passed``, ``review_begins``, ``decision_follows``,
    ``partnership_begins`` or ``nothing``."""
    call: CallRef
    organization: OrganizationRef
    title: str
    summary: str
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    evaluation: Evaluation | None = None
    """Told to who runs the call."""


class Application(Answer):
    """An application, whole, as the bearer may see it."""

    id: str
    version: int
    state: str
    next_step: str
    call: CallRef
    organization: OrganizationRef
    title: str
    summary: str
    proposal: str
    testing: str
    place: str
    themes: list[str]
    territories: list[str]
    contact: PersonRef | None
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    decision_reason: str | None
    partnership: str | None
    """Id of what it became."""
    actions: list[str]
    """What the bearer may ask for now: ``edit``, ``submit``, ``withdraw`` for the organization; ``review``,
    ``accept``, ``decline``, ``assign``, ``read_reviews`` for who runs the call; ``write_review`` for its reviewers;
    ``declare_conflict`` for both."""


class ApplicationPage(Answer):
    """A page of applications, the last changed first."""

    items: list[ApplicationSummary]
    next: str | None


class ApplicationCounts(Answer):
    """How many applications the bearer may read, by state; states without any are not there."""

    counts: dict[str, int]


class ApplicationStep(Answer):
    """A transition that happened. Who evaluates is named to who runs the call only."""

    at: datetime
    action: str
    before: str
    after: str
    reason: str | None
    by_applicant: bool
    by: PersonRef | None


class ApplicationHistory(Answer):
    """An application's transitions, oldest first."""

    items: list[ApplicationStep]


class Reviewer(Answer):
    """Who reviews an application."""

    person: PersonRef
    at: datetime
    conflict: str | None
    """Why they may not any more: ``own_organization``, ``declared``, ``same_mail_domain``,
    ``unknown_mail_domain``."""
    review: str | None
    """``draft``, ``submitted``, or None before they begin."""


class Reviewers(Answer):
    """The reviewers of an application, and what their reviews come to."""

    items: list[Reviewer]
    evaluation: Evaluation
    next: str | None


class Review(Answer):
    """A review."""

    id: str
    version: int
    application: str
    reviewer: PersonRef
    state: str
    """``draft`` or ``submitted``."""
    scores: dict[str, int]
    """By criterion."""
    text: str
    total: float | None
    """The weighted scores, 0 … 100; None until every criterion is scored."""
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    actions: list[str]
    """``edit`` and ``submit`` for its reviewer, while it is a draft."""


class Reviews(Answer):
    """A page of reviews."""

    items: list[Review]
    next: str | None


class MyReview(Answer):
    """An application that waits for the bearer's review, or has it."""

    application: ApplicationSummary
    assigned_at: datetime
    review: str | None
    """Id of the bearer's review; None before it is begun."""
    state: str | None


class MyReviews(Answer):
    """A page of what the bearer reviews."""

    items: list[MyReview]
    next: str | None


class Conflict(Answer):
    """A declared conflict of interest."""

    organization: str
    person: PersonRef
    reason: str
    at: datetime


class Conflicts(Answer):
    """A page of declared conflicts."""

    items: list[Conflict]
    next: str | None


class DemonstratorRef(Answer):
    """A demonstrator named with its partnership."""

    id: str
    title: str
    state: str
    url: str


class Partnership(Answer):
    """A partnership, for those who are part of it."""

    id: str
    version: int
    application: str
    call: str
    call_title: str
    organization: OrganizationRef
    title: str
    partner_contact: PersonRef
    """Who answers at the organization."""
    host_contact: PersonRef
    """Who answers on the side that runs the call."""
    demonstrators: list[DemonstratorRef]
    created_at: datetime
    updated_at: datetime
    actions: list[str]
    """``edit``, ``start_demonstrator``."""


class PartnershipPage(Answer):
    """A page of partnerships."""

    items: list[Partnership]
    next: str | None


class DemonstratorSummary(Answer):
    """A demonstrator in a list."""

    id: str
    version: int
    state: str
    """``draft``, ``published`` (running), ``ended`` or ``withdrawn``."""
    language: str
    title: str
    summary: str
    place: str
    themes: list[str]
    territories: list[str]
    organization: OrganizationRef | None
    """Whose it is, if that may be seen."""
    until: date | None
    results: int
    """How many there are."""
    url: str
    """Path on the site."""
    updated_at: datetime
    published_at: datetime | None


class Demonstrator(DemonstratorSummary):
    """A demonstrator, whole."""

    tested: str
    partners: list[str]
    """Names of others who take part."""
    created_at: datetime
    ended_at: datetime | None
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    partnership: str | None
    """Told to those who are part of it, and so are the contacts."""
    partner_contact: PersonRef | None
    host_contact: PersonRef | None
    actions: list[str]
    """What the bearer may ask for now: ``edit``, ``add_result``, ``publish``, ``end``, ``withdraw``."""


class DemonstratorPage(Answer):
    """A page of demonstrators."""

    items: list[DemonstratorSummary]
    next: str | None


class Result(Answer):
    """Something a demonstrator showed, on a day; perhaps with a figure."""

    id: str
    on: date
    text: str
    measure: str | None
    value: float | None
    unit: str
    at: datetime


class Results(Answer):
    """A page of results, newest day first."""

    items: list[Result]
    next: str | None


class NewCriterion(Answer):
    """A criterion as an organizer writes it; ``id`` is of small letters, digits and hyphens."""

    id: str
    name: str
    description: str = ""
    weight: int = 1


class NewOrganization(Answer):
    """What somebody says of a new organization."""

    kind: str
    language: str
    name: str
    summary: str = ""
    description: str = ""
    siren: str | None = None
    siret: str | None = None
    website: str | None = None
    themes: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()


class NewCall(Answer):
    """What an organizer calls for; instants are aware."""

    kind: str
    language: str
    title: str
    summary: str = ""
    description: str = ""
    themes: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    criteria: tuple[NewCriterion, ...] = ()
    top_score: int = 5
    zone: str = "Europe/Paris"
    opens_at: datetime | None = None
    deadline: datetime | None = None


class NewApplication(Answer):
    """A draft as an applicant begins it."""

    organization: str
    title: str = ""
    summary: str = ""
    proposal: str = ""
    testing: str = ""
    place: str = ""
    themes: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    contact: str | None = None


class NewDemonstrator(Answer):
    """A demonstrator as its partners begin it."""

    partnership: str
    language: str
    title: str
    summary: str = ""
    tested: str = ""
    place: str = ""
    themes: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    until: date | None = None


class NewResult(Answer):
    """What a demonstrator showed; ``measure`` and ``value`` come together or not at all."""

    on: date
    text: str
    measure: str | None = None
    value: float | None = None
    unit: str = ""


Changes = dict[str, object]
"""Fields to be changed, as JSON; what is not named stays."""


class PartnersClient(ServiceClient):
    """Speaks to organizations, calls, applications, reviews, partnerships and demonstrators.

    Changes take the version that was read, and raise ServiceProblem 412 when it was changed since.
    """

    service = "partners"

    async def create_organization(self, new: NewOrganization, *, token: str, key: str | None = None) -> Organization:
        """Create an organization the bearer owns; the same ``key`` twice creates once. Raises ServiceProblem 422."""
        return await self._create(Organization, "/api/organizations", new, token, key)

    async def organization(self, id: str, *, token: str | None = None) -> Organization:
        """Raises ServiceProblem 404, or 410 once it was withdrawn."""
        return await self.get(Organization, f"/api/organizations/{id}", token=token)

    async def organizations(
        self,
        *,
        token: str | None = None,
        state: str | None = None,
        kind: str | None = None,
        theme: str | None = None,
        territory: str | None = None,
        cursor: str | None = None,
        limit: int = 20,
    ) -> OrganizationPage:
        """Published ones, newest first; with ``state`` those the bearer may read."""
        params = {"state": state, "kind": kind, "theme": theme, "territory": territory, "cursor": cursor}
        return await self.get(OrganizationPage, "/api/organizations", token=token, params={**params, "limit": limit})

    async def my_organizations(self, *, token: str, cursor: str | None = None, limit: int = 20) -> MyOrganizations:
        """Those the bearer belongs to, the last changed first."""
        return await self.get(
            MyOrganizations, "/api/organizations/mine", token=token, params={"cursor": cursor, "limit": limit}
        )

    async def edit_organization(self, id: str, version: int, changes: Changes, *, token: str) -> Organization:
        """Raises ServiceProblem 403, 404, 412, 422."""
        return await self._change(Organization, f"/api/organizations/{id}", version, changes, token)

    async def move_organization(
        self, id: str, version: int, action: str, *, token: str, reason: str | None = None
    ) -> Organization:
        """``publish`` or ``withdraw`` (with a reason). Raises ServiceProblem 403, 409, 412, 422."""
        return await self._move(Organization, f"/api/organizations/{id}", version, action, reason, token)

    async def members(self, id: str, *, token: str, cursor: str | None = None, limit: int = 50) -> Members:
        """For its members. Raises ServiceProblem 403, 404."""
        params = {"cursor": cursor, "limit": limit}
        return await self.get(Members, f"/api/organizations/{id}/members", token=token, params=params)

    async def set_role(self, id: str, person: str, role: str, *, token: str) -> Member:
        """``owner`` or ``member``; for owners. Raises ServiceProblem 403, 404, 409 for the last owner."""
        path = f"/api/organizations/{id}/members/{person}"
        return await self.send(Member, "PUT", path, json={"role": role}, token=token)

    async def remove_member(self, id: str, person: str, *, token: str) -> None:
        """Take a member out, or leave. Raises ServiceProblem 403, 404, 409 for the last owner."""
        await self.call("DELETE", f"/api/organizations/{id}/members/{person}", token=token)

    async def invite(self, id: str, *, token: str, role: str = "member", note: str = "") -> NewInvitation:
        """An invitation whose token is told this once; for owners. Raises ServiceProblem 403, 404, 409."""
        path = f"/api/organizations/{id}/invitations"
        return await self.send(NewInvitation, "POST", path, json={"role": role, "note": note}, token=token)

    async def invitations(self, id: str, *, token: str, cursor: str | None = None, limit: int = 50) -> Invitations:
        """Those nobody has used yet; for owners. Raises ServiceProblem 403, 404."""
        params = {"cursor": cursor, "limit": limit}
        return await self.get(Invitations, f"/api/organizations/{id}/invitations", token=token, params=params)

    async def revoke_invitation(self, id: str, invitation: str, *, token: str) -> None:
        """Take an invitation back. Raises ServiceProblem 403, 404, 409 for one that was accepted."""
        await self.call("DELETE", f"/api/organizations/{id}/invitations/{invitation}", token=token)

    async def look_up_invitation(self, invitation_token: str, *, token: str) -> Invited:
        """What a token invites to. Raises ServiceProblem 404, 410."""
        path = "/api/organizations/invitations/lookup"
        return await self.send(Invited, "POST", path, json={"token": invitation_token}, token=token)

    async def accept_invitation(self, invitation_token: str, *, token: str) -> Organization:
        """Become a member. Raises ServiceProblem 404, 410."""
        path = "/api/organizations/invitations/acceptance"
        return await self.send(Organization, "POST", path, json={"token": invitation_token}, token=token)

    async def create_call(self, new: NewCall, *, token: str, key: str | None = None) -> Call:
        """Create a draft; for organizers. Raises ServiceProblem 403, 422."""
        return await self._create(Call, "/api/calls", new, token, key)

    async def read_call(self, id: str, *, token: str | None = None) -> Call:
        """Raises ServiceProblem 404, or 410 once it was withdrawn."""
        return await self.get(Call, f"/api/calls/{id}", token=token)

    async def calls(
        self,
        *,
        token: str | None = None,
        state: str | None = None,
        phase: str | None = None,
        kind: str | None = None,
        theme: str | None = None,
        territory: str | None = None,
        mine: bool = False,
        cursor: str | None = None,
        limit: int = 20,
    ) -> CallPage:
        """Public ones, newest first; ``mine`` shows those the bearer runs, drafts too."""
        params = {"state": state, "phase": phase, "kind": kind, "theme": theme, "territory": territory}
        chosen = {"mine": "true" if mine else None, "cursor": cursor, "limit": limit}
        return await self.get(CallPage, "/api/calls", token=token, params={**params, **chosen})

    async def edit_call(self, id: str, version: int, changes: Changes, *, token: str) -> Call:
        """Raises ServiceProblem 403, 404, 409, 412, 422."""
        return await self._change(Call, f"/api/calls/{id}", version, changes, token)

    async def move_call(self, id: str, version: int, action: str, *, token: str, reason: str | None = None) -> Call:
        """``publish``, ``close`` or ``withdraw`` (with a reason). Raises ServiceProblem 403, 409, 412, 422."""
        return await self._move(Call, f"/api/calls/{id}", version, action, reason, token)

    async def apply(self, call: str, new: NewApplication, *, token: str, key: str | None = None) -> Application:
        """Start a draft; the same ``key`` twice starts one. Raises ServiceProblem 403, 404, 409, 422."""
        return await self._create(Application, f"/api/calls/{call}/applications", new, token, key)

    async def applications(
        self, call: str, *, token: str, state: str | None = None, cursor: str | None = None, limit: int = 20
    ) -> ApplicationPage:
        """Submitted ones: all for who runs the call, theirs for reviewers. Raises ServiceProblem 404."""
        params = {"state": state, "cursor": cursor, "limit": limit}
        return await self.get(ApplicationPage, f"/api/calls/{call}/applications", token=token, params=params)

    async def application_counts(self, call: str, *, token: str) -> ApplicationCounts:
        """How many of these there are, by state. Raises ServiceProblem 404."""
        return await self.get(ApplicationCounts, f"/api/calls/{call}/applications/counts", token=token)

    async def my_applications(
        self,
        *,
        token: str,
        state: str | None = None,
        call: str | None = None,
        organization: str | None = None,
        cursor: str | None = None,
        limit: int = 20,
    ) -> ApplicationPage:
        """Those of the bearer's organizations, the last changed first."""
        params = {"state": state, "call": call, "organization": organization, "cursor": cursor, "limit": limit}
        return await self.get(ApplicationPage, "/api/applications/mine", token=token, params=params)

    async def application(self, id: str, *, token: str) -> Application:
        """Raises ServiceProblem 404 for whoever has nothing to do with it."""
        return await self.get(Application, f"/api/applications/{id}", token=token)

    async def edit_application(self, id: str, version: int, changes: Changes, *, token: str) -> Application:
        """Keep a draft as it is typed. Raises ServiceProblem 403, 404, 412, 422."""
        return await self._change(Application, f"/api/applications/{id}", version, changes, token)

    async def move_application(
        self,
        id: str,
        version: int,
        action: str,
        *,
        token: str,
        reason: str | None = None,
        contact: str | None = None,
    ) -> Application:
        """``submit``, ``withdraw``, ``review``, ``accept`` or ``decline`` (these two with a motive).

        Raises ServiceProblem 403, 409 (``deadline-passed``: the draft is kept), 412, 422. ``contact``, with
        ``accept``, is who answers on the side that runs the call.
        """
        path = f"/api/applications/{id}"
        return await self._move(Application, path, version, action, reason, token, contact=contact)

    async def application_history(self, id: str, *, token: str) -> ApplicationHistory:
        """For its organization and who runs the call. Raises ServiceProblem 404."""
        return await self.get(ApplicationHistory, f"/api/applications/{id}/transitions", token=token)

    async def reviewers(self, application: str, *, token: str) -> Reviewers:
        """For who runs the call. Raises ServiceProblem 404."""
        return await self.get(Reviewers, f"/api/applications/{application}/reviewers", token=token)

    async def assign_reviewer(self, application: str, person: str, *, token: str) -> Reviewers:
        """Raises ServiceProblem 403, 404, 409 (``conflict-of-interest``, with ``interest``), 422."""
        path = f"/api/applications/{application}/reviewers"
        return await self.send(Reviewers, "POST", path, json={"person": person}, token=token)

    async def unassign_reviewer(self, application: str, person: str, *, token: str) -> None:
        """Raises ServiceProblem 403, 404, 409."""
        await self.call("DELETE", f"/api/applications/{application}/reviewers/{person}", token=token)

    async def reviews(self, application: str, *, token: str, cursor: str | None = None, limit: int = 20) -> Reviews:
        """Submitted ones for who runs the call, their own for reviewers. Raises ServiceProblem 404."""
        params = {"cursor": cursor, "limit": limit}
        return await self.get(Reviews, f"/api/applications/{application}/reviews", token=token, params=params)

    async def start_review(
        self, application: str, *, token: str, scores: dict[str, int] | None = None, text: str = ""
    ) -> Review:
        """Begin a draft. Raises ServiceProblem 403, 404, 409 (``review-exists``), 422."""
        path = f"/api/applications/{application}/reviews"
        return await self.send(Review, "POST", path, json={"scores": scores or {}, "text": text}, token=token)

    async def review(self, id: str, *, token: str) -> Review:
        """Raises ServiceProblem 404."""
        return await self.get(Review, f"/api/reviews/{id}", token=token)

    async def edit_review(self, id: str, version: int, changes: Changes, *, token: str) -> Review:
        """``scores`` (whole) and ``text`` of a draft. Raises ServiceProblem 404, 409, 412, 422."""
        return await self._change(Review, f"/api/reviews/{id}", version, changes, token)

    async def submit_review(self, id: str, version: int, *, token: str) -> Review:
        """Have it count. Raises ServiceProblem 404, 409, 412, 422 naming what is missing."""
        path = f"/api/reviews/{id}/transitions"
        return await self.send(Review, "POST", path, json={"action": "submit"}, token=token, headers=_if_match(version))

    async def my_reviews(self, *, token: str, cursor: str | None = None, limit: int = 20) -> MyReviews:
        """What waits for the bearer's review, or has it; the last assigned first."""
        return await self.get(MyReviews, "/api/reviews/mine", token=token, params={"cursor": cursor, "limit": limit})

    async def declare_conflict(self, application: str, *, token: str, reason: str = "") -> Conflict:
        """The bearer has an interest in its organization. Raises ServiceProblem 403, 404."""
        path = f"/api/applications/{application}/conflicts"
        return await self.send(Conflict, "POST", path, json={"reason": reason}, token=token)

    async def conflicts(self, application: str, *, token: str) -> Conflicts:
        """Declared ones; for who runs the call. Raises ServiceProblem 404."""
        return await self.get(Conflicts, f"/api/applications/{application}/conflicts", token=token)

    async def partnerships(self, *, token: str, cursor: str | None = None, limit: int = 20) -> PartnershipPage:
        """Those the bearer is part of, newest first."""
        return await self.get(
            PartnershipPage, "/api/partnerships", token=token, params={"cursor": cursor, "limit": limit}
        )

    async def partnership(self, id: str, *, token: str) -> Partnership:
        """Raises ServiceProblem 404 for whoever is no part of it."""
        return await self.get(Partnership, f"/api/partnerships/{id}", token=token)

    async def edit_partnership(self, id: str, version: int, changes: Changes, *, token: str) -> Partnership:
        """``partner_contact`` and ``host_contact``; each side its own. Raises ServiceProblem 403, 404, 412, 422."""
        return await self._change(Partnership, f"/api/partnerships/{id}", version, changes, token)

    async def create_demonstrator(self, new: NewDemonstrator, *, token: str, key: str | None = None) -> Demonstrator:
        """Start a draft of a partnership the bearer is part of. Raises ServiceProblem 404, 422."""
        return await self._create(Demonstrator, "/api/demonstrators", new, token, key)

    async def demonstrator(self, id: str, *, token: str | None = None) -> Demonstrator:
        """Raises ServiceProblem 404, or 410 once it was withdrawn."""
        return await self.get(Demonstrator, f"/api/demonstrators/{id}", token=token)

    async def demonstrators(
        self,
        *,
        token: str | None = None,
        state: str | None = None,
        theme: str | None = None,
        territory: str | None = None,
        organization: str | None = None,
        mine: bool = False,
        cursor: str | None = None,
        limit: int = 20,
    ) -> DemonstratorPage:
        """Public ones, newest first; ``mine`` shows those the bearer is part of, drafts too."""
        params = {"state": state, "theme": theme, "territory": territory, "organization": organization}
        chosen = {"mine": "true" if mine else None, "cursor": cursor, "limit": limit}
        return await self.get(DemonstratorPage, "/api/demonstrators", token=token, params={**params, **chosen})

    async def edit_demonstrator(self, id: str, version: int, changes: Changes, *, token: str) -> Demonstrator:
        """Raises ServiceProblem 403, 404, 409, 412, 422."""
        return await self._change(Demonstrator, f"/api/demonstrators/{id}", version, changes, token)

    async def move_demonstrator(
        self, id: str, version: int, action: str, *, token: str, reason: str | None = None
    ) -> Demonstrator:
        """``publish``, ``end`` or ``withdraw`` (with a reason). Raises ServiceProblem 403, 409, 412, 422."""
        return await self._move(Demonstrator, f"/api/demonstrators/{id}", version, action, reason, token)

    async def results(
        self, demonstrator: str, *, token: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> Results:
        """Newest day first. Raises ServiceProblem 404."""
        params = {"cursor": cursor, "limit": limit}
        return await self.get(Results, f"/api/demonstrators/{demonstrator}/results", token=token, params=params)

    async def add_result(self, demonstrator: str, new: NewResult, *, token: str, key: str | None = None) -> Result:
        """Raises ServiceProblem 403, 404, 409, 422."""
        return await self._create(Result, f"/api/demonstrators/{demonstrator}/results", new, token, key)

    async def _create(self, model: type[AnswerT], path: str, new: Answer, token: str, key: str | None) -> AnswerT:
        headers = {"Idempotency-Key": key} if key else None
        return await self.send(model, "POST", path, json=new.model_dump(mode="json"), token=token, headers=headers)

    async def _change(self, model: type[AnswerT], path: str, version: int, changes: Changes, token: str) -> AnswerT:
        return await self.send(model, "PATCH", path, json=changes, token=token, headers=_if_match(version))

    async def _move(
        self,
        model: type[AnswerT],
        path: str,
        version: int,
        action: str,
        reason: str | None,
        token: str,
        **more: object,
    ) -> AnswerT:
        asked = {"action": action, "reason": reason, **{name: value for name, value in more.items() if value}}
        return await self.send(
            model, "POST", f"{path}/transitions", json=asked, token=token, headers=_if_match(version)
        )


def _if_match(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}
