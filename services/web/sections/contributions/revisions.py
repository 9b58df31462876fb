"""What a text was before: its revisions, each of them, and what changed from one to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from markupsafe import Markup
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.language import N_, _, current
from services.web.page import CurrentPage, Page
from shared.clients.contributions import (
    ComparedParagraph,
    Comparison,
    Contribution,
    ContributionsClient,
    RevisionSummary,
)

router = APIRouter(route_class=PageRoute, prefix="/contributions/{id:uuid}/revisions")

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]

OCCASIONS = {
    "submitted": N_("Soumise à la rédaction"),
    "published": N_("Publiée"),
    "corrected": N_("Corrigée"),
}
"""Why each revision was kept."""

FOLDED = 4
"""Unchanged paragraphs in a row from which on all but the outer ones are folded away."""


@dataclass(frozen=True)
class Stretch:
    """Paragraphs in a row that are shown, or folded away because nothing changed in them."""

    paragraphs: Sequence[ComparedParagraph]
    is_folded: bool


def stretches(paragraphs: Sequence[ComparedParagraph]) -> list[Stretch]:
    """What changed with one paragraph around it; longer unchanged stretches are folded."""
    found: list[Stretch] = []
    for is_same, run in groupby(paragraphs, key=lambda one: one.kind == "same"):
        row = list(run)
        if is_same and len(row) >= FOLDED:
            found += [Stretch(row[:1], False), Stretch(row[1:-1], True), Stretch(row[-1:], False)]
        else:
            found.append(Stretch(row, False))
    return found


def spoken(paragraph: ComparedParagraph) -> Markup:
    """Its HTML, with what is gone and what is new also said to who does not see the page."""
    html = paragraph.html
    for tag, opening in (("del", _("supprimé :")), ("ins", _("ajouté :"))):
        said = Markup('<span class="sr" lang="{}"> [{} </span>').format(current(), opening)
        html = html.replace(f"<{tag}>", f"<{tag}>{said}").replace(f"</{tag}>", f'<span class="sr">] </span></{tag}>')
    return Markup(html)  # noqa: S704 - escaped by the contributions service; the two tags are its own


def changes(comparison: Comparison) -> dict[str, Any]:
    """What the template of a comparison needs."""
    said = {part: getattr(comparison, part) for part in ("title", "summary", "text", "sources")}
    return {
        "title": said["title"],
        "summary": said["summary"],
        "sources": said["sources"],
        "stretches": stretches(said["text"]),
        "changed": {part for part, found in said.items() if any(one.kind != "same" for one in found)},
        "spoken": spoken,
    }


@router.get("")
async def revisions(page: CurrentPage, id: UUID, cursor: str = "") -> Response:
    """All revisions the visitor may see, newest first."""
    contribution, token = await _contribution(page, id)
    found = await page.client(ContributionsClient).revisions(str(id), token=token, cursor=cursor or None)
    return await page.render(
        "contributions/revisions.html", contribution=contribution, found=found, occasions=OCCASIONS, is_first=not cursor
    )


@router.get("/{number}")
async def revision(page: CurrentPage, id: UUID, number: Number) -> Response:
    """The text as it was."""
    contribution, token = await _contribution(page, id)
    found = await page.client(ContributionsClient).revision(str(id), number, token=token)
    return await page.render(
        "contributions/revision.html", contribution=contribution, revision=found, occasions=OCCASIONS
    )


@router.get("/{before}/{after}")
async def diff(page: CurrentPage, id: UUID, before: Number, after: Number) -> Response:
    """What changed from one to another."""
    contribution, token = await _contribution(page, id)
    found = await page.client(ContributionsClient).diff(str(id), before, after, token=token)
    return await page.render(
        "contributions/diff.html",
        contribution=contribution,
        before=found.before,
        after=found.after,
        changes=changes(found),
        occasions=OCCASIONS,
    )


async def _contribution(page: Page, id: UUID) -> tuple[Contribution, str | None]:
    token = await page.token_if_possible()
    return await page.client(ContributionsClient).read(str(id), token=token), token


async def corrections(page: Page, contribution: Contribution) -> Mapping[str, Any] | None:
    """What was corrected since publication and why, newest first; None for what never was."""
    if contribution.corrected_at is None or contribution.state != "published":
        return None
    token = await page.token_if_possible()
    found = await page.client(ContributionsClient).revisions(contribution.id, token=token)
    told: list[RevisionSummary] = [one for one in found.items if one.occasion == "corrected" and one.reason]
    return {"corrections": told, "contribution": contribution} if told else None
