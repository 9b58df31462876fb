"""Comments of the editors on passages, and who reviews until when: for authors and editors."""

from __future__ import annotations

import contextlib
from uuid import UUID

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import PostedForm
from services.web.language import N_, _
from services.web.page import CurrentPage, Page
from services.web.sections.contributions.states import sentence
from shared.clients.base import PersonRef, ServiceDown, ServiceProblem
from shared.clients.contributions import ContributionsClient
from shared.clients.identity import IdentityClient

router = APIRouter(route_class=PageRoute, prefix="/contributions/{id:uuid}")

LABELS = {
    "body": N_("Commentaire"),
    "exact": N_("Passage"),
    "editor": N_("Relecture confiée à"),
    "due_on": N_("Pour le"),
}
NO_EDITOR = N_("Choisissez quelqu’un de la rédaction dans la liste.")
REFUSALS = {
    "body": N_("Écrivez votre commentaire : cinq mille signes au plus."),
    "exact": N_("Ce passage n’est pas dans le texte tel qu’il est aujourd’hui : copiez-le ci-contre."),
    "editor": NO_EDITOR,
    "due_on": N_("Choisissez un jour à venir, d’ici deux ans."),
}
MOST_PAGES = 5
"""Pages of a hundred people of each role that are asked for: a longer list would be no use to choose from."""
REVIEWED = ("submitted", "changes_requested", "scheduled")


@router.get("/commentaires")
async def comments(page: CurrentPage, id: UUID, cursor: str = "") -> Response:
    """The text with what editors said about it."""
    return await _show(page, id, cursor=cursor)


@router.post("/commentaires")
async def comment(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Comment on a passage; what was typed is shown again when it was not accepted."""
    token = await page.needed_token()
    typed = {name: form.text(name) for name in ("body", "exact", "prefix", "suffix")}
    if not form.is_ours:
        expired = {"form": _("Le formulaire avait expiré. Votre saisie est encore là : envoyez-le de nouveau.")}
        return await _show(page, id, typed=typed, errors=expired)
    try:
        await page.client(ContributionsClient).comment(
            str(id),
            typed["body"],
            token=token,
            exact=typed["exact"],
            prefix=typed["prefix"][-500:],
            suffix=typed["suffix"][:500],
        )
    except ServiceProblem as problem:
        return await _show(page, id, typed=typed, errors=_errors(problem))
    return page.go(page.href(f"/contributions/{id}/commentaires"), notice="commented")


@router.post("/commentaires/{comment_id:uuid}")
async def resolve(page: CurrentPage, form: PostedForm, id: UUID, comment_id: UUID) -> Response:
    """Say that a comment is dealt with, or open it again."""
    form.expect_ours()
    token = await page.needed_token()
    resolved = form.text("do") == "resolve"
    await page.client(ContributionsClient).resolve(str(id), str(comment_id), resolved, token=token)
    notice = "comment-resolved" if resolved else "comment-opened"
    return page.go(page.href(f"/contributions/{id}/commentaires"), notice=notice)


@router.post("/charge")
async def assign(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Give its review to an editor until a day, or leave it to whoever comes."""
    form.expect_ours()
    token = await page.needed_token()
    visitor = page.need_role("editor", "admin")
    taken = form.text("do") != "leave"
    version = form.text("version")
    editor = form.text("editor") or visitor.person
    # The list is asked for again: only who is an editor now is given a review.
    if taken and editor not in {one.id for one in await _editors(page, token)}:
        return await _show(page, id, errors={"editor": _(NO_EDITOR)})
    try:
        await page.client(ContributionsClient).assign(
            str(id),
            int(version) if version.isdecimal() else 0,
            editor if taken else None,
            (form.text("due_on") or None) if taken else None,
            token=token,
        )
    except ServiceProblem as problem:
        return await _show(page, id, errors=_errors(problem))
    return page.go(page.href(f"/contributions/{id}/commentaires"), notice="assigned" if taken else "unassigned")


async def _editors(page: Page, token: str) -> list[PersonRef]:
    """Who may be given a review, by name, the visitor among them; while identity is away nobody else."""
    visitor = page.need_role("editor", "admin")
    found = {visitor.person: PersonRef(id=visitor.person, name=visitor.name)}
    for role in ("editor", "admin"):
        cursor: str | None = None
        with contextlib.suppress(ServiceDown, ServiceProblem):
            for _batch in range(MOST_PAGES):
                people = await page.client(IdentityClient).people_of_role(role, token=token, cursor=cursor)
                found |= {one.id: one for one in people.items}
                cursor = people.next
                if cursor is None:
                    break
    return sorted(found.values(), key=lambda one: one.name.casefold())


def _errors(problem: ServiceProblem) -> dict[str, str]:
    if problem.status in (409, 412):
        return {"form": _("Ce texte a changé pendant que vous le regardiez. Le voici tel qu’il est.")}
    if problem.status != 422:
        raise problem
    errors: dict[str, str] = {}
    for error in problem.errors:
        name = error.field.rpartition(".")[2]
        refusal = REFUSALS.get(name)
        errors[name if refusal else "form"] = _(refusal) if refusal else error.message
    return errors


async def _show(
    page: Page,
    id: UUID,
    *,
    cursor: str = "",
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    token = await page.needed_token()
    client = page.client(ContributionsClient)
    contribution = await client.read(str(id), token=token)
    found = await client.comments(str(id), token=token, cursor=cursor or None)
    if page.visitor is None:
        raise HTTPException(404)
    may_assign = page.visitor.has_role("editor", "admin") and contribution.state in REVIEWED
    return await page.render(
        "contributions/comments.html",
        status=422 if errors else 200,
        contribution=contribution,
        found=found,
        is_first=not cursor,
        may_comment=page.visitor.has_role("editor", "admin") and contribution.state != "draft",
        may_assign=may_assign,
        editors=await _editors(page, token) if may_assign else [],
        typed=typed or dict.fromkeys(("body", "exact", "prefix", "suffix"), ""),
        errors=errors or {},
        labels=LABELS,
        sentence=sentence,
    )
