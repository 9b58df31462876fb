"""Tracing: each step of what a request causes is a span, sent to a collector over OTLP (ADR 35).

Off unless ``OTEL_EXPORTER_OTLP_ENDPOINT`` is set; then nothing of OpenTelemetry is even imported, and a step only
hands its place in the trace on. Services that share a process are told apart all the same: each has its own
``service.name``.

Attributes hold ids and codes, never what people wrote, their addresses or secrets; an error is its type.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from typing import TYPE_CHECKING, Literal

from uuid_utils.compat import uuid7

from shared.runtime.correlation import TraceContext, begun_context, current_context, within

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span, Tracer

Attribute = str | int | bool
Attributes = Mapping[str, Attribute]

NAMESPACE = "demain"
"""``service.namespace``, and the name of work that belongs to no service."""


class Kind(Enum):
    """What a step is in the trace, in OpenTelemetry's words."""

    INTERNAL = 0
    SERVER = 1
    CLIENT = 2
    PRODUCER = 3
    CONSUMER = 4


class Under(Enum):
    """Where a step belongs, if not under a given place."""

    HERE = "here"
    """Under what is being done now."""


Place = TraceContext | Literal[Under.HERE] | None
"""What a step belongs under; None for a trace of its own."""


class Step:
    """One step, recorded or not. What it causes belongs under `context`."""

    __slots__ = ("_span", "context")

    def __init__(self, context: TraceContext, span: Span | None = None) -> None:
        self.context = context
        self._span = span

    def name(self, name: str) -> None:
        """Call it that, now that it is known what it is."""
        if self._span is not None:
            self._span.update_name(name)

    def note(self, attribute: str, value: Attribute) -> None:
        """Say something about it."""
        if self._span is not None:
            self._span.set_attribute(attribute, value)

    def fail(self, error: BaseException | str) -> None:
        """It did not succeed. Of an error only its type is told: its text may name people."""
        if self._span is not None:
            from opentelemetry.trace import StatusCode  # noqa: PLC0415

            self._span.set_attribute("error.type", error if isinstance(error, str) else _type_of(error))
            self._span.set_status(StatusCode.ERROR)

    def end(self) -> None:
        """It is over."""
        if self._span is not None:
            self._span.end()


class Tracing:
    """Where the spans of this process go. One exporter, and a provider for each service."""

    def __init__(self, services: Sequence[str], exporter: SpanExporter, *, named: str | None) -> None:
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        self._exporter = exporter
        self._processor = BatchSpanProcessor(exporter)
        self._instance = str(uuid7())
        self._named = named
        self._tracers = {name: self._provider(name).get_tracer(f"{NAMESPACE}.{name}") for name in services}
        self._others = self._provider(None).get_tracer(NAMESPACE)

    def _provider(self, service: str | None) -> TracerProvider:
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415

        resource = Resource.create(
            {
                "service.name": self._named or (f"{NAMESPACE}-{service}" if service else NAMESPACE),
                "service.namespace": NAMESPACE,
                "service.instance.id": self._instance,
            }
        )
        provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        provider.add_span_processor(self._processor)
        return provider

    def tracer(self, service: str) -> Tracer:
        """The tracer of a service."""
        return self._tracers.get(service, self._others)

    async def close(self, deadline: float) -> None:
        """Send what is left, for at most ``deadline`` seconds: a collector that is away must not hold up a stop."""
        done = asyncio.Event()
        loop = asyncio.get_running_loop()

        def flush() -> None:
            self._processor.shutdown()  # type: ignore[no-untyped-call]
            loop.call_soon_threadsafe(done.set)

        # A thread that nobody waits for: the interpreter waits for those of an executor.
        threading.Thread(target=flush, name="last spans", daemon=True).start()
        try:
            await asyncio.wait_for(done.wait(), deadline)
        except TimeoutError:
            self._exporter.shutdown()


_tracing: Tracing | None = None
_acting: ContextVar[str] = ContextVar("acting", default=NAMESPACE)


def start(services: Sequence[str], *, endpoint: str, named: str | None = None) -> None:
    """Trace from now on: send spans to ``endpoint`` by OTLP over HTTP.

    ``named`` is the ``service.name`` of all services, where they shall not be told apart. Sampling, headers, time
    limits and the like are read by OpenTelemetry itself, from its own variables.
    """
    global _tracing  # noqa: PLW0603  # as the loggers: every step of the process reaches it
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

    # It says each time that a collector is away; that spans are missing is seen where they are looked for.
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)
    _tracing = Tracing(services, OTLPSpanExporter(endpoint), named=named)


async def stop(deadline: float) -> None:
    """Trace no longer, once what is left was sent or ``deadline`` seconds have passed."""
    global _tracing
    tracing, _tracing = _tracing, None
    if tracing is not None:
        await tracing.close(deadline)


def is_on() -> bool:
    """Whether steps are recorded."""
    return _tracing is not None


def begin(
    name: str,
    kind: Kind = Kind.INTERNAL,
    *,
    service: str | None = None,
    under: Place = Under.HERE,
    attributes: Attributes | None = None,
) -> Step:
    """Begin a step under a place in a trace, or under what is being done now; under nothing it begins a trace.

    ``service`` is who does it, else who does what is being done now. The caller ends it; a step that is never ended is
    never told of.
    """
    parent = current_context() if under is Under.HERE else under
    if _tracing is None:
        return Step(parent or begun_context())
    from opentelemetry import trace  # noqa: PLC0415
    from opentelemetry.context import Context  # noqa: PLC0415

    around = Context() if parent is None else trace.set_span_in_context(_span_at(parent), Context())
    span = _tracing.tracer(service or _acting.get()).start_span(
        name, around, trace.SpanKind(kind.value), attributes, record_exception=False
    )
    return Step(_context_of(span), span)


@contextmanager
def step(
    name: str,
    kind: Kind = Kind.INTERNAL,
    *,
    service: str | None = None,
    under: Place = Under.HERE,
    attributes: Attributes | None = None,
) -> Iterator[Step]:
    """Do a step, as `begin` begins it: what is done in the block belongs under it. An error fails it."""
    begun = begin(name, kind, service=service, under=under, attributes=attributes)
    acting = _acting.set(service) if service is not None else None
    try:
        with within(begun.context):
            yield begun
    except Exception as error:
        begun.fail(error)
        raise
    finally:
        if acting is not None:
            _acting.reset(acting)
        begun.end()


@contextmanager
def together(steps: Sequence[Step]) -> Iterator[None]:
    """Do several steps that were begun, in one: they end with the block, and an error fails them all."""
    try:
        yield
    except Exception as error:
        for one in steps:
            one.fail(error)
        raise
    finally:
        for one in steps:
            one.end()


def _span_at(context: TraceContext) -> Span:
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, TraceState  # noqa: PLC0415

    return NonRecordingSpan(
        SpanContext(
            int(context.trace_id, 16),
            int(context.span_id, 16),
            is_remote=context.remote,
            trace_flags=TraceFlags(TraceFlags.SAMPLED if context.sampled else TraceFlags.DEFAULT),
            trace_state=TraceState.from_header([context.state]) if context.state else TraceState(),
        )
    )


def _context_of(span: Span) -> TraceContext:
    its = span.get_span_context()
    return TraceContext(
        f"{its.trace_id:032x}", f"{its.span_id:016x}", its.trace_flags.sampled, its.trace_state.to_header()
    )


def _type_of(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
