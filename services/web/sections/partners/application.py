"""One application, for its organization, for who runs the call and for its reviewers: each sees what is theirs."""

from __future__ import annotations

import asyncio
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import PostedForm
from services.web.language import _
from services.web.page import CurrentPage, Page
from services.web.sections.partners import sentences, steps
from services.web.sections.partners.access import EXPIRED
from services.web.sections.partners.moving import WHOSE_PAGE, person_in
from services.web.sections.partners.words import CONFLICTS, REVIEW_STATES, STEPS_TAKEN
from shared.clients.base import ServiceProblem
from shared.clients.partners import ApplicationHistory, Conflicts, PartnersClient, Review, Reviewers

router = APIRouter(route_class=PageRoute, prefix="/candidatures/{id:uuid}")

MOST_REVIEWS = 50


@router.get("")
async def application(page: CurrentPage, id: UUID) -> Response:
    """Where it stands, what happens next, and what was written."""
    return await _show(page, id)


@router.post("/evaluateurs")
async def assign(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Have somebody review it, or not any more. A conflict of interest is refused, and said why."""
    token, client = await page.needed_token(), page.client(PartnersClient)
    typed = form.text("person")
    person = person_in(typed)
    if not form.is_ours:
        return await _show(page, id, typed=typed, errors={"form": _(EXPIRED)})
    if person is None:
        return await _show(page, id, typed=typed, errors={"person": _(WHOSE_PAGE)})
    try:
        if form.text("do") == "leave":
            await client.unassign_reviewer(str(id), person, token=token)
        else:
            await client.assign_reviewer(str(id), person, token=token)
    except ServiceProblem as problem:
        if problem.status not in (409, 422):
            raise
        return await _show(page, id, typed=typed, errors={"person": _why_not(problem)})
    notice = "reviewer-out" if form.text("do") == "leave" else "assigned-reviewer"
    return page.go(page.href(f"/candidatures/{id}"), notice=notice)


@router.get("/conflit")
async def conflict(page: CurrentPage, id: UUID) -> Response:
    """Say what declaring an interest does, and ask."""
    token = await page.needed_token()
    found = await page.client(PartnersClient).application(str(id), token=token)
    possible = "declare_conflict" in found.actions
    return await page.render(
        "partners/conflict.html", status=200 if possible else 409, application=found, possible=possible, errors={}
    )


@router.post("/conflit")
async def declare(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Declare it."""
    form.expect_ours()
    token = await page.needed_token()
    await page.client(PartnersClient).declare_conflict(str(id), token=token, reason=form.text("reason"))
    return page.go(page.href("/mon-espace"), notice="conflict-declared")


def _why_not(problem: ServiceProblem) -> str:
    """Why somebody may not review, as far as who runs the call may know."""
    interest = problem.extra.get("interest")
    if isinstance(interest, str) and interest in CONFLICTS:
        return _(CONFLICTS[interest])
    if problem.status == 422:
        return _("Personne n’a cette page. Collez l’adresse de la page publique de la personne.")
    return _("Cette candidature n’est plus en évaluation.")


async def _show(page: Page, id: UUID, *, typed: str = "", errors: dict[str, str] | None = None) -> Response:
    token, client = await page.needed_token(), page.client(PartnersClient)
    found = await client.application(str(id), token=token)
    judges, reviews_it = "read_reviews" in found.actions, "write_review" in found.actions

    async def told() -> ApplicationHistory | None:
        """Its life, for those it is told to."""
        try:
            return await client.application_history(str(id), token=token)
        except ServiceProblem as problem:
            if problem.status not in (403, 404):
                raise
            return None

    async def read_reviews() -> list[Review]:
        """What was handed in, for who runs the call; for reviewers, what they wrote."""
        if not judges and not reviews_it:
            return []
        return (await client.reviews(str(id), token=token, limit=MOST_REVIEWS)).items

    async def read_reviewers() -> tuple[Reviewers, Conflicts] | None:
        """For who runs the call."""
        if not judges:
            return None
        return await client.reviewers(str(id), token=token), await client.conflicts(str(id), token=token)

    history, reviews, judging = await asyncio.gather(told(), read_reviews(), read_reviewers())
    return await page.render(
        "partners/application.html",
        status=422 if errors else 200,
        application=found,
        said=sentences.of_application(found),
        steps=[one for one in steps.APPLICATION if one.action in found.actions],
        history=history,
        steps_taken=STEPS_TAKEN,
        judges=judges,
        reviewers=judging[0] if judging else None,
        reviews=reviews,
        conflicts=judging[1] if judging else None,
        conflict_words=CONFLICTS,
        review_states=REVIEW_STATES,
        person=typed,
        errors=errors or {},
    )
