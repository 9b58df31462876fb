"""What is shown when a page cannot be: each case says what happened and what to do now."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.web import dates
from services.web.forms import ForeignForm, StaleForm
from services.web.language import N_
from services.web.page import Page, RoleNeeded, SignInNeeded, site_of
from shared.clients.base import ServiceDown, ServiceProblem
from shared.http.access import check_declared
from shared.http.problems import Problem
from shared.runtime.correlation import correlation_id

log = structlog.get_logger(__name__)

LARGEST_FORM = 2_000_000
"""Bytes of a posted form, unless its route says otherwise."""


@dataclass(frozen=True)
class Trouble:
    """An error page: message ids."""

    status: int
    title: str
    sentence: str
    advice: str = ""


NOT_FOUND = Trouble(
    404,
    N_("Cette page n’existe pas"),
    N_("L’adresse a peut-être été mal recopiée, ou la page n’a jamais existé."),
    N_("Cherchez ce que vous vouliez lire : les titres et les textes publiés s’y trouvent tous."),
)
FORBIDDEN = Trouble(
    403,
    N_("Cette page ne vous est pas ouverte"),
    N_("Votre compte n’a pas le rôle qu’elle demande."),
    N_("Si vous pensez que c’est une erreur, écrivez à la rédaction depuis l’adresse de votre compte."),
)
GONE = Trouble(
    410,
    N_("Cette page a été retirée"),
    N_("Elle a existé, et son auteur ou la rédaction l’a retirée."),
    N_("Une recherche mènera peut-être à un texte voisin."),
)
TOO_MANY = Trouble(
    429,
    N_("Un peu trop vite"),
    N_("Trop de demandes sont arrivées de chez vous en peu de temps."),
    N_("Rien n’a été perdu. Rechargez alors cette page, ou recommencez ce que vous faisiez."),
)
CONFLICT = Trouble(
    409,
    N_("Quelqu’un vous a devancé"),
    N_("L’état de ce texte a changé pendant que vous le regardiez."),
    N_("Revenez au texte : il vous dira où il en est et ce que vous pouvez encore faire."),
)
REFUSED = Trouble(
    400,
    N_("Cette demande n’est pas comprise"),
    N_("Une partie de l’adresse ou du formulaire n’a pas la forme attendue."),
    N_("Revenez à la page d’avant et recommencez."),
)
FOREIGN = Trouble(
    403,
    N_("Ce formulaire ne vient pas de ce site"),
    N_("Il a été envoyé par un autre site ; rien n’a été fait."),
    N_("Si vous vouliez vraiment le faire, recommencez depuis les pages de Demain."),
)
STALE = Trouble(
    403,
    N_("Ce formulaire a expiré"),
    N_("Il a été ouvert avant votre dernière connexion ; rien n’a été fait."),
    N_("Revenez à la page d’avant, rechargez-la et recommencez."),
)
DOWN = Trouble(
    503,
    N_("Cette partie du site ne répond pas"),
    N_("Ce n’est pas vous. Le reste du site marche, et rien de ce que vous avez enregistré n’est perdu."),
    N_("Recommencez dans une minute."),
)
BROKEN = Trouble(
    500,
    N_("Une erreur de notre côté"),
    N_("Ce n’est pas vous. L’erreur est notée, avec le numéro ci-dessous."),
    N_("Recommencez dans une minute ; si cela dure, envoyez-nous ce numéro."),
)

_BY_STATUS = {404: NOT_FOUND, 403: FORBIDDEN, 410: GONE, 429: TOO_MANY, 409: CONFLICT, 412: CONFLICT}


def trouble_of(error: Exception) -> Trouble:
    """The page for an error; whatever nobody foresaw is ours."""
    match error:
        case ServiceProblem(status=status) | HTTPException(status_code=status):
            if status in _BY_STATUS:
                return _BY_STATUS[status]
            return REFUSED if status < 500 else DOWN
        case Problem(kind=kind):
            return _BY_STATUS.get(kind.status, REFUSED if kind.status < 500 else DOWN)
        case ServiceDown() | OperationalError() | InterfaceError() | ConnectionError() | TimeoutError():
            return DOWN
        case RoleNeeded():
            return FORBIDDEN
        case ForeignForm():
            return FOREIGN
        case StaleForm():
            return STALE
        case RequestValidationError():
            in_path = any(one["loc"][:1] == ("path",) for one in error.errors())
            return NOT_FOUND if in_path else REFUSED
        case _:
            return BROKEN


class PageRoute(APIRoute):
    """Route of a page: its errors are pages too. Raises AccessNotDeclared unless it says who may call it."""

    def __init__(self, *args: Any, max_body_size: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, max_body_size=LARGEST_FORM if max_body_size is None else max_body_size, **kwargs)
        check_declared(self)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler of FastAPI."""
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except Exception as error:
                return await error_page(request, error)

        return answer


def _wait(error: Exception) -> int:
    """Seconds after which asking again makes sense: what was said, else a minute."""
    match error:
        case ServiceProblem(retry_after=int(seconds)):
            return seconds
        case Problem(headers={"Retry-After": seconds}) if seconds.isdecimal():
            return int(seconds)
        case _:
            return 60


async def error_page(request: Request, error: Exception) -> Response:
    """Answer an error. Somebody whose sign-in is over is sent to sign in again, and back."""
    page: Page = getattr(request.state, "page", None) or Page(request, site_of(request), None)
    if isinstance(error, ServiceProblem) and error.status == 401 and page.visitor is not None:
        await page.site.sessions.forget(page.visitor)
        page.visitor = None
        error = SignInNeeded()
    if isinstance(error, SignInNeeded):
        back = page.here() if request.method in ("GET", "HEAD") else None
        return page.go(page.href("/connexion", suite=back))
    trouble = trouble_of(error)
    if trouble is BROKEN:
        log.error("page failed", path=request.url.path, exc_info=error)
    elif trouble is DOWN:
        log.warning("page without its service", path=request.url.path, error=str(error))
    headers: dict[str, str] = {}
    wait = 0
    if trouble.status in (429, 503):
        wait = _wait(error)
        headers["Retry-After"] = str(wait)
    return await page.render(
        "error.html",
        status=trouble.status,
        headers=headers,
        trouble=trouble,
        back_in=dates.back_in(wait) if trouble is TOO_MANY else "",
        reference=correlation_id() if trouble is BROKEN else None,
    )
