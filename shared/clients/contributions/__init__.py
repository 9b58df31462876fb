"""Client of the contributions service, and what it answers."""

from shared.clients.contributions.client import ContributionsClient, etag
from shared.clients.contributions.comments import Comment, Comments
from shared.clients.contributions.revisions import (
    ComparedParagraph,
    Comparison,
    PlainText,
    Revision,
    RevisionDiff,
    Revisions,
    RevisionSummary,
)
from shared.clients.contributions.taxonomy import Collection, Territories, Territory, Theme, Themes
from shared.clients.contributions.texts import (
    AddressParts,
    Contribution,
    ContributionPage,
    ContributionSummary,
    Draft,
    History,
    PastStep,
    Preview,
    PublishedAddress,
    PublishedAddresses,
)

__all__ = [
    "AddressParts",
    "Collection",
    "Comment",
    "Comments",
    "ComparedParagraph",
    "Comparison",
    "Contribution",
    "ContributionPage",
    "ContributionSummary",
    "ContributionsClient",
    "Draft",
    "History",
    "PastStep",
    "PlainText",
    "Preview",
    "PublishedAddress",
    "PublishedAddresses",
    "Revision",
    "RevisionDiff",
    "RevisionSummary",
    "Revisions",
    "Territories",
    "Territory",
    "Theme",
    "Themes",
    "etag",
]
