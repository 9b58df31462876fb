"""How one service asks another: aiohttp with keep-alive, deadlines, and problems as exceptions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp
from pydantic import BaseModel, ConfigDict

from shared.runtime.arrival import handed_on
from shared.runtime.caller import forwarded_headers
from shared.runtime.correlation import outgoing_headers

ModelT = TypeVar("ModelT", bound=BaseModel)


class Answer(BaseModel):
    """What a service answered. Fields this client does not know are ignored, so services can grow."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class PersonRef(Answer):
    """A person as others name them."""

    id: str
    name: str


class FieldError(Answer):
    """One field that was not accepted, and why."""

    field: str
    message: str


@dataclass
class ServiceProblem(Exception):
    """The service answered with an error (RFC 9457 problem details)."""

    status: int
    type: str
    title: str
    detail: str = ""
    errors: tuple[FieldError, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    retry_after: int | None = None
    """Seconds after which it may be asked again, if it said so."""

    def __str__(self) -> str:
        return f"{self.status} {self.title}: {self.detail}"


class ServiceDown(Exception):
    """The service could not be reached, or did not answer before the deadline."""

    def __init__(self, service: str, why: str) -> None:
        super().__init__(f"{service} does not answer: {why}")
        self.service = service


def etag(version: int) -> str:
    """The entity tag of a version, as services write and read it."""
    return f'"{version}"'


def if_match(version: int) -> dict[str, str]:
    """The header that says which version is changed."""
    return {"If-Match": etag(version)}


class ServiceClient:
    """Base of the clients: one keep-alive pool per client, opened at the first call."""

    service: str = ""

    def __init__(self, base_url: str, *, deadline: float = 10.0, connections: int = 64) -> None:
        """``deadline`` is in seconds and covers the whole call."""
        self._base_url = base_url.rstrip("/")
        self._deadline = deadline
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        params: Mapping[str, str | int | list[str] | None] | None = None,
        json: Any = None,
        data: bytes | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        raw: bool = False,
    ) -> Any:
        """Send a request, with JSON, a form or the bytes of ``data``, and return the parsed JSON (None for no content).

        ``raw`` returns the bytes that came instead. Raises ServiceProblem for an answer of 400 or more, ServiceDown
        when there is none.
        """
        body = form if form is not None else data
        asked = self._ask(method, path, token=token, params=params, json=json, data=body, headers=headers)
        async with asked as response:
            if response.status == 204 or response.content_length == 0:
                return None
            return await response.read() if raw else await response.json()

    async def text(self, path: str, *, token: str | None = None) -> str:
        """GET what is not JSON, such as a calendar. Raises as `call` does."""
        async with self._ask("GET", path, token=token) as response:
            return await response.text()

    @asynccontextmanager
    async def _ask(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        params: Mapping[str, str | int | list[str] | None] | None = None,
        json: Any = None,
        data: bytes | Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                timeout=aiohttp.ClientTimeout(total=self._deadline, connect=2.0),
                # One session serves all callers: a cookie one of them was given is not the others'.
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        sent = {**outgoing_headers(), **forwarded_headers(), **handed_on(), **(headers or {})}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        try:
            async with self._session.request(
                method, self._base_url + path, params=_pairs(params), json=json, data=data, headers=sent
            ) as response:
                if response.status >= 400:
                    raise await _problem(response)
                yield response
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # ValueError: what came is no JSON, such as the page of a proxy in front of it.
            raise ServiceDown(self.service, str(error) or type(error).__name__) from error

    async def get(self, model: type[ModelT], path: str, **options: Any) -> ModelT:
        """GET and read the answer as ``model``."""
        return model.model_validate(await self.call("GET", path, **options))

    async def send(self, model: type[ModelT], method: str, path: str, **options: Any) -> ModelT:
        """Any other method, and read the answer as ``model``."""
        return model.model_validate(await self.call(method, path, **options))


def _pairs(params: Mapping[str, str | int | list[str] | None] | None) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in (params or {}).items():
        if isinstance(value, list):
            pairs += [(name, one) for one in value]
        elif value is not None and value != "":
            pairs.append((name, str(value)))
    return pairs


async def _problem(response: aiohttp.ClientResponse) -> ServiceProblem:
    try:
        body = await response.json(content_type=None)
        if not isinstance(body, dict):
            raise ValueError
        errors = tuple(FieldError.model_validate(one) for one in body.get("errors", ()))
    except (ValueError, TypeError):
        # Not a problem of ours: somebody in front of the service speaks.
        body, errors = {"detail": (await response.text(errors="replace"))[:500]}, ()
    known = {"type", "title", "detail", "status", "errors", "instance"}
    return ServiceProblem(
        status=response.status,
        type=str(body.get("type", "about:blank")),
        title=str(body.get("title", response.reason or "Error")),
        detail=str(body.get("detail", "")),
        errors=errors,
        extra={name: value for name, value in body.items() if name not in known},
        retry_after=_seconds(response.headers.get("Retry-After")),
    )


def _seconds(header: str | None) -> int | None:
    """``Retry-After`` in seconds; a date (RFC 9110, 10.2.3), which our services never send, is ignored."""
    return int(header) if header and header.isascii() and header.isdecimal() else None
