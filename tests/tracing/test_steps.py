"""Each message is in the trace of who caused it, also where many travel together; and what is not sampled stays so."""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import sys
from typing import Any

import httpx
import pytest

from services.registry import SERVICES
from shared.messaging.consumer import Consumer
from shared.messaging.log import Log
from shared.messaging.reactions import Reactions, StateReaction
from shared.messaging.relay import Relay
from shared.runtime import telemetry
from shared.runtime.wiring import CannotWork, Wiring
from shared.settings import Settings
from shared.storage.database import Database
from tests.messaging.bulletin.contracts import BULLETINS
from tests.messaging.hearer.service import REACTIONS, hear, heard, hide
from tests.messaging.working import at_work, messages, relayed
from tests.support.collector import Collector
from tests.support.ports import free_port
from tests.support.service import ServiceUnderTest
from tests.support.waiting import eventually

WAY = ["POST /api/bulletins", f"create {BULLETINS.name}", f"send {BULLETINS.name}", f"process {BULLETINS.name}"]


def place(sampled: bool = True) -> str:
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-{sampled:02d}"


def trace_of(traceparent: str) -> str:
    return traceparent.split("-")[1]


async def post(bulletin: ServiceUnderTest, title: str, **headers: str) -> httpx.Response:
    answer = await bulletin.http.post(
        "/api/bulletins", json={"title": title}, headers={**bulletin.someone(), **headers}
    )
    assert answer.status_code == 201, answer.text
    return answer


async def told(bulletin: ServiceUnderTest, hearer: Database, log: Log, reactions: Reactions = REACTIONS) -> None:
    """Have all that waits sent in one batch, and then applied in one."""
    async with at_work(Relay(bulletin.database, log).run):
        await relayed(bulletin.database)
    count = len(await messages(log))
    async with at_work(Consumer(hearer, log, reactions, poll=0.05, backoff=0.05).run):

        async def all_heard() -> bool:
            return len(await heard(hearer)) == count

        await eventually(all_heard, deadline=60)


@pytest.mark.usefixtures("tracing")
async def test_each_message_of_a_batch_stays_in_its_own_trace(
    bulletin: ServiceUnderTest, hearer: Database, log: Log, collector: Collector
) -> None:
    causes = [place() for _ in range(5)]
    for n, cause in enumerate(causes):
        await post(bulletin, f"n{n}", traceparent=cause)
    await told(bulletin, hearer, log)
    await telemetry.stop(30)

    processed = {span.trace_id: span for span in collector.named(WAY[-1])}
    assert set(processed) == {trace_of(cause) for cause in causes}
    for cause in causes:
        way = collector.way_to(processed[trace_of(cause)])
        assert [span.name for span in way] == WAY
        assert way[0].parent_id == cause.split("-")[2]
        assert [span.service for span in way] == ["demain-bulletin"] * 3 + ["demain-hearer"]
    assert {span.attributes["messaging.batch.message_count"] for span in processed.values()} == {5}


@pytest.mark.usefixtures("tracing")
async def test_what_the_caller_does_not_sample_is_not_recorded_anywhere(
    bulletin: ServiceUnderTest, hearer: Database, log: Log, collector: Collector
) -> None:
    kept, left = place(), place(sampled=False)
    answers = [await post(bulletin, f"{n}", traceparent=cause) for n, cause in enumerate((kept, left))]
    await told(bulletin, hearer, log)
    await telemetry.stop(30)

    assert [answer.headers["x-request-id"] for answer in answers] == [trace_of(kept), trace_of(left)]
    assert {span.trace_id for span in collector.spans if span.name in WAY} == {trace_of(kept)}
    on_log = {trace_of(str(one.traceparent)): str(one.traceparent) for one in await messages(log)}
    assert on_log[trace_of(kept)].endswith("-01")
    assert on_log[trace_of(left)].endswith("-00"), "whoever comes next must not record it either"


async def test_the_sampler_of_opentelemetry_s_variables_decides_at_the_root(
    bulletin: ServiceUnderTest, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_always_off")
    telemetry.start(["bulletin"], endpoint=f"{collector.url}/v1/traces")
    await post(bulletin, "nobody's")
    sampled = place()
    await post(bulletin, "sampled by the caller", traceparent=sampled)
    await telemetry.stop(30)

    assert {span.trace_id for span in collector.spans} == {trace_of(sampled)}


@pytest.mark.usefixtures("tracing")
async def test_an_error_is_told_by_its_type_alone(
    bulletin: ServiceUnderTest, hearer: Database, log: Log, collector: Collector
) -> None:
    secret = "jeanne@exemple.fr"

    async def refuse(session: Any, messages: Any) -> None:
        if not any(span.failed for span in collector.spans):
            raise LookupError(secret)
        await hear(session, messages)

    await post(bulletin, "un", traceparent=place())
    await post(bulletin, "deux", traceparent=place())
    async with at_work(Relay(bulletin.database, log).run):
        await relayed(bulletin.database)
    reactions = Reactions("hearer", states=(StateReaction(BULLETINS, refuse, hide),))
    async with at_work(Consumer(hearer, log, reactions, poll=0.05, backoff=0.05).run):
        failed = await eventually(lambda: [span for span in collector.spans if span.failed], deadline=60)

    assert {span.attributes["error.type"] for span in failed} == {"LookupError"}
    assert secret.encode() not in b"".join(collector.bodies)


@pytest.mark.parametrize("silent", [False, True], ids=["refusing", "silent"])
async def test_a_collector_that_is_away_hurts_nobody(bulletin: ServiceUnderTest, silent: bool) -> None:
    port, held = free_port(), asyncio.Event()

    async def accept_and_say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await held.wait()
        writer.close()

    far = await asyncio.start_server(accept_and_say_nothing, "127.0.0.1", port) if silent else None
    telemetry.start(["bulletin"], endpoint=f"http://127.0.0.1:{port}/v1/traces")
    answers = await asyncio.gather(*(post(bulletin, f"{n}", traceparent=place()) for n in range(20)))
    # Much longer than its own deadline, much shorter than the exporter would try.
    await asyncio.wait_for(telemetry.stop(0.2), 8)

    assert {answer.status_code for answer in answers} == {201}
    assert not telemetry.is_on()
    held.set()
    if far is not None:
        far.close()


def test_without_a_collector_what_records_and_sends_is_not_even_imported() -> None:
    """It would cost each start and each command a fifth of a second."""
    look = (
        "import sys, services.cli, shared.runtime.platform; from shared.runtime.telemetry import step\n"
        "with step('one') as one: one.note('a', 1); one.fail('x')\n"
        "print([name for name in sys.modules if name.startswith(('opentelemetry.sdk', 'opentelemetry.exporter'))])"
    )
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"otlp_endpoint": "127.0.0.1:4318"}, "OTEL_EXPORTER_OTLP_ENDPOINT: is not an address"),
        ({"otlp_endpoint": "http://c:4317", "otlp_protocol": "grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL: grpc"),
        ({"otlp_endpoint": "http://c:4318", "otel_traces_exporter": "zipkin"}, "OTEL_TRACES_EXPORTER"),
    ],
)
def test_a_collector_that_cannot_be_spoken_to_is_refused(settings: dict[str, str], says: str) -> None:
    with pytest.raises(CannotWork, match=says):
        Wiring(Settings(**settings), SERVICES)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "goes_to"),
    [
        ({}, None),
        ({"otlp_endpoint": "http://c:4318"}, "http://c:4318/v1/traces"),
        ({"otlp_endpoint": "http://c:4318/base/"}, "http://c:4318/base/v1/traces"),
        ({"otlp_endpoint": "http://c:4318", "otlp_traces_endpoint": "http://d/t"}, "http://d/t"),
        ({"otlp_endpoint": "http://c:4318", "otel_sdk_disabled": True}, None),
        ({"otlp_endpoint": "http://c:4318", "otel_traces_exporter": "none"}, None),
    ],
)
def test_spans_go_where_the_variables_say(settings: dict[str, Any], goes_to: str | None) -> None:
    assert Wiring(Settings(**settings), SERVICES).traces_to == goes_to
