"""The partners service in memory, by what it is asked about."""

from shared.clients.partners import PartnersClient
from tests.services.web.neighbours.partners.applications import FakeApplications
from tests.services.web.neighbours.partners.demonstrators import FakeDemonstrators
from tests.services.web.neighbours.partners.known import Partners
from tests.services.web.neighbours.partners.organizations import FakeOrganizations
from tests.services.web.neighbours.partners.reviews import FakeReviews

__all__ = ["NEIGHBOUR", "FakePartners", "Partners"]


class FakePartners(FakeOrganizations, FakeApplications, FakeReviews, FakeDemonstrators):
    """All of it."""


NEIGHBOUR = (PartnersClient, FakePartners)
