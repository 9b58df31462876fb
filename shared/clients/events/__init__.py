"""Client of the events service, and what it answers."""

from shared.clients.events.client import EventsClient
from shared.clients.events.forums import (
    Forum,
    ForumDraft,
    ForumHistory,
    ForumPage,
    ForumStep,
    ForumSummary,
    Room,
    Rooms,
)
from shared.clients.events.registrations import (
    OwnRegistration,
    OwnRegistrations,
    Places,
    Registrant,
    Registrants,
    RegistrationWithForum,
)
from shared.clients.events.schedules import Plan, ScheduleDiff, ScheduleImport, SessionChange
from shared.clients.events.sessions import (
    ScheduleWarning,
    ScheduleWarnings,
    Session,
    SessionPage,
    SessionSummary,
    Speaker,
    Swap,
)

__all__ = [
    "EventsClient",
    "Forum",
    "ForumDraft",
    "ForumHistory",
    "ForumPage",
    "ForumStep",
    "ForumSummary",
    "OwnRegistration",
    "OwnRegistrations",
    "Places",
    "Plan",
    "Registrant",
    "Registrants",
    "RegistrationWithForum",
    "Room",
    "Rooms",
    "ScheduleDiff",
    "ScheduleImport",
    "ScheduleWarning",
    "ScheduleWarnings",
    "Session",
    "SessionChange",
    "SessionPage",
    "SessionSummary",
    "Speaker",
    "Swap",
]
