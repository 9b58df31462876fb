"""Configurations that cannot work are refused in one sentence, before anything is connected to."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from services.registry import SERVICES
from shared.runtime import wiring
from shared.runtime.process_role import ProcessRole
from shared.runtime.wiring import CannotWork, Server, Wiring
from shared.search_index.tantivy_index import TantivyIndex
from shared.settings import Settings
from shared.storage.database import DatabaseAddress
from tests.support.postgres import TestServer


@pytest.mark.parametrize(
    "url", ["geheim", "postgresql://demain:geheim@host:port/x", "postgresql://demain:geheim@host/"]
)
def test_a_database_of_one_service_that_cannot_be_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("SEARCH_DATABASE_URL", url)
    with pytest.raises(CannotWork, match=r"^SEARCH_DATABASE_URL: ") as refusal:
        Wiring(Settings(), SERVICES)
    assert "geheim" not in str(refusal.value)


def test_a_service_may_have_a_database_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEARCH_DATABASE_URL", "postgresql://demain:geheim@elsewhere/found")
    wired = Wiring(Settings(), SERVICES)
    server = Server(DatabaseAddress.of("postgresql://demain@here/postgres"), owned=False)

    assert wired.address(server, "search").pooled.host == "elsewhere"
    assert wired.address(server, "search").name == "found"
    assert wired.address(server, "contributions").pooled.host == "here"


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"meili_url": "meilisearch:7700"}, "MEILI_URL: is no address"),
        ({"meili_url": "http://key:geheim@host:7700"}, "MEILI_URL: must hold the address alone"),
        ({"meili_key": SecretStr("geheim")}, "MEILI_KEY: opens nothing"),
    ],
)
def test_a_search_server_that_cannot_be_is_named_without_its_key(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(CannotWork, match=rf"^{named}") as refusal:
        Wiring(Settings(**settings), SERVICES)
    assert "geheim" not in str(refusal.value)


def test_a_search_server_is_shared_by_processes_and_a_folder_is_not() -> None:
    search = next(service for service in SERVICES if service.name == "search")
    shared = Wiring(Settings(meili_url="http://host:7700", meili_key=SecretStr("geheim")), SERVICES).index(search)
    alone = Wiring(Settings(), SERVICES).index(search)
    assert shared is not None and shared.shared_by_processes
    assert alone is not None and not alone.shared_by_processes


def _alone(only: str, **urls: str) -> Wiring:
    settings = Settings(
        database_url=SecretStr("postgresql://demain@here/"),
        kafka_bootstrap_servers="here:9092",
        service_urls=",".join(f"{name}={url}" for name, url in urls.items()),
        smtp_url=SecretStr("smtp://mail:587"),
        mail_from="forum@demain.example",
        public_url="https://demain.example",
        site_client_secret=SecretStr("a secret of thirty-two characters and more"),
    )
    return Wiring(settings, SERVICES, only=only)


def test_a_service_alone_must_know_whose_keys_prove_who_asks() -> None:
    with pytest.raises(CannotWork, match="DEMAIN_SERVICE_URLS"):
        _alone("contributions", search="http://there:8003")
    assert _alone("contributions", identity="http://there:8001").running[0].name == "contributions"
    assert _alone("identity").running[0].name == "identity"


@pytest.mark.parametrize("only", ["identity", "web"])
def test_the_site_and_identity_apart_share_a_secret_and_an_address(only: str) -> None:
    apart = _alone(only, identity="http://there:8001")
    assert apart.site_secret() == "a secret of thirty-two characters and more"
    for missing, variable in (
        ({"site_client_secret": None}, "DEMAIN_SITE_CLIENT_SECRET"),
        ({"site_client_secret": SecretStr("short")}, "DEMAIN_SITE_CLIENT_SECRET"),
        ({"public_url": "", "smtp_url": None}, "DEMAIN_PUBLIC_URL|SMTP_URL"),
    ):
        with pytest.raises(CannotWork, match=variable) as refusal:
            Wiring(apart.settings.model_copy(update=missing), SERVICES, only=only)
        assert "short" not in str(refusal.value)


def test_together_they_share_one_that_nobody_else_knows() -> None:
    one, other = (Wiring(Settings(), SERVICES).site_secret() for _ in range(2))
    assert one != other
    assert len(one) >= 32


@pytest.mark.parametrize("role", [ProcessRole.API, ProcessRole.WORKER])
def test_an_index_of_one_process_is_not_shared(role: ProcessRole, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _alone("search", identity="http://there:8001").settings
    with pytest.raises(CannotWork, match=f"serving {role} of search alone .* MEILI_URL$"):
        Wiring(settings, SERVICES, only="search", role=role)
    assert Wiring(settings, SERVICES, only="contributions", role=role).role is role, "it has no index"
    monkeypatch.setattr(TantivyIndex, "shared_by_processes", True)
    assert Wiring(settings, SERVICES, only="search", role=role).role is role, "the index decides, not the mode"


def test_neither_role_asked_for_is_both() -> None:
    assert ProcessRole.of(api=False, worker=False) is ProcessRole.of(api=True, worker=True) is ProcessRole.WHOLE
    assert ProcessRole.of(api=True, worker=False) is ProcessRole.API
    assert ProcessRole.of(api=False, worker=True) is ProcessRole.WORKER


async def test_the_log_in_postgresql_has_one_owner(server: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "OWNER_SECONDS", 0.3)
    there = Server((await server.empty("postgres")), owned=False)
    prefix = f"{there.maintenance.name}_"
    await server.execute(f'CREATE DATABASE "{prefix}log"')
    one, other = (Wiring(Settings(database_prefix=prefix), SERVICES) for _ in range(2))

    async with one.owning_log(there):
        with pytest.raises(CannotWork, match="belongs to another"):
            async with other.owning_log(there):
                pass
    async with other.owning_log(there):
        pass


async def test_the_log_in_kafka_has_many() -> None:
    nowhere = Server(DatabaseAddress.of("postgresql://demain@127.0.0.1:9/x"), owned=False)
    settings = Settings(kafka_bootstrap_servers="here:9092")
    async with Wiring(settings, SERVICES).owning_log(nowhere), Wiring(settings, SERVICES).owning_log(nowhere):
        pass
