"""What an entity's public state is, as it is told, and where it is read on the site."""

from __future__ import annotations

from services.partners.tables import Call, Demonstrator, Organization
from services.partners.workflow import CallState, DemonstratorState, OrganizationState
from shared.contracts.partners import (
    CallPublished,
    CallWithdrawn,
    DemonstratorPublished,
    DemonstratorWithdrawn,
    OrganizationPublished,
    OrganizationWithdrawn,
)
from shared.slugs import slug


def organization_url(id: object, name: str) -> str:
    """Where an organization is read on the site."""
    return f"/organisations/{id}/{_slug(name, 'organisation')}"


def call_url(id: object, title: str) -> str:
    """Where a call is read on the site."""
    return f"/appels/{id}/{_slug(title, 'appel')}"


def demonstrator_url(id: object, title: str) -> str:
    """Where a demonstrator is read on the site."""
    return f"/demonstrateurs/{id}/{_slug(title, 'demonstrateur')}"


def _slug(title: str, kind: str) -> str:
    """With the kind in front of a single word: the site uses such addresses itself (``modifier``, ``membres``…)."""
    name = slug(title, otherwise=kind)
    return name if "-" in name or name == kind else f"{kind}-{name}"


def of_organization(organization: Organization) -> OrganizationPublished | OrganizationWithdrawn | None:
    """None for one that never was public and of which nobody was told."""
    if organization.state != OrganizationState.PUBLISHED or organization.published_at is None:
        return OrganizationWithdrawn(id=str(organization.id)) if organization.ordinal else None
    return OrganizationPublished(
        id=str(organization.id),
        kind=organization.kind,
        language=organization.language,
        name=organization.name,
        summary=organization.summary,
        text=organization.description,
        siren=organization.siren,
        themes=tuple(organization.themes),
        territories=tuple(organization.territories),
        url=organization_url(organization.id, organization.name),
        published_at=organization.published_at,
    )


def of_call(call: Call) -> CallPublished | CallWithdrawn | None:
    """None for one that never was public and of which nobody was told."""
    if call.state not in {CallState.PUBLISHED, CallState.CLOSED} or call.published_at is None:
        return CallWithdrawn(id=str(call.id)) if call.ordinal else None
    criteria = [f"{one['name']}. {one['description']}".strip() for one in call.criteria]
    return CallPublished(
        id=str(call.id),
        kind=call.kind,
        language=call.language,
        title=call.title,
        summary=call.summary,
        text="\n\n".join([call.description, *criteria]),
        themes=tuple(call.themes),
        territories=tuple(call.territories),
        zone=call.zone,
        opens_at=call.opens_at,
        deadline=call.deadline,
        closed=call.state == CallState.CLOSED,
        url=call_url(call.id, call.title),
        published_at=call.published_at,
    )


def of_demonstrator(demonstrator: Demonstrator) -> DemonstratorPublished | DemonstratorWithdrawn | None:
    """None for one that never was public and of which nobody was told."""
    public = demonstrator.state in {DemonstratorState.PUBLISHED, DemonstratorState.ENDED}
    if not public or demonstrator.published_at is None:
        return DemonstratorWithdrawn(id=str(demonstrator.id)) if demonstrator.ordinal else None
    return DemonstratorPublished(
        id=str(demonstrator.id),
        state="ended" if demonstrator.state == DemonstratorState.ENDED else "running",
        language=demonstrator.language,
        title=demonstrator.title,
        summary=demonstrator.summary,
        text="\n\n".join(part for part in (demonstrator.tested, demonstrator.newest_results) if part),
        place=demonstrator.place,
        themes=tuple(demonstrator.themes),
        territories=tuple(demonstrator.territories),
        organization=str(demonstrator.organization_id),
        partners=tuple(demonstrator.partners),
        until=demonstrator.until,
        results=demonstrator.results,
        url=demonstrator_url(demonstrator.id, demonstrator.title),
        published_at=demonstrator.published_at,
    )
