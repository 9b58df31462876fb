"""What settings say of servers elsewhere, and what of it cannot work.

That is refused at the start, in one sentence that names the variable and the fix.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from sqlalchemy.exc import ArgumentError

from shared.clients.identity import IdentityClient
from shared.settings import Settings
from shared.storage.database import DatabaseAddress

SHORTEST_SECRET = 32
LONGEST_PROVIDER_NAME = 40

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class CannotWork(Exception):
    """The configuration cannot work; the text names the variable and the fix."""


def database_address(settings: Settings) -> DatabaseAddress | None:
    """Where the PostgreSQL server is that is not ours; None for the embedded one."""
    url, direct = settings.database_url, settings.database_direct_url
    if url is None:
        return None
    address = _address("DATABASE_URL", url.get_secret_value(), direct.get_secret_value() if direct else None)
    return address if address.name else address.elsewhere("postgres")


def database_overrides(settings: Settings, services: Iterable[str]) -> dict[str, DatabaseAddress]:
    """Where the databases of services are that are not with the others."""
    found: dict[str, DatabaseAddress] = {}
    for service in services:
        url = settings.database_override(service)
        if url is None:
            continue
        variable = f"{service.upper()}_DATABASE_URL"
        found[service] = _address(variable, url)
        if not found[service].name:
            raise CannotWork(f"{variable}: names no database; write it like postgresql://user:password@host/name")
    return found


def check_kafka(settings: Settings) -> None:
    """Whether Kafka can be signed in to as it is said, if it is used."""
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


def check_meilisearch(settings: Settings) -> None:
    """Whether the address of a Meilisearch is one, if one is named."""
    url, key = settings.meili_url, settings.meili_key
    if url is None:
        if key is not None:
            raise CannotWork("MEILI_KEY: opens nothing without a server; set MEILI_URL, or unset it")
        return
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise CannotWork("MEILI_URL: is no address of a Meilisearch; write it like http://host:7700")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise CannotWork("MEILI_URL: must hold the address alone, as it is logged; the key goes into MEILI_KEY")


def collector(settings: Settings) -> str | None:
    """Where spans are sent, if they are."""
    base, whole = settings.otlp_endpoint, settings.otlp_traces_endpoint
    endpoint = whole or (f"{base.rstrip('/')}/v1/traces" if base else None)
    if endpoint is None or settings.otel_sdk_disabled or settings.otel_traces_exporter == "none":
        return None
    variable = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" if whole else "OTEL_EXPORTER_OTLP_ENDPOINT"
    if not endpoint.startswith(("http://", "https://")):
        raise CannotWork(f"{variable}: is not an address; write it like http://127.0.0.1:4318")
    if settings.otel_traces_exporter != "otlp":
        raise CannotWork("OTEL_TRACES_EXPORTER: spans can be sent by OTLP only; set it to otlp, or to none")
    if settings.otlp_protocol != "http/protobuf":
        raise CannotWork(
            f"OTEL_EXPORTER_OTLP_PROTOCOL: {settings.otlp_protocol} is not spoken; set it to http/protobuf, and"
            f" {variable} to the collector's port for that, which is 4318 as a rule"
        )
    return endpoint


def check_outside_provider(settings: Settings) -> None:
    """Whether people can come in through the provider that is named, if one is."""
    issuer, client, secret = settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret
    if issuer is None:
        for variable, value in {"OIDC_CLIENT_ID": client, "OIDC_CLIENT_SECRET": secret}.items():
            if value is not None:
                raise CannotWork(f"{variable}: is for no provider; set OIDC_ISSUER to its issuer, or unset it")
        return
    try:
        parts = urlsplit(issuer)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in {"https", "http"} or not host or parts.query or parts.fragment or parts.username:
        raise CannotWork("OIDC_ISSUER: is not an issuer; write it like https://accounts.example.org/realm")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise CannotWork("OIDC_ISSUER: people cannot be vouched for without TLS; write it with https://")
    if issuer.rstrip("/") == settings.public_url.rstrip("/"):
        raise CannotWork("OIDC_ISSUER: is this forum itself; name another provider, or unset it")
    if not client:
        raise CannotWork("OIDC_ISSUER: the provider knows us by a name; set OIDC_CLIENT_ID to the one it gave")
    if secret is None or not secret.get_secret_value():
        raise CannotWork("OIDC_ISSUER: the provider asks for a secret; set OIDC_CLIENT_SECRET to the one it gave")
    if len(settings.oidc_name) > LONGEST_PROVIDER_NAME or any(ord(one) < 0x20 for one in settings.oidc_name):
        raise CannotWork(
            f"OIDC_NAME: is no name for a button; write one line of {LONGEST_PROVIDER_NAME} characters at most"
        )


def check_alone(settings: Settings, only: str, elsewhere: Collection[str]) -> None:
    """Whether a process can serve this service alone; ``elsewhere`` are those whose addresses it knows."""
    if settings.database_url is None:
        raise CannotWork(
            f"serving {only} alone needs a database server of its own: set DATABASE_URL"
            " (the embedded PostgreSQL belongs to `demain run`)"
        )
    if settings.kafka_bootstrap_servers is None:
        raise CannotWork(
            f"serving {only} alone needs Kafka: set KAFKA_BOOTSTRAP_SERVERS"
            " (the log in PostgreSQL has one owner, `demain run`)"
        )
    if IdentityClient.service not in {only, *elsewhere}:
        raise CannotWork(
            f"serving {only} alone needs identity's keys, which prove who asks: name where it is in"
            " DEMAIN_SERVICE_URLS, as identity=http://host:port"
        )
    if only == "identity" and settings.smtp_url is None:
        raise CannotWork("serving identity alone needs a mail server: set SMTP_URL")
    if only in {"identity", "web"} and not settings.public_url:
        raise CannotWork(f"serving {only} alone needs the address of the site: set DEMAIN_PUBLIC_URL")
    secret = settings.site_client_secret
    if only in {"identity", "web"} and len(secret.get_secret_value() if secret else "") < SHORTEST_SECRET:
        raise CannotWork(
            f"serving {only} alone needs a secret that the site and identity share: set DEMAIN_SITE_CLIENT_SECRET"
            f" to the same {SHORTEST_SECRET} random characters or more for both, as from `openssl rand -hex 32`"
        )


def _address(variable: str, url: str, direct: str | None = None) -> DatabaseAddress:
    try:
        return DatabaseAddress.of(url, direct=direct)
    except (ArgumentError, ValueError):
        # Without the value: it may hold a password.
        raise CannotWork(
            f"{variable}: is not an address; write it like postgresql://user:password@host:5432/"
        ) from None
