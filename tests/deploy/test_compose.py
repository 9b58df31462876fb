"""``docker-compose.yml`` holds what it promises: read as Docker reads it, each rule with a control that it can fail."""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from compose_spec import PyOptions

from services.registry import SERVICES
from shared.runtime.wiring import DIRECT_CONNECTIONS, Wiring
from shared.settings import Settings
from tests.deploy import compose

WRITES_ITS_IMAGE = {"kafka"}
"""What cannot run on a read-only root; the file says why."""
ONE_SHOT = {"migrate", "topics", "sample", "search-keys"}
NOTHING_TO_ASK_WITH = {"collector", "jaeger"}
"""Images without a program that could ask how they are; the file says so."""
NOT_SETTINGS = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "MEILI_MASTER_KEY"}
"""What others than `Settings` read; the last is an option of `demain search keys`."""
SECRET = re.compile(r"PASSWORD|SECRET|KEY|TOKEN|_URL$")
PUBLISHED = {"proxy", "mail", "grafana"}


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An ``.env`` as make-secrets writes it."""
    folder = tmp_path_factory.mktemp("env")
    made = compose.make_secrets(folder)
    assert made.returncode == 0, made.stderr
    return compose.environment_file(folder / ".env")


@pytest.fixture(scope="module")
def whole(variables: dict[str, str]) -> dict[str, Any]:
    """The file with its variables filled in."""
    filled: dict[str, Any] = compose.interpolated(compose.raw(), variables)
    return filled


def parse(document: dict[str, Any]) -> list[str]:
    """Names of the services. Raises ValueError for what the Compose specification does not know."""
    read = PyOptions(apply_merge=True).from_yaml(yaml.safe_dump(document))
    read.validate()
    return read.service_names()


def complaints(services: dict[str, Any]) -> Iterator[str]:
    """What a service lacks that each must have."""
    for name, one in services.items():
        if one.get("restart") != ("no" if name in ONE_SHOT else "unless-stopped"):
            yield f"{name}: restart"
        if one.get("healthcheck", {"disable": True}).get("disable", False) != (name in ONE_SHOT | NOTHING_TO_ASK_WITH):
            yield f"{name}: healthcheck"
        if one.get("read_only") is not (name not in WRITES_ITS_IMAGE):
            yield f"{name}: read_only"
        if one.get("cap_drop") != ["ALL"]:
            yield f"{name}: cap_drop"
        if "no-new-privileges:true" not in one.get("security_opt", []):
            yield f"{name}: no-new-privileges"
        if set(one.get("deploy", {}).get("resources", {}).get("limits", {})) != {"cpus", "memory", "pids"}:
            yield f"{name}: limits"
        if not re.fullmatch(r"[a-z0-9-]+(/[a-z0-9-]+)?:[\w.${}:-]+", one.get("image", "")) or "latest" in one["image"]:
            yield f"{name}: image"
        if not one.get("networks"):
            yield f"{name}: networks"
        if "privileged" in one or "network_mode" in one or "pid" in one:
            yield f"{name}: privileges"
        if "ports" in one and name not in PUBLISHED:
            yield f"{name}: ports"


def literal_secrets(services: dict[str, Any]) -> list[str]:
    """Secrets that stand in the file, or have a default there."""
    found = []
    for name, one in services.items():
        for variable, value in one.get("environment", {}).items():
            if not SECRET.search(variable):
                continue
            bare = re.sub(r"\$\{\w+:(\?[^}]*|-)\}", "", str(value))  # required, or off when it is empty
            holds_password = bool(re.search(r"://[^/@]*:[^/@]+@", bare))
            is_password = not variable.endswith("_URL") and bare != ""
            if holds_password or is_password or ":-" in bare:
                found.append(f"{name}: {variable}")
    return found


def test_it_is_what_the_compose_specification_says(whole: dict[str, Any]) -> None:
    assert set(parse(whole)) == set(whole["services"])


@pytest.mark.parametrize(("key", "value"), [("bogus", 1), ("restart", "sometimes"), ("read_only", "maybe")])
def test_control_what_the_specification_does_not_know_is_refused(whole: dict[str, Any], key: str, value: Any) -> None:
    document = copy.deepcopy(whole)
    document["services"]["web"][key] = value
    with pytest.raises(ValueError):
        parse(document)


def test_every_service_is_watched_limited_and_confined() -> None:
    assert list(complaints(compose.raw()["services"])) == []


@pytest.mark.parametrize("key", ["restart", "healthcheck", "read_only", "cap_drop", "security_opt", "deploy", "image"])
def test_control_what_is_missing_is_named(key: str) -> None:
    services = copy.deepcopy(compose.raw()["services"])
    del services["identity"][key]
    assert [one.partition(":")[0] for one in complaints({"identity": services["identity"]})] == ["identity"]


def test_no_secret_stands_in_it_or_has_a_default() -> None:
    assert literal_secrets(compose.raw()["services"]) == []


@pytest.mark.parametrize("value", ["geheim", "${POSTGRES_PASSWORD:-geheim}"])
def test_control_a_secret_with_a_default(value: str) -> None:
    services = copy.deepcopy(compose.raw()["services"])
    services["postgres"]["environment"]["POSTGRES_PASSWORD"] = value
    services["web"]["environment"]["DATABASE_URL"] = "postgresql://demain:geheim@postgres:5432/"
    assert literal_secrets(services) == ["web: DATABASE_URL", "postgres: POSTGRES_PASSWORD"]


def test_it_runs_each_service_of_the_registry() -> None:
    assert sorted(compose.processes()) == sorted(service.name for service in SERVICES)
    for service in SERVICES:
        assert compose.raw()["services"][service.name]["command"][:2] == ["serve", service.name]


def test_what_is_set_is_what_the_code_reads(variables: dict[str, str]) -> None:
    known = {f"{service.name.upper()}_DATABASE_URL" for service in SERVICES}
    for name, setting in Settings.model_fields.items():
        alias = setting.validation_alias
        known.add(
            str(alias.choices[0]) if alias is not None and hasattr(alias, "choices") else f"DEMAIN_{name}".upper()
        )
    for name in [*compose.processes(), *ONE_SHOT]:
        given = set(compose.container(name, variables).environment)
        unknown = {one for one in given - known - NOT_SETTINGS if not one.startswith("OTEL_")}
        assert not unknown, f"{name} is given {unknown}, which nothing reads"


def test_the_services_wait_for_their_tables_and_their_topics() -> None:
    services = compose.raw()["services"]
    assert services["topics"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    for name in compose.processes():
        assert services[name]["depends_on"]["topics"] == {"condition": "service_completed_successfully"}, name


@pytest.mark.parametrize("name", [service.name for service in SERVICES])
def test_what_is_left_empty_is_off(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for variable in list(os.environ):
        if variable.startswith(("DEMAIN_", "KAFKA_", "OTEL_", "OIDC_", "MEILI_", "SMTP_", "DATABASE_")):
            monkeypatch.delenv(variable)
    empty = {key for key, value in compose.container(name, variables).environment.items() if not value}
    for variable, value in compose.container(name, variables).environment.items():
        monkeypatch.setenv(variable, value)
    service = next(one for one in SERVICES if one.name == name)
    Wiring(Settings(), SERVICES, only=name)  # refuses what cannot be used
    off = Settings()
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" in empty and off.otlp_endpoint is None
    assert ("OIDC_ISSUER" in empty) == (name == "identity") and off.oidc_issuer is None
    assert off.oidc_client_secret is None and off.oidc_name == ""
    assert ("MEILI_URL" in empty) == (service.projection is not None) and off.meili_url is None


def test_control_what_is_filled_in_is_on(variables: dict[str, str]) -> None:
    filled = {**variables, "OIDC_ISSUER": "https://accounts.example.org", "MEILI_URL": "http://meilisearch:7700"}
    assert compose.container("identity", filled).environment["OIDC_ISSUER"] == filled["OIDC_ISSUER"]
    assert compose.container("search", filled).environment["MEILI_URL"] == filled["MEILI_URL"]


def test_the_master_key_is_given_to_nobody_who_serves() -> None:
    given = {name for name, one in compose.raw()["services"].items() if "MEILI_MASTER_KEY" in str(one)}
    assert given == {"meilisearch", "search-keys"}


def test_meilisearch_is_new_enough_and_keeps_to_its_memory() -> None:
    one = compose.raw()["services"]["meilisearch"]
    major, minor = one["image"].rpartition(":v")[2].split(".")
    assert (int(major), int(minor)) >= (1, 18), "docs/operations.md names the oldest"
    assert one["environment"]["MEILI_MAX_INDEXING_MEMORY"] == "200MiB"


def test_a_service_is_given_its_own_database_and_no_other(variables: dict[str, str]) -> None:
    for service in SERVICES:
        text = str(dict(compose.container(service.name, variables).environment))
        passwords = {name for name, value in variables.items() if name.endswith("_PASSWORD") and value in text}
        assert passwords == {f"{service.name.upper()}_DATABASE_PASSWORD"}


def test_postgresql_makes_a_role_and_a_database_for_each_service() -> None:
    script = (compose.ROOT / "deploy" / "compose" / "roles.sh").read_text()
    (named,) = re.findall(r"^for service in (.+); do$", script, re.MULTILINE)
    assert sorted(named.split()) == sorted(service.name for service in SERVICES)
    given = compose.raw()["services"]["postgres"]["environment"]
    assert {f"{one.upper()}_DATABASE_PASSWORD" for one in named.split()} < set(given)


def test_postgresql_allows_the_connections_that_all_may_open_at_once() -> None:
    each = Settings.model_fields["pool_size"].default + DIRECT_CONNECTIONS
    (allowed,) = re.findall(r"max_connections=(\d+)", " ".join(compose.raw()["services"]["postgres"]["command"]))
    whole_platform = each * len(SERVICES)
    assert int(allowed) >= 2 * whole_platform, "the sample, and a new version beside the old one, need as many again"


def test_kafka_is_the_one_that_is_tested() -> None:
    pom = ElementTree.parse(compose.ROOT / "tests" / "support" / "apache_kafka" / "pom.xml")
    tested = {one.text for one in pom.iter("{http://maven.apache.org/POM/4.0.0}version")}
    assert compose.raw()["services"]["kafka"]["image"].partition(":")[2] in tested


def test_nothing_but_the_proxy_is_reached_from_outside(whole: dict[str, Any]) -> None:
    networks, services = whole["networks"], whole["services"]
    assert {name for name, one in networks.items() if (one or {}).get("internal")} == {"services", "data", "watching"}
    assert "data" not in services["proxy"]["networks"]
    for name, one in services.items():
        ports = one.get("ports", [])
        assert name == "proxy" or all(str(port).startswith("127.0.0.1:") for port in ports), f"{name} is open to all"


def test_what_is_mounted_and_depended_on_is_there(whole: dict[str, Any]) -> None:
    for name, one in whole["services"].items():
        for volume in one.get("volumes", []):
            source = volume.partition(":")[0]
            there = (compose.ROOT / source).exists() if source.startswith("./") else source in whole["volumes"]
            assert there, f"{name}: {source}"
        for other, how in one.get("depends_on", {}).items():
            target = whole["services"][other]
            if how["condition"] == "service_healthy":
                assert not target["healthcheck"].get("disable"), f"{name} waits for the health of {other}"
            if how["condition"] == "service_completed_successfully":
                assert target["restart"] == "no", f"{name} waits for the end of {other}"


# The secrets


def test_make_secrets_gives_all_that_is_required_and_never_twice_the_same(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        assert compose.make_secrets(folder).returncode == 0
        assert (folder / ".env").stat().st_mode & 0o077 == 0
    one, two = (compose.environment_file(folder / ".env") for folder in folders)
    assert {name for name in compose.required(compose.raw()) if not one.get(name)} == set()
    given_by_others = {"OIDC_CLIENT_SECRET"}  # empty until somebody fills it in
    assert all(one[name] == "" for name in given_by_others)
    secret = {name for name in one if re.search("PASSWORD|SECRET|CLUSTER", name)} - given_by_others
    assert len(secret) >= 10
    assert len({values[name] for values in (one, two) for name in secret}) == 2 * len(secret)
    assert all(len(one[name]) >= 22 for name in secret)


def test_make_secrets_leaves_one_that_is_there_alone(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MINE=1\n")
    made = compose.make_secrets(tmp_path)
    assert made.returncode == 1 and "there already" in made.stderr
    assert (tmp_path / ".env").read_text() == "MINE=1\n"


@pytest.mark.parametrize("address", ["forum.example.org", "http://forum.example.org", "https://forum.example.org/a"])
def test_make_secrets_refuses_what_is_no_address(tmp_path: Path, address: str) -> None:
    made = compose.make_secrets(tmp_path, address)
    assert made.returncode == 2 and address in made.stderr
    assert not (tmp_path / ".env").exists()


def test_a_forum_for_everybody_has_no_sample_and_must_name_its_mail_server(tmp_path: Path) -> None:
    assert compose.make_secrets(tmp_path, "https://forum.example.org/").returncode == 0
    given = compose.environment_file(tmp_path / ".env")
    assert given["COMPOSE_PROFILES"] == "" and given["DEMAIN_PUBLIC_URL"] == "https://forum.example.org"
    with pytest.raises(compose.Unset, match=r"SMTP_URL .*name your mail server"):
        compose.container("identity", given)
    assert compose.container("web", given).environment["DEMAIN_PUBLIC_URL"] == "https://forum.example.org"
