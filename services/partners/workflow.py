"""The lives of organizations, calls, applications and demonstrators: tables of (state, action) → state, who, what.

organization   draft ──publish──► published ──withdraw──► withdrawn ──publish (by organizers)──► published
call           draft ──publish──► published ──close──► closed;  published, closed ──withdraw──► withdrawn
application    draft ──submit──► submitted ──review──► in_review ──accept──► accepted
                 │                   │                     │    └──decline──► declined
                 └──── withdraw ─────┴───── withdraw ──────┴────────────────► withdrawn
demonstrator   draft ──publish──► published ──end──► ended;  published, ended ──withdraw──► withdrawn
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class OrganizationState(StrEnum):
    """Whether an organization is shown."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class CallState(StrEnum):
    """Where a call is in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class ApplicationState(StrEnum):
    """Where an application is in its life."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class DemonstratorState(StrEnum):
    """Where a demonstrator is in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


class OrganizationAction(StrEnum):
    """What can be asked for an organization."""

    PUBLISH = "publish"
    WITHDRAW = "withdraw"


class CallAction(StrEnum):
    """What can be asked for a call."""

    PUBLISH = "publish"
    CLOSE = "close"
    WITHDRAW = "withdraw"


class ApplicationAction(StrEnum):
    """What can be asked for an application."""

    SUBMIT = "submit"
    REVIEW = "review"
    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"


class DemonstratorAction(StrEnum):
    """What can be asked for a demonstrator."""

    PUBLISH = "publish"
    END = "end"
    WITHDRAW = "withdraw"


class Part(StrEnum):
    """What somebody is to an entity."""

    OWNER = "owner"
    """Owns the organization."""
    APPLICANT = "applicant"
    """Belongs to the organization."""
    RUNNER = "runner"
    """Runs the call, without an interest in the organization."""
    REVIEWER = "reviewer"
    """Is assigned to review it, without an interest in the organization."""
    WARDEN = "warden"
    """Looks after what is shown to all: organizers and admins."""


@dataclass(frozen=True)
class Transition:
    """One line of a table."""

    to: str
    who: frozenset[Part]
    needs_reason: bool = False
    complete: bool = False
    """Whether everything that readers or reviewers need must be there."""


_OWNER, _WARDEN = frozenset({Part.OWNER}), frozenset({Part.WARDEN})
_APPLICANT, _RUNNER = frozenset({Part.APPLICANT}), frozenset({Part.RUNNER})
Table = Mapping[tuple[str, str], Transition]

ORGANIZATION: Table = {
    (OrganizationState.DRAFT, OrganizationAction.PUBLISH): Transition(
        OrganizationState.PUBLISHED, _OWNER, complete=True
    ),
    (OrganizationState.PUBLISHED, OrganizationAction.WITHDRAW): Transition(
        OrganizationState.WITHDRAWN, _OWNER | _WARDEN, needs_reason=True
    ),
    (OrganizationState.WITHDRAWN, OrganizationAction.PUBLISH): Transition(
        OrganizationState.PUBLISHED, _WARDEN, complete=True
    ),
}

CALL: Table = {
    (CallState.DRAFT, CallAction.PUBLISH): Transition(CallState.PUBLISHED, _RUNNER, complete=True),
    (CallState.PUBLISHED, CallAction.CLOSE): Transition(CallState.CLOSED, _RUNNER),
    (CallState.PUBLISHED, CallAction.WITHDRAW): Transition(CallState.WITHDRAWN, _RUNNER, needs_reason=True),
    (CallState.CLOSED, CallAction.WITHDRAW): Transition(CallState.WITHDRAWN, _RUNNER, needs_reason=True),
}

APPLICATION: Table = {
    (ApplicationState.DRAFT, ApplicationAction.SUBMIT): Transition(
        ApplicationState.SUBMITTED, _APPLICANT, complete=True
    ),
    (ApplicationState.SUBMITTED, ApplicationAction.REVIEW): Transition(ApplicationState.IN_REVIEW, _RUNNER),
    (ApplicationState.IN_REVIEW, ApplicationAction.ACCEPT): Transition(
        ApplicationState.ACCEPTED, _RUNNER, needs_reason=True
    ),
    (ApplicationState.IN_REVIEW, ApplicationAction.DECLINE): Transition(
        ApplicationState.DECLINED, _RUNNER, needs_reason=True
    ),
    (ApplicationState.DRAFT, ApplicationAction.WITHDRAW): Transition(ApplicationState.WITHDRAWN, _APPLICANT),
    (ApplicationState.SUBMITTED, ApplicationAction.WITHDRAW): Transition(ApplicationState.WITHDRAWN, _APPLICANT),
    (ApplicationState.IN_REVIEW, ApplicationAction.WITHDRAW): Transition(ApplicationState.WITHDRAWN, _APPLICANT),
}

DEMONSTRATOR: Table = {
    (DemonstratorState.DRAFT, DemonstratorAction.PUBLISH): Transition(
        DemonstratorState.PUBLISHED, _APPLICANT | _RUNNER, complete=True
    ),
    (DemonstratorState.PUBLISHED, DemonstratorAction.END): Transition(DemonstratorState.ENDED, _APPLICANT | _RUNNER),
    (DemonstratorState.PUBLISHED, DemonstratorAction.WITHDRAW): Transition(
        DemonstratorState.WITHDRAWN, _APPLICANT | _RUNNER, needs_reason=True
    ),
    (DemonstratorState.ENDED, DemonstratorAction.WITHDRAW): Transition(
        DemonstratorState.WITHDRAWN, _APPLICANT | _RUNNER, needs_reason=True
    ),
}


def actions(table: Table, state: str, parts: frozenset[Part]) -> list[str]:
    """What somebody with these parts may ask for in this state, in the order of the table."""
    return [str(action) for (at, action), line in table.items() if at == state and parts & line.who]


UNDER_REVIEW = frozenset({ApplicationState.SUBMITTED, ApplicationState.IN_REVIEW})
"""Where reviewers are assigned, and work."""


class NextStep(StrEnum):
    """What happens next with an application, as its applicant is told."""

    FINISH = "finish_before_deadline"
    TOO_LATE = "deadline_passed"
    WAIT_FOR_REVIEW = "review_begins"
    WAIT_FOR_DECISION = "decision_follows"
    PARTNERSHIP = "partnership_begins"
    NOTHING = "nothing"


_NEXT = {
    ApplicationState.SUBMITTED: NextStep.WAIT_FOR_REVIEW,
    ApplicationState.IN_REVIEW: NextStep.WAIT_FOR_DECISION,
    ApplicationState.ACCEPTED: NextStep.PARTNERSHIP,
    ApplicationState.DECLINED: NextStep.NOTHING,
    ApplicationState.WITHDRAWN: NextStep.NOTHING,
}


def next_step(state: ApplicationState, *, can_submit: bool) -> NextStep:
    """See `NextStep`; ``can_submit`` says whether the call still takes it."""
    if state is ApplicationState.DRAFT:
        return NextStep.FINISH if can_submit else NextStep.TOO_LATE
    return _NEXT[state]
