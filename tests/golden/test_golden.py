"""Every version of every contract ever told can be read for ever."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from services.registry import SERVICES
from shared.contracts import base
from shared.contracts.base import Shown, UnknownContract
from shared.messaging.envelope import BadEnvelope, open_envelope
from shared.messaging.log import Partition, Received
from tests.golden.examples import EXAMPLES, FOLDER, path_of

# Tests tell messages of their own, whose modules may have been imported before this one.
CONTRACTS = {name: cls for name, cls in base.known().items() if cls.__module__.startswith("shared.contracts.")}
FILES = sorted(FOLDER.glob("*.json"))


def _received(golden: dict[str, Any], **headers: str) -> Received:
    every = {**golden["headers"], **headers}
    return Received(
        Partition(golden["topic"], 0),
        0,
        golden["key"],
        json.dumps(golden["payload"]).encode(),
        tuple((name, value.encode()) for name, value in every.items()),
    )


def _golden(path: Path) -> dict[str, Any]:
    golden: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return golden


def test_contracts_are_known_at_all() -> None:
    assert len(CONTRACTS) >= 8
    topics = {topic.name for service in SERVICES for topic in service.topics}
    assert {cls.TOPIC for cls in CONTRACTS.values()} == topics, "every topic has its contracts, and the other way round"


@pytest.mark.parametrize("cls", CONTRACTS.values(), ids=CONTRACTS)
def test_every_version_of_a_contract_has_its_golden_file(cls: type[base.Contract]) -> None:
    for version in range(1, cls.VERSION + 1):
        assert path_of(cls, version).exists(), "write it with: python -m tests.golden.examples"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_golden_file_is_read_for_ever(path: Path) -> None:
    golden = _golden(path)

    message = open_envelope(_received(golden))

    match = re.fullmatch(r"(.+)\.v(\d+)", path.stem)
    assert match is not None
    assert golden["headers"]["ce_dataschema"] == f"urn:{match[1]}:v{match[2]}"
    assert type(message.contract) is CONTRACTS[match[1]], "a contract that was ever told is never taken away"
    assert message.contract.id == message.key == golden["headers"]["ce_subject"]
    assert golden["topic"] == message.contract.TOPIC
    assert message.age == (1, 1)
    assert message.time.tzinfo is not None


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.TYPE)
def test_it_says_what_it_said(example: base.Contract) -> None:
    assert open_envelope(_received(_golden(path_of(type(example))))).contract == example


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_unknown_fields_are_ignored(path: Path) -> None:
    golden = _golden(path)
    expected = open_envelope(_received(golden)).contract

    golden["payload"]["added_later"] = {"by": ["a", "newer", "owner"]}

    assert open_envelope(_received(golden)).contract == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_control_a_field_that_is_missing_is_noticed(path: Path) -> None:
    golden = _golden(path)
    del golden["payload"]["id"]

    with pytest.raises(ValidationError):
        open_envelope(_received(golden))


def test_headers_follow_cloudevents() -> None:
    for path in FILES:
        headers = _golden(path)["headers"]
        assert headers["ce_specversion"] == "1.0"
        assert headers["content-type"] == "application/json"
        assert all(headers[name] for name in ("ce_id", "ce_source", "ce_type", "ce_time", "ce_subject"))
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", headers["traceparent"])
        assert headers["ordinal"].isdecimal()
        assert headers["epoch"].isdecimal()


def _a_golden() -> dict[str, Any]:
    return _golden(path_of(type(EXAMPLES[0])))


@pytest.mark.parametrize("schema", ["urn:demain.identity.PersonNamed:v2", "urn:demain.nobody.Said:v1", "nonsense"])
def test_what_is_not_known_yet_is_told_apart_from_what_is_broken(schema: str) -> None:
    with pytest.raises(UnknownContract):
        open_envelope(_received(_a_golden(), ce_dataschema=schema))


@pytest.mark.parametrize("header", ["epoch", "ordinal", "ce_dataschema"])
def test_a_record_without_its_headers_is_no_message(header: str) -> None:
    golden = _a_golden()
    del golden["headers"][header]

    with pytest.raises(BadEnvelope):
        open_envelope(_received(golden))


@pytest.fixture
def third_version(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Shown]]:
    """A contract that was told in two versions before; forgotten after the test."""
    monkeypatch.setattr(base, "_contracts", dict(base._contracts))
    monkeypatch.setattr(base, "_upcasters", dict(base._upcasters))

    @base.contract
    class BenchPlaced(Shown):
        TYPE: ClassVar[str] = "test.BenchPlaced"
        VERSION: ClassVar[int] = 3
        TOPIC: ClassVar[str] = "test.benches"
        ENTITY: ClassVar[str] = "bench"

        names: dict[str, str]
        seats: int

    @base.upcaster("test.BenchPlaced", 1)
    def name_by_language(payload: base.Payload) -> base.Payload:
        return {**payload, "names": {"fr": payload["name"]}}

    @base.upcaster("test.BenchPlaced", 2)
    def benches_had_two_seats(payload: base.Payload) -> base.Payload:
        return {**payload, "seats": 2}

    yield BenchPlaced


def test_older_versions_become_todays_step_by_step(third_version: type[Shown]) -> None:
    first = base.read("urn:test.BenchPlaced:v1", {"id": "b", "name": "Banc"})
    second = base.read("urn:test.BenchPlaced:v2", {"id": "b", "names": {"fr": "Banc"}})
    third = base.read("urn:test.BenchPlaced:v3", {"id": "b", "names": {"fr": "Banc"}, "seats": 2})

    assert first == second == third
    assert type(first) is third_version
    with pytest.raises(UnknownContract, match="version 4 is newer than 3"):
        base.read("urn:test.BenchPlaced:v4", {"id": "b"})


def test_a_version_without_its_upcaster_is_unknown(third_version: type[Shown], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(base._upcasters, ("test.BenchPlaced", 2))

    with pytest.raises(UnknownContract, match="no upcaster from version 2"):
        base.read("urn:test.BenchPlaced:v1", {"id": "b", "name": "Banc"})


def test_two_classes_cannot_tell_one_type(third_version: type[Shown]) -> None:
    class Impostor(Shown):
        TYPE: ClassVar[str] = "test.BenchPlaced"
        TOPIC: ClassVar[str] = "test.benches"
        ENTITY: ClassVar[str] = "bench"

    with pytest.raises(ValueError, match="two classes"):
        base.contract(Impostor)
