"""How one service asks another: aiohttp with keep-alive, deadlines, and problems as exceptions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import aiohttp
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.clients.circuit import Circuit, CircuitOpen
from shared.clients.listening import tell_answered, tell_asked
from shared.clients.patience import patience
from shared.runtime.arrival import handed_on
from shared.runtime.caller import forwarded_headers
from shared.runtime.correlation import outgoing_headers
from shared.runtime.logging import loggable
from shared.runtime.telemetry import NAMESPACE, Attributes, Kind, is_on, step

ModelT = TypeVar("ModelT", bound=BaseModel)

CONNECT = 2.0
"""Seconds to connect, or to wait for a free connection of the pool."""


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


GATEWAY = frozenset({502, 503, 504})
"""What a proxy says for a service that does not answer it. Ours say it in problem+json, and are there then."""
SAFE = frozenset({"GET", "HEAD"})


class ServiceDown(Exception):
    """The service could not be reached, did not answer in time, or was not asked because it did not lately."""

    def __init__(self, service: str, why: str) -> None:
        super().__init__(f"{service} does not answer: {why}")
        self.service = service


class _Unreached(aiohttp.ClientError):
    """Somebody in front of the service answered for it."""


def etag(version: int) -> str:
    """The entity tag of a version, as services write and read it."""
    return f'"{version}"'


def if_match(version: int) -> dict[str, str]:
    """The header that says which version is changed."""
    return {"If-Match": etag(version)}


class ServiceClient:
    """Base of the clients: one keep-alive pool per client, opened at the first call.

    Nobody sends POST or PATCH a second time: that it failed does not mean that it had no effect.
    """

    service: str = ""

    def __init__(
        self, base_url: str, *, deadline: float = 10.0, connections: int = 64, circuit: Circuit | None = None
    ) -> None:
        """``deadline`` is in seconds and covers the whole call; clients of one service share a ``circuit``."""
        self.circuit = circuit or Circuit()
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
        parsed: bool = True,
    ) -> Any:
        """Send a request, with JSON, a form or the bytes of ``data``, and return the parsed JSON (None for no content).

        Not ``parsed`` it is the bytes of the JSON; ``raw`` returns the bytes of whatever came. Raises ServiceProblem
        for an answer of 400 or more, ServiceDown when there is none.
        """
        body = form if form is not None else data
        asked = self._ask(method, path, token=token, params=params, json=json, data=body, headers=headers)
        async with asked as response:
            if response.status == 204 or response.content_length == 0:
                return None
            if raw:
                return await response.read()
            if parsed:
                return await response.json()
            if not response.content_type.endswith("json"):
                raise _Unreached(f"no JSON came, but {response.content_type}")
            return await response.read()

    async def text(self, path: str, *, token: str | None = None) -> str:
        """GET what is not JSON, such as a calendar. Raises as `call` does."""
        async with self._ask("GET", path, token=token) as response:
            return await response.text()

    @asynccontextmanager
    async def _ask(self, method: str, path: str, **options: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        """Ask, as a step of the trace."""
        tell_asked(method, path, options)
        with step(method, Kind.CLIENT, attributes=self._asked(method, path) if is_on() else None) as asking:
            try:
                async with self._exchange(method, path, **options) as response:
                    asking.note("http.response.status_code", response.status)
                    yield response
            except ServiceProblem as problem:
                asking.note("http.response.status_code", problem.status)
                raise

    def _asked(self, method: str, path: str) -> Attributes:
        where = urlsplit(self._base_url)
        return {
            "http.request.method": method,
            "url.full": self._base_url + loggable(path),
            "server.address": where.hostname or "",
            "server.port": where.port or (443 if where.scheme == "https" else 80),
            "peer.service": f"{NAMESPACE}-{self.service}",
        }

    @asynccontextmanager
    async def _exchange(
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
                # One session serves all callers: a cookie one of them was given is not the others'.
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        sent = {**outgoing_headers(), **forwarded_headers(), **handed_on(), **(headers or {})}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        # What changes something is not given up half way because a page is in a hurry.
        seconds = patience(self._deadline) if method in SAFE else self._deadline
        if seconds <= 0:
            raise ServiceDown(self.service, "there was no time left to ask it")
        with self._counted():
            async with self._session.request(
                method,
                self._base_url + path,
                params=_pairs(params),
                json=json,
                data=data,
                headers=sent,
                timeout=aiohttp.ClientTimeout(total=seconds, connect=min(seconds, CONNECT)),
            ) as response:
                if response.status in GATEWAY and not response.content_type.endswith("json"):
                    raise _Unreached(f"a proxy in front of it answers {response.status}")
                if response.status >= 400:
                    raise await _problem(response)
                yield response

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """One call, if the circuit lets it, which learns whether anybody answered. Raises ServiceDown."""
        try:
            leave = self.circuit.enter()
        except CircuitOpen as refusal:
            raise ServiceDown(
                self.service,
                f"it did not lately, and was not asked; a call tries in {refusal.seconds:.1f} s"
                if refusal.seconds
                else "it did not lately, and was not asked; another call is trying",
            ) from None
        try:
            yield
            leave.succeeded()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            leave.failed()
            raise ServiceDown(self.service, str(error) or type(error).__name__) from error
        except ValueError as error:
            # What came is no JSON, such as the page of a proxy in front of it. Somebody answered, at least.
            leave.succeeded()
            raise ServiceDown(self.service, str(error) or type(error).__name__) from error
        except Exception:
            leave.succeeded()
            raise
        finally:
            leave.abandoned()

    async def get(self, model: type[ModelT], path: str, **options: Any) -> ModelT:
        """GET and read the answer as ``model``."""
        answer = await self.send(model, "GET", path, **options)
        tell_answered(path, options, answer)
        return answer

    async def send(self, model: type[ModelT], method: str, path: str, **options: Any) -> ModelT:
        """Any other method, and read the answer as ``model``."""
        content = await self.call(method, path, parsed=False, **options)
        if content is None:
            return model.model_validate(None)
        try:
            # Straight into the model: by way of dicts and lists, a schedule takes twice as long.
            return model.model_validate_json(content)
        except ValidationError as error:
            if any(one["type"] == "json_invalid" for one in error.errors(include_url=False, include_input=False)):
                raise ServiceDown(self.service, "what came is no JSON") from error
            raise


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
