"""Reviewing: what waits for the bearer, and the review of one application, kept as a draft until it is submitted."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import Posted, PostedForm
from services.web.language import N_, _
from services.web.page import CurrentPage, Page
from services.web.sections.partners import sentences
from services.web.sections.partners.access import REVIEWERS, may_save, refusals
from services.web.sections.partners.fields import version_of
from services.web.sections.partners.words import REVIEW_STATES
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.partners import Application, Changes, PartnersClient, Review

router = APIRouter(route_class=PageRoute)

LONGEST = 50_000


@dataclass
class Scored:
    """What stands in the form, as it was typed."""

    scores: dict[str, str] = field(default_factory=dict)
    """By criterion."""
    text: str = ""
    version: int = 0

    @classmethod
    def of(cls, review: Review | None) -> Scored:
        """A stored review; an empty one before it is begun."""
        if review is None:
            return cls()
        return cls({name: str(score) for name, score in review.scores.items()}, review.text, review.version)

    @classmethod
    def posted(cls, form: Posted, application: Application) -> Scored:
        """What was sent."""
        typed = {one.id: form.text(f"score-{one.id}") for one in application.call.criteria}
        return cls(typed, form.text("text"), version_of(form))

    def read(self, application: Application, *, complete: bool) -> tuple[dict[str, int], dict[str, str]]:
        """The scores, and what is wrong with them; ``complete`` is what submitting needs."""
        scores: dict[str, int] = {}
        errors: dict[str, str] = {}
        top = application.call.top_score
        for one in application.call.criteria:
            typed = self.scores.get(one.id, "")
            if typed.isdecimal() and len(typed) < 4 and int(typed) <= top:
                scores[one.id] = int(typed)
            elif typed or complete:
                errors[f"score-{one.id}"] = _("Donnez une note entière, de zéro à %(top)d.", top=top)
        if complete and not self.text:
            errors["text"] = _("Dites sur quoi reposent vos notes.")
        return scores, errors


@router.get("/evaluations")
async def mine(page: CurrentPage, cursor: str = "") -> Response:
    """What waits for my review, or has it."""
    page.need_role(*REVIEWERS)
    found = await page.client(PartnersClient).my_reviews(token=await page.needed_token(), cursor=cursor or None)
    return await page.render(
        "partners/reviews.html",
        found=found,
        is_first=not cursor,
        sentence=sentences.of_application,
        review_states=REVIEW_STATES,
    )


@router.get("/candidatures/{id:uuid}/evaluation")
async def review(page: CurrentPage, id: UUID) -> Response:
    """My review of it: a form while it is a draft, then what I wrote."""
    application, own = await _mine(page, id)
    return await _show(page, application, own, Scored.of(own), {})


@router.post("/candidatures/{id:uuid}/evaluation")
async def write(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Keep it as a draft, or submit it."""
    application, own = await _mine(page, id)
    token, errors = await may_save(page, form)
    scored = Scored.posted(form, application)
    submits = form.text("do") == "submit"
    scores, wrong = scored.read(application, complete=submits)
    errors = errors or wrong
    if token is not None and not errors:
        client = page.client(PartnersClient)
        try:
            if own is None:
                kept = await client.start_review(application.id, token=token, scores=scores, text=scored.text)
            else:
                changes: Changes = {"scores": scores, "text": scored.text}
                kept = await client.edit_review(own.id, scored.version, changes, token=token)
            if submits:
                await client.submit_review(kept.id, kept.version, token=token)
        except (ServiceProblem, ServiceDown) as problem:
            errors = _errors(problem)
            application, own = await _mine(page, id)
            scored.version = own.version if own else 0
        else:
            if submits:
                return page.go(page.href("/evaluations"), notice="review-submitted")
            return page.go(page.href(f"/candidatures/{id}/evaluation"), notice="review-kept")
    return await _show(page, application, own, scored, errors)


def _errors(problem: ServiceProblem | ServiceDown) -> dict[str, str]:
    if isinstance(problem, ServiceProblem) and problem.status in (409, 412):
        return {"form": _("Votre évaluation a changé ailleurs. Ce que vous aviez écrit est dans le formulaire.")}
    return refusals(problem, ())


async def _mine(page: Page, id: UUID) -> tuple[Application, Review | None]:
    """The application and the bearer's review. Raises HTTPException 403 for who has none to write."""
    token, client = await page.needed_token(), page.client(PartnersClient)
    application = await client.application(str(id), token=token)
    assert page.visitor is not None
    found = (
        (await client.reviews(str(id), token=token)).items
        if {"write_review", "read_reviews", "declare_conflict"} & set(application.actions)
        else []
    )
    own = next((one for one in found if one.reviewer.id == page.visitor.person), None)
    if own is None and "write_review" not in application.actions:
        raise HTTPException(403)
    return application, own


async def _show(
    page: Page, application: Application, own: Review | None, scored: Scored, errors: dict[str, str]
) -> Response:
    labels = {f"score-{one.id}": one.name for one in application.call.criteria} | {"text": N_("Votre avis")}
    return await page.render(
        "partners/review.html",
        status=422 if errors else 200,
        application=application,
        review=own,
        may_write="write_review" in application.actions and (own is None or "edit" in own.actions),
        scored=scored,
        limit=LONGEST,
        labels=labels,
        errors=errors,
    )
