"""How one shows oneself."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import PostedForm
from services.web.language import _
from services.web.page import CurrentPage, Page
from services.web.sections.account.answers import EXPIRED, refused
from shared.clients.base import ServiceProblem
from shared.clients.identity import IdentityClient

router = APIRouter(route_class=PageRoute)

FIELDS = ("display_name", "affiliation", "orcid", "biography")


@router.get("/mon-espace/profil")
async def profile_form(page: CurrentPage) -> Response:
    """The profile as it is."""
    return await show_profile(page, await page.needed_token(), errors={})


async def show_profile(page: Page, token: str, *, errors: dict[str, str]) -> Response:
    """The page with the profile as it is stored."""
    me = await page.client(IdentityClient).me(token)
    filled = {name: getattr(me, name) or "" for name in FIELDS}
    status = 422 if errors else 200
    return await page.render(
        "account/profile.html", status=status, me=me, filled=filled, version=me.version, errors=errors
    )


@router.post("/mon-espace/profil")
async def edit_profile(page: CurrentPage, form: PostedForm) -> Response:
    """Keep what was changed; what somebody changed elsewhere meanwhile is not overwritten unseen."""
    token = await page.needed_token()
    filled = {name: form.text(name) for name in FIELDS}
    version = form.text("version")
    errors: dict[str, str] = {}
    status = 422
    identity = page.client(IdentityClient)
    if not form.is_ours:
        errors["form"] = _(EXPIRED)
    elif not filled["display_name"]:
        errors["display_name"] = _("Écrivez le nom sous lequel on vous lira.")
    else:
        try:
            me = await identity.edit_profile(int(version) if version.isdecimal() else 0, filled, token=token)
        except ServiceProblem as problem:
            if problem.status == 412:
                status, version = 412, str((await identity.me(token)).version)
                errors["form"] = _(
                    "Votre profil a été modifié ailleurs entre-temps. Relisez, puis enregistrez de nouveau."
                )
            else:
                status, errors = refused(problem)
        else:
            assert page.visitor is not None
            await page.site.sessions.rename(page.visitor, me.display_name)
            return page.go(page.href("/mon-espace"), notice="profile-kept")
    return await page.render(
        "account/profile.html",
        status=status,
        me=await identity.me(token),
        filled=filled,
        version=version,
        errors=errors,
    )
