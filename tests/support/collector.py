"""A collector of spans: speaks OTLP over HTTP as OpenTelemetry's own does, and remembers what it was told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as ToldSpan


@dataclass(frozen=True)
class Span:
    """One span, as a collector sees it."""

    service: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, Any] = field(hash=False)
    failed: bool
    state: str
    seconds: float


@dataclass
class Collector:
    """What it was told, in order."""

    url: str = ""
    """What `OTEL_EXPORTER_OTLP_ENDPOINT` is set to."""
    spans: list[Span] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def by_id(self) -> dict[str, Span]:
        """The spans by their ids."""
        return {span.span_id: span for span in self.spans}

    def named(self, name: str) -> list[Span]:
        """Those of a name."""
        return [span for span in self.spans if span.name == name]

    def way_to(self, span: Span) -> list[Span]:
        """The spans from the first that is known to this one, each under the one before."""
        known, way = self.by_id(), [span]
        while (parent := known.get(way[0].parent_id)) is not None:
            way.insert(0, parent)
        return way


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """A collector on a free port of this machine."""
    collector = Collector()

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        collector.bodies.append(body)
        collector.spans += _spans(ExportTraceServiceRequest.FromString(body))
        return web.Response(content_type="application/x-protobuf")

    app = web.Application(client_max_size=1 << 28)
    app.router.add_post("/v1/traces", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield collector
    finally:
        await runner.cleanup()


def _spans(told: ExportTraceServiceRequest) -> list[Span]:
    return [
        Span(
            service=_values(resource.resource.attributes)["service.name"],
            name=span.name,
            kind=ToldSpan.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
            trace_id=span.trace_id.hex(),
            span_id=span.span_id.hex(),
            parent_id=span.parent_span_id.hex(),
            attributes=_values(span.attributes),
            failed=span.status.code == span.status.STATUS_CODE_ERROR,
            state=span.trace_state,
            seconds=(span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
        )
        for resource in told.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _values(attributes: Any) -> dict[str, Any]:
    return {one.key: _value(one.value) for one in attributes}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    return getattr(value, kind) if kind is not None else None
