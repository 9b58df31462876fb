"""Every operation of every service, asked for what its OpenAPI allows, what it forbids, and what breaks things.

Whatever it is sent and by whom, an operation never answers 5xx, answers only what its OpenAPI says (status, media
type, headers, schema), refuses what its OpenAPI forbids, and says every error as a problem. The requests are the
same in every run. The site is not among them: its operations are pages and forms, which OpenAPI does not describe
(its errors are pages too); the journeys in a browser test those.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from argon2 import PasswordHasher
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.identity import passwords
from services.registry import SERVICES
from shared.http.app import create_app
from shared.runtime import logging
from shared.runtime.service import Service
from tests.http_fuzz.grounds import GROUNDS
from tests.http_fuzz.sending import Sending, sendings
from tests.messaging.bulletin.service import SERVICE as BULLETIN
from tests.support.postgres import TestServer
from tests.support.service import serving

REQUESTS = 45
"""Sent to each operation."""
LIMITS_FORGOTTEN = 25
"""Requests after which rate limits are forgotten: some are refused, most are not."""
SHOWN = 3
ALWAYS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def _operations() -> dict[tuple[str, str], Any]:
    """(service, "METHOD /path") → operation."""
    apis = [service for service in SERVICES if not service.problems_as_pages]
    return {(service.name, label): operation for service in apis for label, operation in _described(service).items()}


def _described(service: Service) -> dict[str, Any]:
    """Method and path → operation, as the service's OpenAPI describes it."""
    described = create_app(service, None).openapi()  # type: ignore[arg-type]
    for path in described["paths"].values():
        for operation in path.values():
            # Who calls is chosen here, not made up.
            del operation["security"]
    found = [result.ok() for result in schemathesis.openapi.from_dict(described).get_all_operations()]
    return {operation.label: operation for operation in found}


OPERATIONS = _operations()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id with parameters that take no time, and logs as in production."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=16, parallelism=1))
    passwords._nobodys.cache_clear()
    logging.set_up(format="console", level="critical")


@pytest.mark.parametrize(("name", "label"), sorted(OPERATIONS))
async def test_an_operation_answers_as_it_says_whatever_it_is_sent(
    server: TestServer, tmp_path: Path, name: str, label: str
) -> None:
    statuses: Counter[int] = Counter()
    wrong: list[str] = []
    async with GROUNDS[name](server, tmp_path) as ground:
        callers = list(ground.tokens)
        for number, sending in enumerate(sendings(OPERATIONS[name, label], ground.known, callers, REQUESTS)):
            if number % LIMITS_FORGOTTEN == 0:
                ground.service.resources.own.clear()
            request = sending.request("http://demain.test", ground.tokens[sending.caller])
            answer = await ground.service.http.send(request)
            statuses[answer.status_code] += 1
            fault = _fault(sending, answer)
            if fault is not None:
                wrong.append(f"{sending.caller}: {request.method} {request.url}\n{dict(request.headers)}\n{fault}")
    assert not wrong, f"{len(wrong)} of {sum(statuses.values())} {dict(statuses)}\n\n" + "\n\n".join(wrong[:SHOWN])


def _fault(sending: Sending, answer: httpx.Response) -> str | None:
    """What is wrong with an answer."""
    checks = [*ALWAYS, negative_data_rejection] if sending.untouched and answer.status_code not in {401} else ALWAYS
    try:
        sending.case.validate_response(answer, checks=checks)
    except (FailureGroup, AssertionError) as error:
        return f"{error}\n{answer.request.content[:300]!r}"
    if answer.status_code >= 400:
        problem = answer.json()
        if problem["status"] != answer.status_code or not problem["type"].startswith("urn:demain:problem:"):
            return f"not a problem of this status: {problem}"
    return None


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("GET /api/bulletins/broken", "Server error"),
        ("POST /api/bulletins/returned", "Undocumented status code"),
    ],
)
async def test_the_checks_see_what_is_wrong(server: TestServer, label: str, said: str) -> None:
    """Negative control: operations of the tests' own that do it wrongly."""
    operation = _described(BULLETIN)[label]
    async with serving(server, BULLETIN) as service:
        tokens = {"somebody": service.someone()}
        found = []
        for sending in sendings(operation, {}, list(tokens), 20):
            answer = await service.http.send(sending.request("http://demain.test", tokens[sending.caller]))
            found.append(_fault(sending, answer) or "")
    assert any(said in fault for fault in found)


def test_every_service_with_an_api_has_something_in_it_to_ask_for() -> None:
    assert set(GROUNDS) == {service.name for service in SERVICES if not service.problems_as_pages}
    assert set(GROUNDS) == {name for name, _ in OPERATIONS}
