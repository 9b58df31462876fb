"""Which database server, log, index and mail a process uses: the mode is read here, and in what checks its settings.

Each is switched on its own by its own variable; combinations that cannot work are refused.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path

import asyncpg

from shared.mail.folder_mail import FolderMail
from shared.mail.port import Mailbox, MailPort
from shared.mail.smtp_mail import SmtpMail, SmtpServer
from shared.messaging.log import Log
from shared.messaging.postgres_log import PostgresLog
from shared.runtime import configuration
from shared.runtime.configuration import LOOPBACK, CannotWork
from shared.runtime.process_role import ProcessRole
from shared.runtime.service import Service
from shared.search_index.meilisearch.keys import IndexKey, make_keys
from shared.search_index.meilisearch.server import KeyRefused
from shared.search_index.meilisearch_index import MeilisearchIndex
from shared.search_index.port import IndexUnavailable, SearchIndex
from shared.search_index.tantivy_index import TantivyIndex
from shared.settings import Settings
from shared.storage.database import Database, DatabaseAddress
from shared.storage.embedded_postgres import (
    EmbeddedPostgres,
    EmbeddedPostgresError,
    NotRunning,
    ServerSettings,
    wheel_folder,
)

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

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Server:
    """The PostgreSQL server of a process."""

    maintenance: DatabaseAddress
    """A database to create others from."""
    owned: bool
    """Whether this process started it."""


class Wiring:
    """Builds the parts of the platform for a process that runs all services, or only ``only``."""

    def __init__(
        self,
        settings: Settings,
        services: Sequence[Service],
        *,
        only: str | None = None,
        role: ProcessRole = ProcessRole.WHOLE,
    ) -> None:
        """Raises CannotWork."""
        self.settings = settings
        self.role = role
        self.services = tuple(services)
        self.running = tuple(s for s in services if only in {None, s.name})
        self._whole = only is None
        if not self.running:
            names = ", ".join(service.name for service in services)
            raise CannotWork(f"there is no service {only!r}; the services are: {names}")
        try:
            self.service_urls = settings.service_url_map()
        except ValueError as error:
            raise CannotWork(str(error)) from error
        if only is not None:
            configuration.check_alone(settings, only, self.service_urls)
        configuration.check_meilisearch(settings)
        self._outside_address = configuration.database_address(settings)
        self._smtp = self._read_smtp_url()
        configuration.check_outside_provider(settings)
        configuration.check_kafka(settings)
        self.traces_to = configuration.collector(settings)
        """Where spans are sent, if they are."""
        self._overrides = configuration.database_overrides(settings, [service.name for service in services])
        self._refuse_sharing_an_index()

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

    def _refuse_sharing_an_index(self) -> None:
        """One process reads the index and another writes it: not every index lives where both reach it."""
        for service in self.running:
            index = self.index(service)
            if index is not None and self.role is not ProcessRole.WHOLE and not index.shared_by_processes:
                raise CannotWork(
                    f"serving {self.role} of {service.name} alone needs a search index that several processes share,"
                    " and this one is a folder of one process: leave out --api and --worker, or set MEILI_URL"
                )

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

    @property
    def postgres_tools(self) -> Path:
        """The folder of ``pg_dump`` and its kin, which can dump any server up to their own version."""
        return wheel_folder() / "bin"

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
        settings = self.settings
        if settings.meili_url is not None:
            key = settings.meili_key.get_secret_value() if settings.meili_key is not None else None
            return MeilisearchIndex(settings.meili_url, key, self._indexes_of(service))
        return TantivyIndex(settings.data_dir / "index" / service.name)

    def _indexes_of(self, service: Service) -> str:
        """What the names of a service's indexes on Meilisearch begin with."""
        return f"{self.settings.meili_prefix}-{service.name}"

    async def index_keys(self, master: str, *, renew: bool = False) -> Sequence[IndexKey]:
        """Keys for our indexes on Meilisearch and nothing else, made with its master key. Raises CannotWork.

        Made again they are the same, unless they are to be renewed: the old ones then open nothing any more.
        """
        if self.settings.meili_url is None:
            raise CannotWork("there is no Meilisearch to make keys for: set MEILI_URL")
        bases = [self._indexes_of(service) for service in self.services if service.projection is not None]
        try:
            return await make_keys(self.settings.meili_url, master, bases, renew=renew)
        except KeyRefused:
            raise CannotWork(
                "Meilisearch refuses the master key: give the one it was started with (MEILI_MASTER_KEY)"
            ) from None
        except IndexUnavailable as error:
            raise CannotWork(str(error)) from error

    def mail(self) -> MailPort:
        """Where mails go; connects to nothing yet."""
        if self._smtp is not None:
            return SmtpMail(self._smtp, self.settings.mail_from)
        return self._folder_mail()

    def site_secret(self) -> str:
        """What the site shows identity: given where they run apart, known to nobody else where one process is both."""
        given = self.settings.site_client_secret
        return given.get_secret_value() if given is not None else secrets.token_urlsafe(32)

    def mailbox(self) -> Mailbox | None:
        """The mails that were kept in the data folder, if the site may show them.

        Who reads them can take over every account. So they are shown only where all of Demain runs on one's own
        machine: nobody else is meant to reach the address it listens on, and no other address is known.
        """
        private = self.settings.host in LOOPBACK and not self.settings.public_url
        return self._folder_mail() if self._smtp is None and private and self._whole else None

    def _folder_mail(self) -> FolderMail:
        return FolderMail(self.settings.data_dir / "mail", self.settings.mail_from or FOLDER_SENDER)
