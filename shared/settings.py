"""Every environment variable Demain reads, typed, in one place.

Nothing here decides anything: `shared.runtime.wiring` alone reads the mode from these values.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The configuration of a process. Unset values mean the embedded platform on this machine.

    A variable that is set to nothing counts as unset: Compose passes on what an ``.env`` leaves empty.
    """

    model_config = SettingsConfigDict(
        env_prefix="DEMAIN_", env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True
    )

    host: str = "127.0.0.1"
    """Address the public port listens on (``DEMAIN_HOST``)."""
    port: int = Field(default=8000, ge=0, le=65535)
    """Public port (``DEMAIN_PORT``); 0 takes a free one."""
    data_dir: Path = Path("demain-data")
    """Where the embedded platform keeps everything (``DEMAIN_DATA_DIR``)."""
    public_url: str = ""
    """How people reach the site (``DEMAIN_PUBLIC_URL``); empty means the address it listens on."""
    log_format: Literal["console", "json"] = "console"
    """``console`` for people, ``json`` for machines (``DEMAIN_LOG_FORMAT``)."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """From which level on lines are logged (``DEMAIN_LOG_LEVEL``)."""
    sample: bool = True
    """Whether an empty embedded platform is filled with sample content (``DEMAIN_SAMPLE``)."""
    stop_deadline: float = Field(default=10.0, gt=0)
    """Seconds a stop may take before what is left is cut off (``DEMAIN_STOP_DEADLINE``)."""
    trusted_proxies: int = Field(default=0, ge=0)
    """How many proxies stand before us, whose ``X-Forwarded-For`` is believed (``DEMAIN_TRUSTED_PROXIES``)."""
    page_cache_mb: int = Field(default=64, ge=0)
    """Megabytes each process of the site keeps public pages in (``DEMAIN_PAGE_CACHE_MB``); 0 keeps none."""
    durable_commits: bool = True
    """Whether the embedded PostgreSQL waits for the disk (``DEMAIN_DURABLE_COMMITS``); off only for tests."""

    database_url: SecretStr | None = Field(default=None, validation_alias=AliasChoices("DATABASE_URL", "database_url"))
    """The PostgreSQL server, as ``postgresql://user:password@host:port/``; unset means the embedded one."""
    database_direct_url: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("DATABASE_DIRECT_URL", "database_direct_url")
    )
    """The same server past a pooler, for locks, LISTEN and migrations."""
    database_prefix: str = Field(default="demain_", pattern="^[a-z][a-z0-9_]*$")
    """Each service's database is named prefix + service (``DEMAIN_DATABASE_PREFIX``)."""
    pool_size: int = Field(default=8, ge=1)
    """Connections each service keeps (``DEMAIN_POOL_SIZE``)."""

    kafka_bootstrap_servers: str | None = Field(
        default=None, validation_alias=AliasChoices("KAFKA_BOOTSTRAP_SERVERS", "kafka_bootstrap_servers")
    )
    """Kafka, as ``host:port,host:port``; unset means the log lives in the embedded PostgreSQL."""
    kafka_session_timeout_ms: int = Field(
        default=10_000, validation_alias=AliasChoices("KAFKA_SESSION_TIMEOUT_MS", "kafka_session_timeout_ms")
    )
    """How long a silent consumer keeps its partitions."""
    kafka_fetch_max_wait_ms: int = Field(
        default=500, validation_alias=AliasChoices("KAFKA_FETCH_MAX_WAIT_MS", "kafka_fetch_max_wait_ms")
    )
    """How long the broker may hold an empty fetch."""
    kafka_replication: int = Field(
        default=1, ge=1, validation_alias=AliasChoices("KAFKA_REPLICATION", "kafka_replication")
    )
    """Copies of each partition of the topics we create."""
    kafka_partitions: int = Field(
        default=6, ge=1, validation_alias=AliasChoices("KAFKA_PARTITIONS", "kafka_partitions")
    )
    """Partitions of a topic that does not declare more: so many processes can share it. It never changes later."""
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", validation_alias=AliasChoices("KAFKA_SECURITY_PROTOCOL", "kafka_security_protocol")
    )
    """Whether Kafka is spoken to over TLS, and whether it asks who we are."""
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", validation_alias=AliasChoices("KAFKA_SASL_MECHANISM", "kafka_sasl_mechanism")
    )
    """How we say who we are."""
    kafka_username: str | None = Field(default=None, validation_alias=AliasChoices("KAFKA_USERNAME", "kafka_username"))
    """Our name at Kafka; needed with SASL."""
    kafka_password: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("KAFKA_PASSWORD", "kafka_password")
    )
    """Our password at Kafka; needed with SASL."""
    kafka_ca_file: Path | None = Field(default=None, validation_alias=AliasChoices("KAFKA_CA_FILE", "kafka_ca_file"))
    """Authorities whose certificates are trusted, PEM; unset means those of the system."""
    kafka_certificate_file: Path | None = Field(
        default=None, validation_alias=AliasChoices("KAFKA_CERTIFICATE_FILE", "kafka_certificate_file")
    )
    """Our own certificate, PEM, where the brokers ask for one."""
    kafka_key_file: Path | None = Field(default=None, validation_alias=AliasChoices("KAFKA_KEY_FILE", "kafka_key_file"))
    """Its private key, PEM, without a password; unset means that it stands with the certificate."""

    smtp_url: SecretStr | None = Field(default=None, validation_alias=AliasChoices("SMTP_URL", "smtp_url"))
    """Mail server, as ``smtp://user:password@host:587``; unset means files in the data folder."""
    mail_from: str = ""
    """Sender of our mails, as ``Demain <forum@example.org>`` (``DEMAIN_MAIL_FROM``); needed with ``SMTP_URL``."""

    oidc_issuer: str | None = Field(default=None, validation_alias=AliasChoices("OIDC_ISSUER", "oidc_issuer"))
    """Another OpenID provider through which people may come in, by its issuer, as ``https://accounts.example.org``."""
    oidc_client_id: str | None = Field(default=None, validation_alias=AliasChoices("OIDC_CLIENT_ID", "oidc_client_id"))
    """Under which name that provider knows us."""
    oidc_client_secret: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("OIDC_CLIENT_SECRET", "oidc_client_secret")
    )
    """What we prove to it that we are us."""
    oidc_name: str = Field(default="", validation_alias=AliasChoices("OIDC_NAME", "oidc_name"))
    """What people call it, for the button; empty means its host."""

    site_client_secret: SecretStr | None = None
    """What the site proves to identity with that it is the site (``DEMAIN_SITE_CLIENT_SECRET``); made at each start
    where one process runs both."""

    meili_url: str | None = Field(default=None, validation_alias=AliasChoices("MEILI_URL", "meili_url"))
    """Meilisearch, as ``http://host:7700``; unset means tantivy in the data folder."""
    meili_key: SecretStr | None = Field(default=None, validation_alias=AliasChoices("MEILI_KEY", "meili_key"))
    """A key of Meilisearch for what this process does there: `demain search keys` makes one that writes, one that only
    searches. Never the master key."""
    meili_prefix: str = Field(
        default="demain", pattern="^[a-z][a-z0-9]*$", validation_alias=AliasChoices("MEILI_PREFIX", "meili_prefix")
    )
    """What the names of our indexes on Meilisearch begin with, so that several Demains can share a server."""

    otlp_endpoint: str | None = Field(
        default=None, validation_alias=AliasChoices("OTEL_EXPORTER_OTLP_ENDPOINT", "otlp_endpoint")
    )
    """Collector that spans are sent to, as ``http://host:4318``; unset means that nothing is traced."""
    otlp_traces_endpoint: str | None = Field(
        default=None, validation_alias=AliasChoices("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "otlp_traces_endpoint")
    )
    """The same, whole: ``http://host:4318/v1/traces``. It wins over the other."""
    otlp_protocol: str = Field(
        default="http/protobuf",
        validation_alias=AliasChoices(
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL", "otlp_protocol"
        ),
    )
    """How spans are sent; we know ``http/protobuf`` alone."""
    otel_traces_exporter: str = Field(
        default="otlp", validation_alias=AliasChoices("OTEL_TRACES_EXPORTER", "otel_traces_exporter")
    )
    """``otlp``, or ``none`` for no tracing."""
    otel_sdk_disabled: bool = Field(
        default=False, validation_alias=AliasChoices("OTEL_SDK_DISABLED", "otel_sdk_disabled")
    )
    """Whether nothing is traced after all."""
    otel_service_name: str | None = Field(
        default=None, validation_alias=AliasChoices("OTEL_SERVICE_NAME", "otel_service_name")
    )
    """``service.name`` of all services of the process; unset means ``demain-`` and the name of each."""

    service_urls: str = ""
    """Where services are reached, as ``identity=http://…,search=http://…`` (``DEMAIN_SERVICE_URLS``)."""
    access_token_minutes: int = Field(default=5, ge=1, le=60)
    """Life of an access token (``DEMAIN_ACCESS_TOKEN_MINUTES``)."""

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    def database_override(self, service: str, environ: Mapping[str, str] = os.environ) -> str | None:
        """``<SERVICE>_DATABASE_URL``, which overrides ``DATABASE_URL`` for one service."""
        return environ.get(f"{service.upper()}_DATABASE_URL") or None

    def service_url_map(self) -> dict[str, str]:
        """`service_urls` as a mapping. Raises ValueError naming the faulty entry."""
        urls: dict[str, str] = {}
        for entry in filter(None, (part.strip() for part in self.service_urls.split(","))):
            name, separator, url = entry.partition("=")
            if not separator or not url.startswith(("http://", "https://")):
                raise ValueError(f"DEMAIN_SERVICE_URLS: {entry!r} is not like identity=http://host:port")
            urls[name.strip()] = url.strip()
        return urls
