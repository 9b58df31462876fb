"""What a running service has at hand."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from starlette.requests import HTTPConnection

from shared.auth.denials import Denials, NobodyDenied
from shared.auth.tokens import TokenVerifier
from shared.clients.directory import Clients
from shared.mail.port import Mailbox, MailPort
from shared.messaging.log import Log
from shared.runtime.metrics import Metrics
from shared.search_index.port import SearchIndex
from shared.settings import Settings
from shared.storage.database import Database

P = ParamSpec("P")
T = TypeVar("T")


class CpuPool:
    """Work above a few milliseconds (Argon2, Markdown) that must not hold up the event loop.

    Threads: hashing and sanitizing release the interpreter lock, and where Python itself works (Markdown) the
    event loop gets its turn every few milliseconds. Bounded, so that a flood of it cannot take all the machine.
    """

    def __init__(self, threads: int = 2) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="cpu")

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do it there and wait for the result."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: work(*args, **kwargs))

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False, cancel_futures=True)


@dataclass
class Resources:
    """The platform as one service sees it."""

    settings: Settings
    database: Database
    log: Log
    clients: Clients
    tokens: TokenVerifier
    metrics: Metrics
    cpu: CpuPool = field(default_factory=CpuPool)
    index: SearchIndex | None = None
    """Only for a service with a projection."""
    mail: MailPort | None = None
    """Where mails go; None where nothing sends any."""
    mailbox: Mailbox | None = None
    """Mails kept on this machine, where the site may show them."""
    site_url: str = ""
    """How people reach the site: for links in mails, and the name under which identity vouches for people."""
    denials: Denials = field(default_factory=NobodyDenied)
    """Whom to refuse although their token is good."""
    site_secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    """What the site shows identity to prove that it is the site."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set before the servers stop: what streams an answer ends it, so that nobody waits for it."""
    own: dict[str, object] = field(default_factory=dict)
    """What the service's own lifespan put there."""


def resources_of(connection: HTTPConnection) -> Resources:
    """The resources of the app a request came to."""
    resources: Resources = connection.app.state.resources
    return resources
