"""The only module that reads the mode: which database server, log and index a process uses.

Each is switched on its own by its own variable; combinations that cannot work are refused here, in one
sentence that says what to change.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parseaddr

import asyncpg
from sqlalchemy.exc import ArgumentError

from shared.clients.identity import IdentityClient
from shared.mail.folder_mail import FolderMail
from shared.mail.port import Mailbox, MailPort
from shared.mail.smtp_mail import SmtpMail, SmtpServer
from shared.messaging.log import Log
from shared.messaging.postgres_log import PostgresLog
from shared.runtime.service import Service
from shared.search_index.port import SearchIndex
from shared.search_index.tantivy_index import TantivyIndex
from shared.settings import Settings
from shared.storage.database import Database, DatabaseAddress
from shared.storage.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError, NotRunning, ServerSettings

__all__ = ["CannotWork", "EmbeddedPostgresError", "Progress", "Server", "Wiring"]

LOG_DATABASE = "log"
DIRECT_CONNECTIONS = 4
"""Connections of a service beside its pool: relay, projector, bell, migrations."""
LOG_CONNECTIONS = 8
OWNER_SECONDS = 2.0
"""How long the log's owner before us may take to let go, as after a kill."""
SPARE_CONNECTIONS = 20
"""Left for commands beside a running instance, and for people with psql."""

FOLDER_SENDER = "Demain <demain@localhost>"
"""Sender of mails that nobody gets by post."""

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

Progress = Callable[[str], None]


class CannotWork(Exception):
    """The configuration cannot work; the text names the variable and the fix."""


@dataclass(frozen=True)
class Server:
    """The PostgreSQL server of a process."""

    maintenance: DatabaseAddress
    """A database to create others from."""
    owned: bool
    """Whether this process started it."""


class Wiring:
    """Builds the parts of the platform for a process that runs all services, or only ``only``."""

    def __init__(self, settings: Settings, services: Sequence[Service], *, only: str | None = None) -> None:
        """Raises CannotWork."""
        self.settings = settings
        self.services = tuple(services)
        self.running = tuple(s for s in services if only in {None, s.name})
        if not self.running:
            names = ", ".join(service.name for service in services)
            raise CannotWork(f"there is no service {only!r}; the services are: {names}")
        try:
            self.service_urls = settings.service_url_map()
        except ValueError as error:
            raise CannotWork(str(error)) from error
        if only is not None:
            self._refuse_alone(only)
        if settings.meili_url is not None:
            raise CannotWork("MEILI_URL: this version searches with tantivy only; unset it")
        self._outside_address = self._read_database_url()
        self._smtp = self._read_smtp_url()
        self._check_kafka()
        self._overrides = self._read_overrides()

    def _read_database_url(self) -> DatabaseAddress | None:
        url, direct = self.settings.database_url, self.settings.database_direct_url
        if url is None:
            return None
        address = _address("DATABASE_URL", url.get_secret_value(), direct.get_secret_value() if direct else None)
        return address if address.name else address.elsewhere("postgres")

    def _read_smtp_url(self) -> SmtpServer | None:
        url = self.settings.smtp_url
        sender = self.settings.mail_from
        if sender and "@" not in parseaddr(sender)[1]:
            raise CannotWork("DEMAIN_MAIL_FROM: is not a sender; write it like Demain <forum@example.org>")
        if url is None:
            return None
        if not sender:
            raise CannotWork("SMTP_URL: mails need a sender; set DEMAIN_MAIL_FROM, like Demain <forum@example.org>")
        if not self.settings.public_url:
            raise CannotWork("SMTP_URL: links in mails need the address of the site; set DEMAIN_PUBLIC_URL")
        try:
            return SmtpServer.of(url.get_secret_value())
        except ValueError as error:
            raise CannotWork(f"SMTP_URL: {error}") from None

    def _check_kafka(self) -> None:
        settings = self.settings
        if settings.kafka_bootstrap_servers is None:
            return
        protocol = settings.kafka_security_protocol
        if protocol.startswith("SASL") and not (settings.kafka_username and settings.kafka_password):
            raise CannotWork(f"KAFKA_SECURITY_PROTOCOL: {protocol} needs a name; set KAFKA_USERNAME and KAFKA_PASSWORD")
        files = {
            "KAFKA_CA_FILE": settings.kafka_ca_file,
            "KAFKA_CERTIFICATE_FILE": settings.kafka_certificate_file,
            "KAFKA_KEY_FILE": settings.kafka_key_file,
        }
        for variable, file in files.items():
            if file is None:
                continue
            if not protocol.endswith("SSL"):
                raise CannotWork(f"{variable}: nothing is encrypted; set KAFKA_SECURITY_PROTOCOL to SSL or SASL_SSL")
            if not os.access(file, os.R_OK):
                raise CannotWork(f"{variable}: {file} cannot be read by this user")
        if settings.kafka_key_file is not None and settings.kafka_certificate_file is None:
            raise CannotWork("KAFKA_KEY_FILE: is of no certificate; set KAFKA_CERTIFICATE_FILE")

    def _read_overrides(self) -> dict[str, DatabaseAddress]:
        found: dict[str, DatabaseAddress] = {}
        for service in self.services:
            url = self.settings.database_override(service.name)
            if url is None:
                continue
            variable = f"{service.name.upper()}_DATABASE_URL"
            found[service.name] = _address(variable, url)
            if not found[service.name].name:
                raise CannotWork(f"{variable}: names no database; write it like postgresql://user:password@host/name")
        return found

    def _refuse_alone(self, only: str) -> None:
        if self.settings.database_url is None:
            raise CannotWork(
                f"serving {only} alone needs a database server of its own: set DATABASE_URL"
                " (the embedded PostgreSQL belongs to `demain run`)"
            )
        if self.settings.kafka_bootstrap_servers is None:
            raise CannotWork(
                f"serving {only} alone needs Kafka: set KAFKA_BOOTSTRAP_SERVERS"
                " (the log in PostgreSQL has one owner, `demain run`)"
            )
        if IdentityClient.service not in {only, *self.service_urls}:
            raise CannotWork(
                f"serving {only} alone needs identity's keys, which prove who asks: name where it is in"
                " DEMAIN_SERVICE_URLS, as identity=http://host:port"
            )
        if only == "identity" and self.settings.smtp_url is None:
            raise CannotWork("serving identity alone needs a mail server: set SMTP_URL")

    @property
    def embeds_database(self) -> bool:
        """Whether PostgreSQL runs in the data folder."""
        return self.settings.database_url is None

    @property
    def connections_needed(self) -> int:
        """Connections this process may open at once."""
        each = self.settings.pool_size + DIRECT_CONNECTIONS
        log = LOG_CONNECTIONS + 1 if self.settings.kafka_bootstrap_servers is None else 0
        return each * len(self.running) + log

    def _embedded(self, progress: Progress | None) -> EmbeddedPostgres:
        return EmbeddedPostgres(
            self.settings.data_dir / "postgresql",
            ServerSettings(
                max_connections=self.connections_needed + SPARE_CONNECTIONS,
                fsync=self.settings.durable_commits,
            ),
            progress,
        )

    @asynccontextmanager
    async def server(self, progress: Progress | None = None) -> AsyncIterator[Server]:
        """The PostgreSQL server: started and stopped here if it is the embedded one."""
        if self._outside_address is not None:
            await self._check_connections(self._outside_address)
            yield Server(self._outside_address, owned=False)
            return
        postgres = self._embedded(progress)
        url = await postgres.start()
        try:
            yield Server(DatabaseAddress.of(url), owned=True)
        finally:
            await postgres.stop()

    @asynccontextmanager
    async def server_beside(self, progress: Progress | None = None) -> AsyncIterator[Server]:
        """The server for a command: joins a running instance, or starts the embedded one for its own time."""
        if self.embeds_database:
            try:
                yield Server(DatabaseAddress.of(await self._embedded(progress).join()), owned=False)
                return
            except NotRunning:
                pass
        async with self.server(progress) as server:
            yield server

    async def runs_elsewhere(self) -> bool:
        """Whether another process has the platform running; a server that is not ours is taken to serve one."""
        if not self.embeds_database:
            return True
        try:
            await self._embedded(None).join()
        except NotRunning:
            return False
        return True

    async def _check_connections(self, address: DatabaseAddress) -> None:
        try:
            connection = await asyncpg.connect(address.dsn, timeout=10)
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            raise CannotWork(f"DATABASE_URL: the server does not let us in: {error}") from error
        try:
            allowed = int(await connection.fetchval("SHOW max_connections"))
        finally:
            await connection.close(timeout=5)
        if allowed < self.connections_needed:
            raise CannotWork(
                f"PostgreSQL allows {allowed} connections, this process may open {self.connections_needed}:"
                " raise max_connections there or lower DEMAIN_POOL_SIZE"
            )

    def address(self, server: Server, service: str) -> DatabaseAddress:
        """Where a service's database is."""
        override = self._overrides.get(service)
        if override is not None:
            return override
        return server.maintenance.elsewhere(f"{self.settings.database_prefix}{service}")

    def database(self, server: Server, service: str) -> Database:
        """A service's database; connects to nothing yet."""
        return Database(service, self.address(server, service), pool_size=self.settings.pool_size)

    def log_database(self, server: Server) -> DatabaseAddress | None:
        """The database the log lives in, if it lives in one."""
        if self.settings.kafka_bootstrap_servers is not None:
            return None
        return server.maintenance.elsewhere(f"{self.settings.database_prefix}{LOG_DATABASE}")

    @asynccontextmanager
    async def owning_log(self, server: Server) -> AsyncIterator[None]:
        """Be the one process the log in PostgreSQL belongs to, while the block runs: its groups live in memory, and
        only its owner's search index follows it.

        Raises CannotWork if it is another's. Call it once the log's database is there.
        """
        address = self.log_database(server)
        if address is None:
            yield
            return
        connection = await asyncpg.connect(address.dsn, timeout=10)
        try:
            deadline = time.monotonic() + OWNER_SECONDS
            while not await connection.fetchval("SELECT pg_try_advisory_lock(hashtext('owner of the log'))"):
                if time.monotonic() > deadline:
                    raise CannotWork(
                        f"the log in database {address.name} belongs to another running Demain: stop that one,"
                        " set KAFKA_BOOTSTRAP_SERVERS for several, or choose another DEMAIN_DATABASE_PREFIX"
                    )
                await asyncio.sleep(0.1)
            yield
        finally:
            await connection.close(timeout=5)

    def log(self, server: Server) -> Log:
        """The log; connects to nothing yet."""
        address = self.log_database(server)
        if address is not None:
            return PostgresLog(address.dsn, pool_size=LOG_CONNECTIONS)
        # Only here: its client takes a tenth of the time a command needs to start.
        from shared.messaging.kafka_log import KafkaLog, KafkaSettings  # noqa: PLC0415

        settings = self.settings
        servers = (settings.kafka_bootstrap_servers or "").split(",")
        sasl = settings.kafka_security_protocol.startswith("SASL")
        files = (settings.kafka_ca_file, settings.kafka_certificate_file, settings.kafka_key_file)
        ca_file, certificate_file, key_file = (str(file) if file is not None else None for file in files)
        return KafkaLog(
            KafkaSettings(
                bootstrap_servers=tuple(one.strip() for one in servers if one.strip()),
                security_protocol=settings.kafka_security_protocol,
                sasl_mechanism=settings.kafka_sasl_mechanism if sasl else None,
                sasl_username=settings.kafka_username,
                sasl_password=settings.kafka_password.get_secret_value() if settings.kafka_password else None,
                ssl_cafile=ca_file,
                ssl_certfile=certificate_file,
                ssl_keyfile=key_file,
                session_timeout_ms=settings.kafka_session_timeout_ms,
                fetch_max_wait_ms=settings.kafka_fetch_max_wait_ms,
                replication_factor=settings.kafka_replication,
                partitions=settings.kafka_partitions,
            )
        )

    def index(self, service: Service) -> SearchIndex | None:
        """The index of a service with a projection; opened by whoever uses it."""
        if service.projection is None:
            return None
        return TantivyIndex(self.settings.data_dir / "index" / service.name)

    def mail(self) -> MailPort:
        """Where mails go; connects to nothing yet."""
        if self._smtp is not None:
            return SmtpMail(self._smtp, self.settings.mail_from)
        return self._folder_mail()

    def mailbox(self) -> Mailbox | None:
        """The mails that were kept in the data folder, if the site may show them.

        Who reads them can take over every account. So they are shown only where all of Demain runs on one's own
        machine: nobody else is meant to reach the address it listens on, and no other address is known.
        """
        private = self.settings.host in LOOPBACK and not self.settings.public_url
        whole = len(self.running) == len(self.services)
        return self._folder_mail() if self._smtp is None and private and whole else None

    def _folder_mail(self) -> FolderMail:
        return FolderMail(self.settings.data_dir / "mail", self.settings.mail_from or FOLDER_SENDER)


def _address(variable: str, url: str, direct: str | None = None) -> DatabaseAddress:
    try:
        return DatabaseAddress.of(url, direct=direct)
    except (ArgumentError, ValueError):
        # Without the value: it may hold a password.
        raise CannotWork(
            f"{variable}: is not an address; write it like postgresql://user:password@host:5432/"
        ) from None
