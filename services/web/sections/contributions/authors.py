"""Who writes a text: invited by a link, accepting, in order, leaving."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import Posted, PostedForm
from services.web.language import _
from services.web.page import CurrentPage, Page
from shared.clients.base import ServiceProblem
from shared.clients.contributions import Contribution, ContributionsClient, NewInvitation

router = APIRouter(route_class=PageRoute, prefix="/contributions")

FOR_EYES_ONLY = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
"""Of pages whose address or content is a secret. With ``no-referrer`` browsers would hide the form's origin too."""


@router.get("/invitation")
async def invitation(page: CurrentPage, jeton: str = "") -> Response:
    """What somebody is invited to, with the button that accepts."""
    token = await page.needed_token()
    try:
        found = await page.client(ContributionsClient).invited(jeton, token=token)
    except ServiceProblem as problem:
        if problem.status not in (410, 422):
            raise
        return await _over(page)
    visitor = page.visitor
    if visitor is not None and visitor.person in {one.id for one in found.authors}:
        return page.go(page.href(f"/contributions/{found.id}/auteurs"))
    return await page.render("contributions/invited.html", invited=found, jeton=jeton, headers=FOR_EYES_ONLY)


@router.post("/invitation")
async def accept(page: CurrentPage, form: PostedForm) -> Response:
    """Become an author."""
    form.expect_ours()
    token = await page.needed_token()
    try:
        joined = await page.client(ContributionsClient).accept_invitation(form.text("jeton"), token=token)
    except ServiceProblem as problem:
        if problem.status not in (409, 410, 422):
            raise
        return await _over(page)
    return page.go(page.href(joined.url), notice="joined")


@router.get("/{id:uuid}/auteurs")
async def authors(page: CurrentPage, id: UUID) -> Response:
    """Its authors, and for themselves what they may do about it."""
    return await _show(page, id)


@router.post("/{id:uuid}/auteurs")
async def change(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Invite, take an invitation back, move an author up, or leave."""
    form.expect_ours()
    token = await page.needed_token()
    client = page.client(ContributionsClient)
    what, _sep, whom = form.text("do").partition(":")
    version = int(form.text("version")) if form.text("version").isdecimal() else 0
    try:
        match what:
            case "invite":
                return await _show(page, id, made=await client.invite(str(id), form.text("note"), token=token))
            case "take-back":
                await client.take_back_invitation(str(id), str(UUID(whom)), token=token)
                notice = "invitation-taken-back"
            case "raise":
                await client.order_authors(str(id), version, _raised(form, whom), token=token)
                notice = "authors-ordered"
            case "leave" if page.visitor is not None:
                if not form.text("sure"):
                    return await _show(page, id, errors={"sure": _("Cochez la case pour confirmer que vous partez.")})
                await client.leave(str(id), version, page.visitor.person, token=token)
                return page.go(page.href("/mon-espace"), notice="left")
            case _:
                raise HTTPException(400)
    except ValueError:
        raise HTTPException(404) from None
    except ServiceProblem as problem:
        if problem.status not in (404, 409, 412, 422) or what not in ("invite", "take-back", "raise", "leave"):
            raise
        if problem.status == 404 and what != "take-back":
            raise
        return await _show(page, id, errors=_errors(what, problem))
    return page.go(page.href(f"/contributions/{id}/auteurs"), notice=notice)


def _raised(form: Posted, whom: str) -> list[str]:
    order = form.several("authors")
    place = order.index(whom)
    order.insert(max(0, place - 1), order.pop(place))
    return order


def _errors(what: str, problem: ServiceProblem) -> dict[str, str]:
    if any(error.field.endswith("note") for error in problem.errors):
        return {"note": _("Une ligne de cent signes au plus.")}
    if what == "invite" and problem.status == 409:
        return {
            "form": _(
                "On ne peut pas inviter plus pour l’instant : dix invitations attendent déjà, vingt auteurs signent, "
                "ou le texte est paru."
            )
        }
    return {"form": _("Ce texte a changé pendant que vous le regardiez. Le voici tel qu’il est.")}


async def _show(
    page: Page, id: UUID, *, made: NewInvitation | None = None, errors: dict[str, str] | None = None
) -> Response:
    token = await page.needed_token()
    client = page.client(ContributionsClient)
    contribution: Contribution = await client.read(str(id), token=token)
    if page.visitor is None or page.visitor.person not in {one.id for one in contribution.authors}:
        raise HTTPException(404)
    invitations = await client.invitations(str(id), token=token)
    link = page.absolute(page.href("/contributions/invitation", jeton=made.secret)) if made else ""
    return await page.render(
        "contributions/authors.html",
        status=422 if errors else 200,
        headers=FOR_EYES_ONLY if made else None,
        contribution=contribution,
        invitations=invitations.items,
        made=made,
        link=link,
        errors=errors or {},
        labels={"note": _("Pour qui ?"), "sure": _("Quitter ce texte")},
    )


async def _over(page: Page) -> Response:
    return await page.render("contributions/invitation_over.html", status=410, headers=FOR_EYES_ONLY)
