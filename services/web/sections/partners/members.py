"""Who belongs to an organization: members, invitations, and accepting one by its link."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import PostedForm
from services.web.language import N_, _
from services.web.page import CurrentPage, Page, SignInNeeded
from services.web.sections.partners.access import EXPIRED
from services.web.sections.partners.words import MEMBERS
from shared.clients.base import ServiceProblem
from shared.clients.partners import Invited, NewInvitation, PartnersClient

router = APIRouter(route_class=PageRoute, prefix="/organisations")

SECRET = {"Referrer-Policy": "same-origin", "Cache-Control": "no-store"}
"""Headers of pages that hold a secret. With ``no-referrer`` browsers would hide the form's origin too."""
LAST_OWNER = N_("Une organisation garde au moins un responsable : nommez-en d’abord un autre.")


@router.get("/invitation")
async def invited(page: CurrentPage, jeton: str = "") -> Response:
    """What a link invites to, for somebody signed in."""
    if page.visitor is None:
        raise SignInNeeded
    return await _ask(page, jeton)


@router.post("/invitation")
async def accept(page: CurrentPage, form: PostedForm) -> Response:
    """Become a member."""
    token, secret = await page.needed_token(), form.text("jeton")
    if not form.is_ours:
        return await _ask(page, secret, {"form": _(EXPIRED)})
    try:
        organization = await page.client(PartnersClient).accept_invitation(secret, token=token)
    except ServiceProblem as problem:
        if problem.status not in (404, 410, 422):
            raise
        return await _ask(page, secret)
    return page.go(page.href(organization.url), notice="organization-joined")


async def _ask(page: Page, secret: str, errors: dict[str, str] | None = None) -> Response:
    token = await page.needed_token()
    found: Invited | None = None
    try:
        found = await page.client(PartnersClient).look_up_invitation(secret, token=token)
    except ServiceProblem as problem:
        if problem.status not in (404, 410, 422):
            raise
    return await page.render(
        "partners/invitation.html",
        status=410 if found is None else 422 if errors else 200,
        headers=SECRET,
        invited=found,
        secret=secret,
        roles=MEMBERS,
        errors=errors or {},
    )


@router.get("/{id:uuid}/membres")
async def members(page: CurrentPage, id: UUID, cursor: str = "") -> Response:
    """Who belongs to it, and who is invited."""
    return await _show(page, id, cursor=cursor)


@router.post("/{id:uuid}/membres")
async def change(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Invite somebody, take an invitation back, change what a member is, take one out, or leave."""
    form.expect_ours()
    token, client = await page.needed_token(), page.client(PartnersClient)
    assert page.visitor is not None
    organization, person, do = str(id), form.text("person"), form.text("do")
    here = page.href(f"/organisations/{id}/membres")
    try:
        match do:
            case "invite":
                role = "owner" if form.text("role") == "owner" else "member"
                made = await client.invite(organization, token=token, role=role, note=form.text("note"))
                return await _show(page, id, made=made)
            case "revoke":
                await client.revoke_invitation(organization, form.text("invitation"), token=token)
                return page.go(here, notice="invitation-revoked")
            case "owner" | "member":
                await client.set_role(organization, person, do, token=token)
                return page.go(here, notice="partners-changed")
            case _:
                await client.remove_member(organization, person, token=token)
    except ServiceProblem as problem:
        if problem.status not in (409, 422):
            raise
        is_last = problem.type.endswith(":last-owner")
        words = _(LAST_OWNER) if is_last else _("Trop d’invitations sont ouvertes, ou celle-ci ne convient pas.")
        return await _show(page, id, errors={"note" if do == "invite" else "form": words})
    left = person == page.visitor.person
    return page.go(page.href("/mon-espace") if left else here, notice="organization-left" if left else "member-out")


async def _show(
    page: Page,
    id: UUID,
    *,
    cursor: str = "",
    made: NewInvitation | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    token, client = await page.needed_token(), page.client(PartnersClient)
    organization = await client.organization(str(id), token=token)
    found = await client.members(str(id), token=token, cursor=cursor or None)
    may_invite = "invite" in organization.actions or organization.membership == "owner"
    return await page.render(
        "partners/members.html",
        status=422 if errors else 200,
        headers=SECRET if made else None,
        organization=organization,
        found=found,
        is_first=not cursor,
        invitations=await client.invitations(str(id), token=token) if may_invite else None,
        link=page.absolute(page.href("/organisations/invitation", jeton=made.token)) if made else "",
        made=made,
        roles=MEMBERS,
        errors=errors or {},
    )
