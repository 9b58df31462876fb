"""Accounts, for admins. What the services decide is never decided here: this only spares dead ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import Posted, PostedForm
from services.web.language import N_, _, current
from services.web.page import CurrentPage, Page
from services.web.vocabulary import ROLES
from shared.clients.base import ServiceProblem
from shared.clients.identity import Account, IdentityClient

router = APIRouter(route_class=PageRoute, prefix="/administration/comptes")

EVENTS = {
    "role-granted": N_("Rôle accordé"),
    "role-taken": N_("Rôle retiré"),
    "suspended": N_("Compte suspendu"),
    "restored": N_("Suspension levée"),
    "email-changed": N_("Adresse changée"),
    "provider-linked": N_("Identité d’un autre service reliée"),
    "provider-unlinked": N_("Identité d’un autre service déliée"),
    "erased": N_("Compte effacé"),
}
LABELS = {"reason": N_("Motif"), "role": N_("Rôle")}
_LAST_ADMIN = N_("C’est le dernier compte d’administration. Donnez d’abord ce rôle à quelqu’un d’autre.")
_OVERTAKEN = N_("Ce compte a changé pendant que vous le regardiez. Relisez, puis recommencez.")
_EXPIRED = N_("Le formulaire avait expiré. Envoyez-le de nouveau.")
_REASON = N_("Écrivez le motif, en mille signes au plus.")


@router.get("")
async def listed(page: CurrentPage, q: str = "", role: str = "", suspendus: str = "", cursor: str = "") -> Response:
    """Accounts, newest first, found by how their name or address begins, and by role."""
    page.need_role("admin")
    role = role if role in ROLES else ""
    found = await page.client(IdentityClient).accounts(
        token=await page.needed_token(),
        q=q.strip()[:200] or None,
        role=role or None,
        suspended=bool(suspendus),
        cursor=cursor or None,
    )
    asked = {"q": q.strip()[:200], "role": role, "suspendus": "1" if suspendus else ""}
    return await page.render("accounts/list.html", found=found, asked=asked, is_first=not cursor)


@router.get("/{id:uuid}")
async def account(page: CurrentPage, id: UUID, cursor: str = "") -> Response:
    """One account, and what was done to it."""
    page.need_role("admin")
    return await _account(page, str(id), {}, cursor=cursor)


@router.post("/{id:uuid}/roles")
async def change_role(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Grant a role or take it."""
    client, role = page.client(IdentityClient), form.text("role")
    takes = form.text("what") == "take"

    async def change(version: int, token: str) -> object:
        work = client.take_role if takes else client.grant_role
        return await work(str(id), role, version=version, token=token)

    if role not in ROLES:
        page.need_role("admin")
        return await _account(page, str(id), {"role": _("Choisissez un rôle.")})
    return await _changed(page, form, str(id), change, "role-taken" if takes else "role-granted")


@router.get("/{id:uuid}/suspendre")
async def ask_reason(page: CurrentPage, id: UUID) -> Response:
    """Say what a suspension does, and ask why."""
    page.need_role("admin")
    found = await _read(page, str(id))
    return await page.render("accounts/suspend.html", account=found, reason="", errors={}, labels=LABELS)


@router.post("/{id:uuid}/suspendre")
async def suspend(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Let somebody in no more."""
    page.need_role("admin")
    client, reason = page.client(IdentityClient), form.text("reason")

    async def change(version: int, token: str) -> object:
        return await client.suspend(str(id), reason, version=version, token=token)

    errors = await _try(page, form, change) if reason else {"reason": _(_REASON)}
    if not errors:
        return page.go(page.href(f"/administration/comptes/{id}"), notice="suspended")
    found = await _read(page, str(id))
    return await page.render(
        "accounts/suspend.html", status=422, account=found, reason=reason, errors=errors, labels=LABELS
    )


@router.post("/{id:uuid}/retour")
async def lift(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Let somebody in again."""
    client = page.client(IdentityClient)

    async def change(version: int, token: str) -> object:
        return await client.lift_suspension(str(id), version=version, token=token)

    return await _changed(page, form, str(id), change, "restored")


@router.get("/{id:uuid}/effacer")
async def ask_erasure(page: CurrentPage, id: UUID) -> Response:
    """Say what goes and what stays."""
    page.need_role("admin")
    return await page.render("accounts/erase.html", account=await _read(page, str(id)), errors={})


@router.post("/{id:uuid}/effacer")
async def erase(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Erase an account because its owner asked for it."""
    page.need_role("admin")
    client = page.client(IdentityClient)

    async def change(version: int, token: str) -> object:
        await client.erase(str(id), version=version, token=token, language=current())
        return None

    errors = await _try(page, form, change)
    if not errors:
        return page.go(page.href("/administration/comptes"), notice="erased-for")
    return await page.render("accounts/erase.html", status=422, account=await _read(page, str(id)), errors=errors)


_Change = Callable[[int, str], Awaitable[object]]


async def _changed(page: Page, form: Posted, id: str, change: _Change, notice: str) -> Response:
    page.need_role("admin")
    errors = await _try(page, form, change)
    if errors:
        return await _account(page, id, errors)
    return page.go(page.href(f"/administration/comptes/{id}"), notice=notice)


async def _try(page: Page, form: Posted, change: _Change) -> dict[str, str]:
    """Change the version that was looked at; what stood in its way, in words. Raises other problems."""
    version = form.text("version")
    if not form.is_ours:
        return {"form": _(_EXPIRED)}
    try:
        await change(int(version) if version.isdecimal() else 0, await page.needed_token())
    except ServiceProblem as problem:
        match problem.status:
            case 412:
                return {"form": _(_OVERTAKEN)}
            case 409 if problem.type.endswith(":last-admin"):
                return {"form": _(_LAST_ADMIN)}
            case 422:
                return {"reason": _(_REASON)}
        raise
    return {}


async def _read(page: Page, id: str) -> Account:
    return await page.client(IdentityClient).account(id, token=await page.needed_token())


async def _account(page: Page, id: str, errors: dict[str, str], *, cursor: str = "") -> Response:
    found = await _read(page, id)
    done = await page.client(IdentityClient).account_events(id, token=await page.needed_token(), cursor=cursor or None)
    context: dict[str, Any] = {"account": found, "done": done, "errors": errors, "events": EVENTS, "labels": LABELS}
    return await page.render("accounts/account.html", status=422 if errors else 200, is_first=not cursor, **context)
