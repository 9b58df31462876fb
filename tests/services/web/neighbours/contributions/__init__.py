"""The contributions service in memory, by what it is asked about."""

from shared.clients.contributions import ContributionsClient
from tests.services.web.neighbours.contributions.authors import FakeAuthors
from tests.services.web.neighbours.contributions.review import FakeReview
from tests.services.web.neighbours.contributions.revisions import FakeRevisions
from tests.services.web.neighbours.contributions.taxonomy import FakeTaxonomy
from tests.services.web.neighbours.contributions.texts import FakeTexts
from tests.services.web.neighbours.contributions.translations import FakeTranslations

__all__ = ["NEIGHBOUR", "FakeContributions"]


class FakeContributions(FakeTexts, FakeRevisions, FakeReview, FakeAuthors, FakeTranslations, FakeTaxonomy):
    """All of it."""


NEIGHBOUR = (ContributionsClient, FakeContributions)
