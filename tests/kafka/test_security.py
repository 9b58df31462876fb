"""TLS and SASL as wiring sets them, against a broker that insists on both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr

from services.registry import SERVICES
from shared.messaging.log import Log, LogError, Record, Topic
from shared.runtime.wiring import Server, Wiring
from shared.settings import Settings
from shared.storage.database import DatabaseAddress
from tests.conformance.log.reading import read_all
from tests.kafka.certificates import Authority
from tests.support.apache_kafka import ApacheKafka

NAME, PASSWORD = "demain", "le-secret-du-relais"
NOWHERE = Server(DatabaseAddress.of("postgresql://demain@127.0.0.1:9/x"), owned=False)


class Secured:
    """A broker that speaks TLS, knows one user by password, and wants a certificate of our authority."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder)
        self.stranger = Authority(folder / "elsewhere", "stranger")
        broker = self.authority.sign("broker")
        self.ours = self.authority.sign("relay")
        self.kafka = ApacheKafka(
            protocol="SASL_SSL",
            users={NAME: PASSWORD},
            settings={
                "sasl.enabled.mechanisms": "SCRAM-SHA-512",
                "listener.name.clients.scram-sha-512.sasl.jaas.config": (
                    "org.apache.kafka.common.security.scram.ScramLoginModule required;"
                ),
                "listener.name.clients.ssl.keystore.type": "PEM",
                "listener.name.clients.ssl.keystore.location": str(broker.both),
                "listener.name.clients.ssl.truststore.type": "PEM",
                "listener.name.clients.ssl.truststore.location": str(self.authority.file),
                "listener.name.clients.ssl.client.auth": "required",
            },
        )

    def log(self, **changed: object) -> Log:
        """The log as wiring builds it from the settings of a process."""
        chosen = {
            "kafka_bootstrap_servers": ",".join(self.kafka.addresses),
            "kafka_security_protocol": "SASL_SSL",
            "kafka_username": NAME,
            "kafka_password": SecretStr(PASSWORD),
            "kafka_ca_file": self.authority.file,
            "kafka_certificate_file": self.ours.certificate,
            "kafka_key_file": self.ours.key,
            **changed,
        }
        return Wiring(Settings.model_validate(chosen), SERVICES).log(NOWHERE)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def secured(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Secured]:
    there = Secured(tmp_path_factory.mktemp("certificates"))
    async with there.kafka:
        yield there


@pytest.mark.asyncio(loop_scope="module")
async def test_with_the_right_certificate_and_password_all_works(secured: Secured) -> None:
    log, topic = secured.log(), Topic("test.secured")
    try:
        await log.create_topics([topic])
        assert await log.check_topics([topic]) == []
        writer = log.writer("relay")
        await writer.open()
        await writer.append([Record(topic.name, "a", b"told")])
        await writer.close()
        assert [one.value for one in await read_all(log, await log.partitions(topic.name))] == [b"told"]
    finally:
        await log.close()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("wrong", ["password", "authority", "no certificate", "no TLS"])
async def test_otherwise_nothing_is_told(secured: Secured, wrong: str) -> None:
    changed: dict[str, dict[str, object]] = {
        "password": {"kafka_password": SecretStr("un autre")},
        "authority": {"kafka_ca_file": secured.stranger.file},
        "no certificate": {"kafka_certificate_file": None, "kafka_key_file": None},
        "no TLS": {
            "kafka_security_protocol": "SASL_PLAINTEXT",
            "kafka_ca_file": None,
            "kafka_certificate_file": None,
            "kafka_key_file": None,
        },
    }
    log = secured.log(**changed[wrong])
    try:
        with pytest.raises(LogError) as refusal:
            await log.identity()
        assert PASSWORD not in str(refusal.value)
    finally:
        await log.close()
