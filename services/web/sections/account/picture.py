"""One's picture: sent, taken away, and seen by everybody."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import PostedForm, posted_with_file
from services.web.language import _
from services.web.page import CurrentPage
from services.web.sections.account.answers import EXPIRED
from services.web.sections.account.profile import show_profile
from shared.clients.base import ServiceProblem
from shared.clients.identity import IdentityClient

router = APIRouter(route_class=PageRoute)

KEPT = "public, max-age=86400, immutable"
"""Another picture has another address; this one may be erased, which browsers learn within a day."""


@router.post("/mon-espace/photo")
async def show(page: CurrentPage, request: Request) -> Response:
    """Take a picture that was sent."""
    token = await page.needed_token()
    errors: dict[str, str] = {}
    try:
        form = await posted_with_file(request, page)
        sent = form.fields.get("picture")
        if not form.is_ours:
            errors["form"] = _(EXPIRED)
        elif not isinstance(sent, UploadFile) or not sent.size:
            errors["picture"] = _("Choisissez une image sur votre appareil.")
        else:
            await page.client(IdentityClient).show_picture(await sent.read(), token=token)
    except HTTPException as error:
        if error.status_code != 413:
            raise
        errors["picture"] = _("Cette image pèse trop : 1,9 Mo au plus.")
    except ServiceProblem as problem:
        if problem.status not in (413, 422):
            raise
        errors["picture"] = _(
            "Cette image ne convient pas : JPEG, PNG ou WebP, 1,9 Mo et 25 millions de pixels au plus."
        )
    if errors:
        return await show_profile(page, token, errors=errors)
    return page.go(page.href("/mon-espace/profil"), notice="picture-shown")


@router.post("/mon-espace/photo/retirer")
async def take_away(page: CurrentPage, form: PostedForm) -> Response:
    """Show no picture any more."""
    form.expect_ours()
    await page.client(IdentityClient).take_picture_away(token=await page.needed_token())
    return page.go(page.href("/mon-espace/profil"), notice="picture-gone")


@router.get("/personnes/{id:uuid}/portrait/{name}.webp")
async def portrait(page: CurrentPage, id: UUID, name: str) -> Response:
    """Somebody's picture, from our own address: no page loads anything from elsewhere."""
    if len(name) != 32 or not set(name) <= set("0123456789abcdef"):
        raise HTTPException(404)
    content = await page.client(IdentityClient).picture(str(id), name)
    return Response(content, media_type="image/webp", headers={"Cache-Control": KEPT})
