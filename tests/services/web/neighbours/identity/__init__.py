"""The identity service in memory, by what it is asked about."""

from shared.clients.identity import IdentityClient
from tests.services.web.neighbours.identity.federation import FakeFederation

__all__ = ["NEIGHBOUR", "FakeFederation"]

NEIGHBOUR = (IdentityClient, FakeFederation)
