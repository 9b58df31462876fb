"""Client of the partners service.

Texts (descriptions, proposals, reviews, results) are plain text in paragraphs. Lists are paged: ``next`` is the cursor
of the page after.
"""

from __future__ import annotations

from shared.clients.partners.applications import (
    Application,
    ApplicationCounts,
    ApplicationHistory,
    ApplicationPage,
    ApplicationStep,
    ApplicationSummary,
    Conflict,
    Conflicts,
    Evaluation,
    MyReview,
    MyReviews,
    NewApplication,
    Review,
    Reviewer,
    Reviewers,
    Reviews,
)
from shared.clients.partners.asking import Changes
from shared.clients.partners.asking_applications import AskingApplications
from shared.clients.partners.asking_demonstrators import AskingDemonstrators
from shared.clients.partners.asking_organizations import AskingOrganizations
from shared.clients.partners.asking_reviews import AskingReviews
from shared.clients.partners.calls import (
    Call,
    CallPage,
    CallRef,
    CallSummary,
    Criterion,
    NewCall,
    NewCriterion,
)
from shared.clients.partners.demonstrators import (
    Demonstrator,
    DemonstratorPage,
    DemonstratorRef,
    DemonstratorSummary,
    NewDemonstrator,
    NewResult,
    Partnership,
    PartnershipPage,
    Result,
    Results,
)
from shared.clients.partners.organizations import (
    Invitation,
    Invitations,
    Invited,
    Member,
    Members,
    MyOrganization,
    MyOrganizations,
    NewInvitation,
    NewOrganization,
    Organization,
    OrganizationPage,
    OrganizationRef,
    OrganizationSummary,
)

__all__ = [
    "Application",
    "ApplicationCounts",
    "ApplicationHistory",
    "ApplicationPage",
    "ApplicationStep",
    "ApplicationSummary",
    "Call",
    "CallPage",
    "CallRef",
    "CallSummary",
    "Changes",
    "Conflict",
    "Conflicts",
    "Criterion",
    "Demonstrator",
    "DemonstratorPage",
    "DemonstratorRef",
    "DemonstratorSummary",
    "Evaluation",
    "Invitation",
    "Invitations",
    "Invited",
    "Member",
    "Members",
    "MyOrganization",
    "MyOrganizations",
    "MyReview",
    "MyReviews",
    "NewApplication",
    "NewCall",
    "NewCriterion",
    "NewDemonstrator",
    "NewInvitation",
    "NewOrganization",
    "NewResult",
    "Organization",
    "OrganizationPage",
    "OrganizationRef",
    "OrganizationSummary",
    "PartnersClient",
    "Partnership",
    "PartnershipPage",
    "Result",
    "Results",
    "Review",
    "Reviewer",
    "Reviewers",
    "Reviews",
]


class PartnersClient(AskingOrganizations, AskingApplications, AskingReviews, AskingDemonstrators):
    """Speaks to organizations, calls, applications, reviews, partnerships and demonstrators.

    Changes take the version that was read, and raise ServiceProblem 412 when it was changed since.
    """
