"""Client of the contributions service, and what it answers."""

from shared.clients.contributions.authors import Invitation, Invitations, Invited, NewInvitation
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
from shared.clients.contributions.sources import Source, SourceDraft
from shared.clients.contributions.taxonomy import Collection, Territories, Territory, Theme, Themes
from shared.clients.contributions.texts import (
    AddressParts,
    Contribution,
    ContributionPage,
    ContributionSummary,
    Draft,
    Heading,
    History,
    PastStep,
    Preview,
    PublishedAddress,
    PublishedAddresses,
    Translation,
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
    "Heading",
    "History",
    "Invitation",
    "Invitations",
    "Invited",
    "NewInvitation",
    "PastStep",
    "PlainText",
    "Preview",
    "PublishedAddress",
    "PublishedAddresses",
    "Revision",
    "RevisionDiff",
    "RevisionSummary",
    "Revisions",
    "Source",
    "SourceDraft",
    "Territories",
    "Territory",
    "Theme",
    "Themes",
    "Translation",
    "etag",
]
