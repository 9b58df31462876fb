"""Importing a schedule.json: a file, what it would change, and then the change.

Between the two pages the file travels in the form, packed: nothing of it is kept here before it is wanted.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import TOKEN_FIELD, ForeignForm, Posted, comes_from_us
from services.web.language import N_, _
from services.web.page import CurrentPage, Page, RoleNeeded
from services.web.sections.forums import times
from services.web.sections.forums.access import ROLES, may_save, organized
from services.web.sections.forums.conflicts import Conflict, conflicts_of
from services.web.sections.forums.words import FORUM_FIELDS, SESSION_FIELDS, ZONES
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.events import EventsClient, Forum, ScheduleDiff, ScheduleImport

router = APIRouter(route_class=PageRoute)

LARGEST = 1_500_000
"""Bytes of a file. The largest congress there was takes a megabyte."""
LABELS = {"file": N_("Fichier schedule.json"), "zone": N_("Fuseau horaire")}


class NoSchedule(Exception):
    """The file is none; says what to do."""


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where in the file."""

    path: str
    """JSON pointer (RFC 6901)."""
    message: str


@dataclass
class Refusal:
    """Why a file was not taken."""

    errors: dict[str, str] = field(default_factory=dict)
    faults: Sequence[Fault] = ()
    conflicts: Sequence[Conflict] = ()


async def sent_file(request: Request, page: CurrentPage) -> Posted:
    """Read a form with one file. Raises ForeignForm when a browser says that it comes from elsewhere."""
    if not comes_from_us(request, page):
        raise ForeignForm
    fields = await request.form(max_files=1, max_fields=20, max_part_size=LARGEST)
    token = fields.get(TOKEN_FIELD, "")
    return Posted(fields, isinstance(token, str) and page.is_own_form(token))


FormWithFile = Annotated[Posted, Depends(sent_file)]


@router.get("/forums/importer")
async def ask(page: CurrentPage) -> Response:
    """For a file; it says itself which forum it is of, if we know it."""
    await page.needed_token()
    page.need_role(*ROLES)
    return await _show(page, None)


@router.post("/forums/importer")
async def take(page: CurrentPage, form: FormWithFile) -> Response:
    """Show what it changes, or change it."""
    await page.needed_token()
    page.need_role(*ROLES)
    return await _take(page, form, None)


@router.get("/forums/{id:uuid}/importer")
async def ask_into(page: CurrentPage, id: UUID) -> Response:
    """For a file that changes this forum."""
    forum, _token = await organized(page, id)
    return await _show(page, forum)


@router.post("/forums/{id:uuid}/importer")
async def take_into(page: CurrentPage, form: FormWithFile, id: UUID) -> Response:
    """Show what it changes in this forum, or change it."""
    forum, _token = await organized(page, id)
    return await _take(page, form, forum)


async def _take(page: Page, form: Posted, forum: Forum | None) -> Response:
    token, errors = await may_save(page, form)
    zone = form.text("zone")
    if token is None or errors:
        return await _show(page, forum, zone=zone, refusal=Refusal(errors))
    try:
        document = unpacked(form.text("document")) if form.text("document") else await _read(form.fields.get("file"))
    except NoSchedule as error:
        return await _show(page, forum, zone=zone, refusal=Refusal({"file": str(error)}))

    async def imported(*, apply: bool) -> ScheduleImport:
        return await page.client(EventsClient).import_schedule(
            document, token=token, apply=apply, forum=forum.id if forum else None, zone=zone or None
        )

    try:
        would = await imported(apply=False)
        seen = form.text("seen")
        if seen and mark_of(would.diff) == seen:
            done = await imported(apply=True)
            return page.go(page.href(done.url or "/forums"), notice="imported")
    except (ServiceProblem, ServiceDown) as problem:
        return await _show(page, forum, zone=zone, refusal=_refusal(problem))
    return await _show(page, forum, zone=zone, would=would, document=packed(document), changed_since=bool(seen))


async def _read(sent: object) -> dict[str, Any]:
    """The file that was sent. Raises NoSchedule."""
    if not isinstance(sent, UploadFile) or not sent.filename:
        raise NoSchedule(_("Choisissez un fichier schedule.json."))
    content = await sent.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise NoSchedule(_("Ce fichier est trop grand : un million et demi d’octets au plus."))
    return parsed(content)


def parsed(content: bytes) -> dict[str, Any]:
    """The object a JSON file holds. Raises NoSchedule, saying at which line it stops being one."""
    try:
        found = json.loads(content)
    except UnicodeDecodeError as error:
        raise NoSchedule(_("Ce fichier n’est pas un texte en UTF-8.")) from error
    except json.JSONDecodeError as error:
        raise NoSchedule(
            _(
                "Ce fichier n’est pas du JSON : il cesse de l’être à la ligne %(line)d, signe %(column)d.",
                line=error.lineno,
                column=error.colno,
            )
        ) from error
    except (RecursionError, ValueError) as error:
        raise NoSchedule(_("Ce fichier n’est pas un programme : il devrait contenir un objet « schedule ».")) from error
    if not isinstance(found, dict) or "schedule" not in found:
        raise NoSchedule(_("Ce fichier n’est pas un programme : il devrait contenir un objet « schedule »."))
    return found


def packed(document: dict[str, Any]) -> str:
    """A document for a form to carry."""
    return base64.b64encode(zlib.compress(json.dumps(document, separators=(",", ":")).encode())).decode()


def unpacked(text: str) -> dict[str, Any]:
    """The document a form carried. Raises NoSchedule for what is none, or is larger than a file may be."""
    try:
        opened = zlib.decompressobj()
        content = opened.decompress(base64.b64decode(text, validate=True), 2 * LARGEST)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise NoSchedule(_("Choisissez un fichier schedule.json.")) from error
    if not opened.eof:
        raise NoSchedule(_("Ce fichier est trop grand : un million et demi d’octets au plus."))
    return parsed(content)


def mark_of(diff: ScheduleDiff) -> str:
    """A mark of what was shown, so that nothing else is applied."""
    return hashlib.sha256(diff.model_dump_json().encode()).hexdigest()


def _refusal(problem: ServiceProblem | ServiceDown) -> Refusal:
    """Raises RoleNeeded, ServiceProblem 404."""
    if isinstance(problem, ServiceDown) or problem.status >= 500:
        return Refusal({"form": _("L’importation ne répond pas. Rien n’a été changé : recommencez dans une minute.")})
    if problem.status == 403:
        raise RoleNeeded(*ROLES)
    if problem.status == 404:
        raise problem
    conflicts = conflicts_of(problem, ())
    if conflicts:
        said = _("Ce programme met deux sessions dans une salle à la même heure. Rien n’a été changé.")
        return Refusal({"file": said}, conflicts=conflicts)
    if problem.status == 409:
        return Refusal({"form": _("L’état de ce forum a changé : cela n’est plus possible.")})
    faults = [Fault(error.field, error.message) for error in problem.errors]
    if any(one.path.rpartition(".")[2] == "zone" or one.path.endswith("/time_zone_name") for one in faults):
        said = _("Dites dans quel fuseau horaire sont les heures de ce fichier, comme Europe/Paris.")
        return Refusal({"zone": said}, [one for one in faults if one.path.startswith("/")])
    said = _("Ce fichier a été refusé en entier ; rien n’a été changé. Voici où il est fautif.")
    return Refusal({"file": said if faults else problem.detail or problem.title}, faults)


async def _show(
    page: Page,
    forum: Forum | None,
    *,
    zone: str = "",
    refusal: Refusal | None = None,
    would: ScheduleImport | None = None,
    document: str = "",
    changed_since: bool = False,
) -> Response:
    shown_zone = zone or (forum.zone if forum else "Europe/Paris")
    if would is not None and would.forum and forum is None:
        token = await page.needed_token()
        forum = await page.client(EventsClient).read(would.forum, token=token)
        shown_zone = forum.zone
    return await page.render(
        "forums/import.html",
        status=422 if refusal else 200,
        forum=forum,
        zone=zone,
        shown_zone=shown_zone,
        zones=ZONES,
        refusal=refusal or Refusal(),
        would=would,
        document=document,
        seen=mark_of(would.diff) if would else "",
        changed_since=changed_since,
        labels=LABELS,
        forum_fields=FORUM_FIELDS,
        session_fields=SESSION_FIELDS,
        times=times,
        path=page.path,
    )
