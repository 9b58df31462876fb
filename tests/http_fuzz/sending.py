"""What an operation is sent: what its OpenAPI allows, what it forbids, what is really there, and what breaks things."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode

SEED = 20261122


def _cursor(place: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


NOBODY = "00000000-0000-7000-8000-000000000000"
CURSORS = [
    _cursor(place)
    for place in (
        ["2026-01-01T00:00:00", NOBODY],
        ["2026-01-01T00:00:00+00:00", NOBODY],
        ["0001-01-01T00:00:00+23:59", NOBODY],
        ["9999-12-31T23:59:59-23:59", NOBODY],
        ["2026-01-01T00:00:00+00:00", "\x00"],
        [NOBODY],
        ["\x00"],
        [2**80, 0, "x"],
        [True, None, {}],
        [float("nan"), float("inf"), -1],
        [],
    )
] + ["=", "é", "\x00"]
TEXTS = [
    *(
        "\x00",
        "a\x00b",
        "\ud800",
        "a\udfffb",
        "\uffff",
        "\U0010ffff",
        "\u202e",
        "\u200b",
        "\r\n",
        "\x1b[0m",
        " ",
        "\xa0",
    ),
    *(
        "x" * 9_000,
        "9" * 5_000,
        "-1",
        "1e400",
        "NaN",
        "٣",
        "..etc",
        "%00",
        "%",
        "_",
        "\\",
        "'",
        '"',
        "(",
        '"a',
        "-",
        "*",
    ),
    *("a:b", "a^2", "+-", "AND", "[a TO b]", "(" * 500, "2026-13-45", "0001-01-01T00:00:00+23:59", "9999-12-31"),
    *("9999-12-31T23:59:59.999999-23:59", "0001-01-01", "2026-01-01T00:00:00", "İ@example.org", "a@b\x00.org", NOBODY),
    *("{" + NOBODY + "}", "urn:uuid:" + NOBODY, NOBODY.replace("-", ""), "null", "{}", "<b>", "![](" * 300),
]
OTHERS: list[Any] = [None, True, 0, -1, 2**31, 2**63, 2**70, 1e308, [], {}, [[]], ["\x00"], ["\ud800"], {"a": 1}]
HEADER_TEXTS = [
    "",
    "*",
    '"1"',
    'W/"1"',
    '"1", "2"',
    "\xff",
    "a\tb",
    "x" * 9_000,
    ",,,",
    '"' + "9" * 500 + '"',
    "Bearer",
    "é",
]
BODIES = [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"null", b"1" * 5_000, b"NaN", b'"\\ud800"', b'{"a": 1, "a": 2}']


@dataclass
class Sending:
    """One request, and what it is made from."""

    case: schemathesis.Case
    caller: str
    untouched: bool
    """Whether it is as schemathesis made it, so that what OpenAPI says of it still holds."""
    raw: bytes | None = None
    """A body in place of the case's."""
    headers: dict[str, str] = field(default_factory=dict)

    def request(self, base_url: str, token: Mapping[str, str]) -> httpx.Request:
        """The request as it goes over the wire."""
        kwargs = self.case.as_transport_kwargs(base_url=base_url)
        values = {name: quote(str(value), safe="") for name, value in (self.case.path_parameters or {}).items()}
        kwargs["url"] = base_url + self.case.operation.path.format(**values)
        wire = {name: kwargs[name] for name in ("method", "url", "params", "cookies") if name in kwargs}
        headers = {name: value for name, value in kwargs["headers"].items() if name.lower() != "authorization"}
        body = kwargs.get("data")
        if "json" in kwargs:
            # Not as requests would: lone surrogates are sent escaped.
            body = json.dumps(kwargs["json"]).encode()
        prepared = requests.Request(**wire, data=body).prepare()
        content = self.raw if self.raw is not None else prepared.body or b""
        assert prepared.url is not None and prepared.method is not None
        sent = {**headers, **self.headers, **token}
        if content and not any(name.lower() == "content-type" for name in sent):
            sent["Content-Type"] = "application/json"
        lines = [
            (name.encode("latin-1", "replace"), str(value).encode("latin-1", "replace")) for name, value in sent.items()
        ]
        return httpx.Request(prepared.method, prepared.url, headers=lines, content=content)


def sendings(operation: Any, known: Mapping[str, Sequence[Any]], callers: Sequence[str], count: int) -> list[Sending]:
    """What an operation is sent, the same in every run."""
    found: list[Sending] = []

    @seed(SEED)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def collect(data: st.DataObject) -> None:
        found.append(_sending(data.draw, operation, known, callers))

    collect()
    return found


def _sending(draw: Any, operation: Any, known: Mapping[str, Sequence[Any]], callers: Sequence[str]) -> Sending:
    how = draw(st.sampled_from(("allowed", "forbidden", "known", "known", "hostile", "hostile")))
    mode = GenerationMode.NEGATIVE if how == "forbidden" else GenerationMode.POSITIVE
    try:
        case = draw(operation.as_strategy(generation_mode=mode))
    except schemathesis.errors.SchemathesisError:
        case, how = draw(operation.as_strategy()), "allowed"
    # Another path would be another operation, or none.
    assume(
        not any(str(value) in {"", ".", ".."} or "/" in str(value) for value in (case.path_parameters or {}).values())
    )
    sending = Sending(case, draw(st.sampled_from(callers)), untouched=how in {"allowed", "forbidden"})
    if not sending.untouched:
        _settle(draw, sending, known)
    if how == "hostile":
        _spoil(draw, sending)
    return sending


def _parts(case: schemathesis.Case) -> list[Any]:
    bodies = [case.body] if isinstance(case.body, dict) else []
    return [part for part in (case.path_parameters, case.query, case.headers, *bodies) if part is not None]


def _settle(draw: Any, sending: Sending, known: Mapping[str, Sequence[Any]]) -> None:
    """Put what is really there in place of what was made up."""
    for part in _parts(sending.case):
        for name in list(part):
            if name in known and draw(st.integers(0, 3)):
                part[name] = draw(st.sampled_from(known[name]))


def _spoil(draw: Any, sending: Sending) -> None:
    """Put what breaks things in one place."""
    case = sending.case
    names = [parameter.name for parameter in case.operation.query]
    places: list[tuple[Any, str, list[Any]]] = [(case.query, name, [*TEXTS, *CURSORS]) for name in names]
    places += [(case.path_parameters, name, TEXTS) for name in case.path_parameters or ()]
    places += [(sending.headers, name, HEADER_TEXTS) for name in ("If-Match", "If-None-Match", "Idempotency-Key")]
    places += [(sending.headers, "traceparent", [*HEADER_TEXTS, "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])]
    if isinstance(case.body, dict) and case.body:
        spoilt = [
            {**case.body, name: _shaped(case.body[name], value)} for name in case.body for value in (*TEXTS, *OTHERS)
        ]
        places += [(None, "body", [json.dumps(body).encode() for body in spoilt])] * 3
    if case.operation.body:
        places += [(None, "body", BODIES)]
    part, name, values = draw(st.sampled_from(places))
    value = draw(st.sampled_from(values))
    if part is None:
        sending.raw = value
    elif name == "cursor":
        part[name] = draw(st.sampled_from(CURSORS))
    else:
        # What cannot be written in an address is no request.
        part[name] = value if part is not case.query and part is not case.path_parameters else _sendable(value)


def _shaped(before: Any, value: Any) -> Any:
    return [value] if isinstance(before, list) and isinstance(value, str) else value


def _sendable(value: str) -> str:
    return value.encode("utf-8", "replace").decode()
