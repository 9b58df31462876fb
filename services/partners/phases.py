"""Whether a call takes applications at an instant: pure."""

from __future__ import annotations

from datetime import datetime

from services.partners.schemas.calls import Phase
from services.partners.workflow import CallState


def phase_of(state: CallState, opens_at: datetime | None, deadline: datetime | None, at: datetime) -> Phase:
    """What arrives at the instant of the deadline is in time."""
    if state is CallState.DRAFT:
        return Phase.COMING
    if state is not CallState.PUBLISHED or (deadline is not None and at > deadline):
        return Phase.OVER
    if opens_at is not None and at < opens_at:
        return Phase.COMING
    return Phase.OPEN
