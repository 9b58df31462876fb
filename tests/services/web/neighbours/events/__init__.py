"""The events service in memory."""

from shared.clients.events import EventsClient
from tests.services.web.neighbours.events.importing import FakeEvents
from tests.services.web.neighbours.events.planned import Planned, Registered

__all__ = ["NEIGHBOUR", "FakeEvents", "Planned", "Registered"]

NEIGHBOUR = (EventsClient, FakeEvents)
