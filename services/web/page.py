"""A page being answered: who asks, in which language, and how it is rendered."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

import structlog
from fastapi import Depends, Request
from pydantic import ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.web.language import LOCALES, current, prefix
from services.web.page_cache.following import cache_of
from services.web.page_cache.recording import recording
from services.web.page_cache.tags import NAMES
from services.web.section import Block, Place, discover
from services.web.sessions import Visitor
from services.web.site import Site
from shared.clients.base import ServiceClient, ServiceDown, ServiceProblem
from shared.clients.patience import at_most
from shared.http.access import Anyone

log = structlog.get_logger(__name__)

NOTICE_COOKIE = "demain_notice"
FORM_COOKIE = "demain_form"
BLOCK_DEADLINE = 4.0
"""Seconds a block may take before the page is shown without it."""
BLOCK_PATIENCE = 3.0
"""Seconds a block waits for other services; less, so that what did not answer counts against who was asked."""

ClientT = TypeVar("ClientT", bound=ServiceClient)
ResultT = TypeVar("ResultT")


class SignInNeeded(Exception):
    """Only somebody signed in may see this; signing in leads back."""


class RoleNeeded(Exception):
    """Only people with one of these roles may see this."""

    def __init__(self, *roles: str) -> None:
        super().__init__(", ".join(roles))
        self.roles = roles


@dataclass(frozen=True)
class Laid:
    """A block with what it shows, or without it when its service failed."""

    block: Block
    content: Mapping[str, Any] | None


class Page:
    """One request for a page, and everything its view needs."""

    def __init__(self, request: Request, site: Site, visitor: Visitor | None) -> None:
        self.request = request
        self.site = site
        self.visitor = visitor
        self.unverified = False
        """Whether it is shown as to a stranger because identity could not be asked who this is."""
        self._shared: dict[str, asyncio.Task[Any]] = {}
        self._form_secret = request.cookies.get(FORM_COOKIE, "")
        self._new_form_secret = False

    # What the view asks

    def client(self, kind: type[ClientT]) -> ClientT:
        """The client of another service."""
        return self.site.clients.of(kind)

    async def token(self) -> str | None:
        """An access token of the visitor; None for somebody not signed in.

        A session that identity ended makes the visitor anonymous for this page too.
        """
        if self.visitor is None:
            return None
        token = await self.once("token", self._token)
        if token is None:
            self.visitor = None
        return token

    async def _token(self) -> str | None:
        assert self.visitor is not None
        return await self.site.sessions.access_token(self.visitor)

    async def token_if_possible(self) -> str | None:
        """The same for pages anybody may read: None also while identity is away, or silent for a while.

        A session that is being renewed then goes on with that: half of it would end the session.
        """
        try:
            async with asyncio.timeout(BLOCK_PATIENCE):
                return await self.token()
        except (ServiceDown, ServiceProblem, TimeoutError) as error:
            log.warning("page shown as to a stranger", error=str(error) or type(error).__name__)
            self.unverified = True
            return None

    async def needed_token(self) -> str:
        """An access token. Raises SignInNeeded for somebody not signed in."""
        token = await self.token()
        if token is None:
            raise SignInNeeded
        return token

    def need_role(self, *roles: str) -> Visitor:
        """The visitor. Raises SignInNeeded, or RoleNeeded when none of ``roles`` is held."""
        if self.visitor is None:
            raise SignInNeeded
        if not self.visitor.has_role(*roles):
            raise RoleNeeded(*roles)
        return self.visitor

    def keep(self, **obeyed: str) -> None:
        """Have this page kept for anonymous readers, if it may be; ``obeyed`` is what of its query it obeyed.

        A value that was ignored is left out (or empty): addresses nobody links to are not kept.
        """
        recorder = recording()
        if recorder is not None:
            recorder.keep({name: value for name, value in obeyed.items() if value})

    async def once(self, key: str, fetch: Callable[[], Awaitable[ResultT]]) -> ResultT:
        """Fetch something that several blocks of this page want, one time."""
        task = self._shared.get(key)
        if task is None:
            task = self._shared[key] = asyncio.ensure_future(fetch())
            # Everybody who wanted it may have given up by then.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        result: ResultT = await asyncio.shield(task)
        return result

    # Addresses

    @property
    def path(self) -> str:
        """The path without its language."""
        return self.request.url.path

    def href(self, path: str, **query: Any) -> str:
        """A path of the site in the language of this page; empty values are left out of the query."""
        pairs = [
            (name.rstrip("_"), one)
            for name, value in query.items()
            for one in (value if isinstance(value, list | tuple) else [value])
            if one not in (None, "")
        ]
        return prefix() + (path if path != "/" or not prefix() else "") + (f"?{urlencode(pairs)}" if pairs else "")

    def here(self) -> str:
        """Path and query of this page, in its language."""
        query = self.request.url.query
        return self.href(self.path) + (f"?{query}" if query else "")

    def in_locale(self, locale: str) -> str:
        """This page in another language."""
        query = self.request.url.query if self.request.method in ("GET", "HEAD") else ""
        path = prefix(locale) + (self.path if self.path != "/" or not prefix(locale) else "")
        return path + (f"?{query}" if query else "")

    def absolute(self, path: str) -> str:
        """A full address, for others to keep."""
        base = self.site.public_url or f"{self.request.url.scheme}://{self.request.url.netloc}"
        return base + path

    # Forms

    def form_token(self) -> str:
        """What forms of this page carry; somebody not signed in gets it through a cookie of its own."""
        if self.visitor is not None:
            return self.visitor.form_token()
        if not self._form_secret:
            self._form_secret = secrets.token_urlsafe(24)
            self._new_form_secret = True
        return hashlib.sha256(b"form:" + self._form_secret.encode()).hexdigest()

    def is_own_form(self, token: str) -> bool:
        """Whether a posted form was made by this site for this browser."""
        if self.visitor is None and not self._form_secret:
            return False
        return secrets.compare_digest(token.encode(), self.form_token().encode())

    # Answers

    async def render(
        self,
        template: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **context: Any,
    ) -> HTMLResponse:
        """Answer with a template; ``page``, ``names`` and ``notice`` are added to ``context``."""
        notice = self.site.notices.get(self.request.cookies.get(NOTICE_COOKIE, ""))
        names = await self.site.names.read()
        names.missed = False
        recorder = recording()
        source = self.site.templates.get_template(template)
        html = source.render(page=self, names=names, notice=notice, **context)
        if names.missed:
            again = await self.site.names.read()
            if again is not names:
                names, again.missed = again, False
                html = source.render(page=self, names=names, notice=notice, **context)
        if recorder is not None and (names.missed or not names.heard):
            recorder.refuse("degraded")
        response = HTMLResponse(
            html,
            status_code=status,
            headers={
                "Content-Language": current(),
                "Cache-Control": "private, no-cache",
                "Vary": "Cookie",
                **(headers or {}),
            },
        )
        if NOTICE_COOKIE in self.request.cookies:
            response.delete_cookie(NOTICE_COOKIE, path="/")
        if self._new_form_secret:
            response.set_cookie(
                FORM_COOKIE, self._form_secret, secure=self.site.is_secure, httponly=True, samesite="strict"
            )
        return response

    def send(self, content: bytes, media_type: str, headers: Mapping[str, str] | None = None) -> Response:
        """Answer with a document that is the same for everybody: 304 to who has it already (RFC 9110, 13.1.2)."""
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        kept = {"ETag": tag, "Cache-Control": "public, no-cache", "Content-Language": current(), **(headers or {})}
        known = {one.strip().removeprefix("W/") for one in self.request.headers.get("if-none-match", "").split(",")}
        if known & {tag, "*"}:
            return Response(status_code=304, headers=kept)
        return Response(content, media_type=media_type, headers=kept)

    def go(self, path: str, *, notice: str | None = None, status: int = 303) -> RedirectResponse:
        """Send the browser to a path of the site (with its language already in it), with a notice to show."""
        response = RedirectResponse(path, status_code=status)
        if notice:
            response.set_cookie(
                NOTICE_COOKIE, notice, max_age=60, secure=self.site.is_secure, httponly=True, samesite="lax"
            )
        return response

    def start_session(self, response: Response, cookie: str) -> None:
        """Give the browser its session."""
        response.set_cookie(
            self.site.cookie,
            cookie,
            max_age=30 * 24 * 3600,
            secure=self.site.is_secure,
            httponly=True,
            samesite="lax",
            path="/",
        )

    def sign_in_browser(self) -> str:
        """What marks this browser while somebody signs in; empty before a sign-in was begun."""
        return self.request.cookies.get(self.site.sign_in_cookie, "")

    def mark_browser(self, response: Response, value: str) -> None:
        """Give the browser that mark; it comes along when another site sends the browser here."""
        response.set_cookie(
            self.site.sign_in_cookie, value, secure=self.site.is_secure, httponly=True, samesite="lax", path="/"
        )

    def end_session(self, response: Response) -> None:
        """Take it away, with what the browser kept of private pages."""
        response.delete_cookie(self.site.cookie, path="/", secure=self.site.is_secure, httponly=True, samesite="lax")
        response.headers["Clear-Site-Data"] = '"cache", "storage"'

    async def blocks(self, place: Place, subject: Any = None) -> Sequence[Laid]:
        """All blocks that sections offer for a place, fetched at the same time, in their order."""
        offered = sorted(
            (block for section in self.site.sections for block in section.blocks if block.place is place),
            key=lambda block: block.order,
        )
        laid = await asyncio.gather(*(self._lay(block, subject) for block in offered))
        return [one for one in laid if one is not None]

    async def _lay(self, block: Block, subject: Any) -> Laid | None:
        try:
            async with asyncio.timeout(BLOCK_DEADLINE):
                with at_most(BLOCK_PATIENCE):
                    content = await block.load(self, subject)
        except (ServiceDown, ServiceProblem, ValidationError, TimeoutError) as error:
            log.warning("block left out", block=block.template, error=str(error))
            if (recorder := recording()) is not None:
                recorder.refuse("degraded")
            return Laid(block, None)
        return None if content is None else Laid(block, content)

    # What templates ask

    def alternates(self) -> list[tuple[str, str]]:
        """Each language with the address of this page in it."""
        return [(locale, self.in_locale(locale)) for locale in LOCALES]


def site_of(request: Request) -> Site:
    """The site of the application, made at the first request."""
    state = request.app.state
    site: Site | None = getattr(state, "site", None)
    if site is None:
        resources = state.resources
        site = state.site = Site(
            resources.clients,
            resources.database.transaction,
            discover(),
            public_url=resources.settings.public_url,
            issuer=resources.site_url,
            secret=resources.site_secret,
            mailbox=resources.mailbox,
        )
        cache_of(resources).whenever(NAMES, site.names.forget)
    return site


async def page_of(request: Request, _: Anyone) -> Page:
    """The page of a request; kept on the request so that an error page knows the visitor too."""
    site = site_of(request)
    cookie = request.cookies.get(site.cookie)
    visitor = await site.sessions.find(cookie) if cookie else None
    page: Page = Page(request, site, visitor)
    request.state.page = page
    return page


CurrentPage = Annotated[Page, Depends(page_of)]
