"""The proxy of ``deploy/proxy``, in front of services that say who was asked for what by whom."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from services.registry import SERVICES
from shared.runtime.caller import address_of
from shared.runtime.front import PROBES, Front
from shared.runtime.metrics import Metrics
from shared.runtime.servers import Serving, listen
from tests.deploy.local import START, Processes, caddy_files, need_caddy, without_demain
from tests.support.ports import free_port

PATIENCE = 60.0
"""Seconds an answer may take on a machine with other work."""
FORGED = "203.0.113.9"
VISITOR = "127.0.0.2"
"""Another address of this machine, so that the visitor's is not the proxy's."""
UPSTREAM = "(upstream) {\n"
"""Where the Caddyfile says how requests are handed on."""


def echo(service: str) -> ASGIApp:
    """Says what has arrived at a service."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        answer = {
            "service": service,
            "path": scope["path"],
            "forwarded": request.headers.getlist("x-forwarded-for"),
            "caller": address_of(scope, trusted_proxies=1),
        }
        await JSONResponse(answer)(scope, receive, send)

    return app


async def nothing_to_say() -> list[Any]:
    """How a service without parts is."""
    return []


@dataclass(frozen=True)
class Answer:
    """What a visitor got."""

    status: int
    body: str

    @property
    def echoed(self) -> dict[str, Any]:
        """What the service saw."""
        assert self.status == 200, self
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Door:
    """The proxy, running."""

    port: int
    processes: Processes = field(repr=False)

    async def get(self, target: str, *headers: str) -> Answer:
        """Ask for exactly that, as no well-behaved client would write it."""
        return await asyncio.wait_for(self._get(target, headers), PATIENCE)

    async def _get(self, target: str, headers: tuple[str, ...]) -> Answer:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(VISITOR, 0))
        lines = (f"GET {target} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Connection: close", *headers, "", "")
        writer.write("\r\n".join(lines).encode("latin-1"))
        await writer.drain()
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        return Answer(int(head.split()[1]), body.decode(errors="replace"))


@asynccontextmanager
async def door(folder: Path, *, more: str = "", hidden: str = " ".join(PROBES)) -> AsyncIterator[Door]:
    """The proxy before a front of each service; ``more`` and ``hidden`` are slips in its configuration."""
    need_caddy()
    async with AsyncExitStack() as stack:
        ports = {}
        for service in SERVICES:
            apps = {prefix: echo(service.name) for prefix in service.prefixes}
            front = Front(apps, metrics=Metrics(), health=nothing_to_say, behind_proxy=True)
            serving = Serving(front, listen("127.0.0.1", 0), deadline=5)
            await serving.start()
            stack.push_async_callback(serving.stop)
            ports[service.name] = serving.port
        public = free_port()
        caddyfile = caddy_files(folder / "proxy", ports)
        written = caddyfile.read_text()
        assert written.count(UPSTREAM) == 1
        caddyfile.write_text(written.replace(UPSTREAM, UPSTREAM + more))
        generated = folder / "proxy" / "routes.caddy"
        generated.write_text(generated.read_text().replace(" ".join(PROBES), hidden))
        processes = Processes(folder / "output.txt")
        stack.push_async_callback(processes.stop)
        command = ["caddy", "run", "--config", str(caddyfile), "--adapter", "caddyfile"]
        rooms = {"XDG_DATA_HOME": str(folder / "data"), "XDG_CONFIG_HOME": str(folder / "config")}
        environment = {**without_demain(), **rooms, "DEMAIN_SITE_ADDRESS": f":{public}"}
        processes.start("proxy", command, environment)
        await asyncio.wait_for(processes.all_answer({"proxy": f"http://127.0.0.1:{public}/robots.txt"}), START)
        yield Door(public, processes)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def proxy(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    async with door(tmp_path_factory.mktemp("proxy")) as opened:
        yield opened


def spellings(probe: str) -> list[str]:
    """Ways to write a path that might mean the same to whoever stands behind."""
    name = probe[1:]
    return [
        probe,
        f"{probe}?from=outside",
        f"{probe}/",
        f"{probe}//",
        f"/{probe}",
        f"//{probe}",
        f"/.{probe}",
        f"/api/..{probe}",
        f"/api/search/../..{probe}",
        f"/%2e{probe}",
        f"/api/%2e%2e{probe}",
        f"/%{ord(name[0]):02x}{name[1:]}",
        f"/%{ord(name[0]):02X}{name[1:]}",
        "/" + "".join(f"%{ord(one):02x}" for one in name),
        f"/%2f{name}",
        f"/%252f{name}",
        f"%2f{name}",
        f"/\\{name}",
        f"/%5c{name}",
        f"/{name.upper()}",
        f"/{name.title()}",
        f"{probe};a=b",
        f"{probe}%00",
        f"{probe}%20",
        f"{probe}%23",
        f"{probe}%3f",
        f"http://127.0.0.1{probe}",
        f"http://metrics.example{probe}",
    ]


@pytest.mark.parametrize("probe", PROBES)
async def test_how_the_services_are_is_nobodys_business(proxy: Door, probe: str) -> None:
    for target in spellings(probe):
        answer = await proxy.get(target)
        if answer.status == 200:  # it came through, and what stands behind took it for something else
            assert answer.echoed["path"] not in PROBES, f"{target} is answered by a probe"
        else:
            assert answer.status in {400, 404}, f"{target}: {answer}"
        assert not any(told in answer.body for told in ("demain_", '"live"', '"parts"')), f"{target}: {answer}"


@pytest.mark.parametrize("probe", PROBES)
async def test_the_plain_spelling_is_answered_by_the_proxy_itself(proxy: Door, probe: str) -> None:
    assert await proxy.get(probe) == Answer(404, "")


async def test_control_without_the_rule_a_probe_answers(tmp_path: Path) -> None:
    async with door(tmp_path, hidden="/nothing") as opened:
        answer = await opened.get("/metrics")
        assert answer.status == 200 and "demain_" in answer.body


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (f"X-Forwarded-For: {FORGED}",),
        (f"x-forwarded-for: {FORGED}, 198.51.100.7", f"X-FORWARDED-FOR: {FORGED}"),
        (f"X-Forwarded-For: {FORGED}", "Connection: x-forwarded-for"),
        (f"X-Forwarded-For:\t{FORGED},",),
        (f"X-Forwarded_For: {FORGED}", f"Forwarded: for={FORGED}", f"X-Real-IP: {FORGED}"),
    ],
)
async def test_nobody_says_who_they_are_themselves(proxy: Door, headers: tuple[str, ...]) -> None:
    for service in SERVICES:
        seen = (await proxy.get(sorted(service.prefixes)[0], *headers)).echoed
        assert (seen["service"], seen["forwarded"], seen["caller"]) == (service.name, [VISITOR], VISITOR)


async def test_control_a_proxy_that_believes_its_callers_hands_on_what_they_say(tmp_path: Path) -> None:
    async with door(tmp_path, more="\ttrusted_proxies 127.0.0.0/8\n") as opened:
        seen = (await opened.get("/", f"X-Forwarded-For: {FORGED}")).echoed
        assert FORGED in ",".join(seen["forwarded"])


async def test_each_declared_path_leads_to_its_owner(proxy: Door) -> None:
    for service in SERVICES:
        for prefix in service.prefixes:
            for target in (prefix, f"{prefix.rstrip('/')}/below/it?q=1"):
                seen = (await proxy.get(target)).echoed
                assert (seen["service"], seen["path"]) == (service.name, target.partition("?")[0])


async def test_what_only_begins_like_a_path_is_not_its_owners(proxy: Door) -> None:
    """A prefix is whole segments: the site gets the rest, and answers what nobody declares below /api/ with 404."""
    for service in SERVICES:
        for prefix in service.prefixes:
            if prefix == "/":
                continue
            answer = await proxy.get(f"{prefix}x")
            if prefix.startswith("/api/"):
                assert answer.status == 404 and "problem:not-found" in answer.body, prefix
            else:
                assert answer.echoed["service"] == "web", prefix
