"""Reading ``traceparent`` and ``tracestate``: the good ones whole, of the bad ones nothing."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.runtime.correlation import (
    TraceContext,
    begun_context,
    correlated,
    correlation_id,
    current_context,
    outgoing_headers,
    read_context,
    within,
)

ZEROS = {"0"}


def hexadecimal(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789abcdef", min_size=length, max_size=length)


ids = hexadecimal(32).filter(lambda id: set(id) != ZEROS)
spans = hexadecimal(16).filter(lambda id: set(id) != ZEROS)
flags = hexadecimal(2)
keys = st.from_regex(r"[a-z0-9][_0-9a-z\-*/]{0,20}(@[a-z][_0-9a-z]{0,5})?", fullmatch=True)
printable = "".join(sorted(set(map(chr, range(0x20, 0x7F))) - set(",=")))
values = st.text(printable, min_size=1, max_size=20).map(lambda value: f"{value.strip()}x")
states = st.dictionaries(keys, values, min_size=1, max_size=8)


@given(ids, spans, flags, states)
def test_what_is_well_formed_is_read_and_handed_on(
    trace_id: str, span_id: str, flags: str, members: dict[str, str]
) -> None:
    state = ",".join(f"{key}={value}" for key, value in members.items())
    context = read_context(f"00-{trace_id}-{span_id}-{flags}", state)

    assert context == TraceContext(trace_id, span_id, bool(int(flags, 16) % 2), state, remote=True)
    assert context.headers == {
        "traceparent": f"00-{trace_id}-{span_id}-{'01' if int(flags, 16) % 2 else '00'}",
        "tracestate": state,
    }
    assert read_context(*context.headers.values()) == context


@given(ids, spans, flags, hexadecimal(2).filter(lambda v: v not in {"00", "ff"}), st.text(printable, max_size=20))
def test_a_later_version_is_read_as_far_as_this_one_knows_it(
    trace_id: str, span_id: str, flags: str, version: str, more: str
) -> None:
    known = f"{version}-{trace_id}-{span_id}-{flags}"

    for header in (known, f"{known}-{more}"):
        context = read_context(header)
        assert context is not None
        assert (context.trace_id, context.span_id) == (trace_id, span_id)
    assert read_context(f"{known}x{more}") is None


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "nonsense",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-4bf92f3577b34da6a3ce929d0e0e4736-{'0' * 16}-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n",
        " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
    ],
)
def test_a_bad_one_begins_anew(bad: str) -> None:
    assert read_context(bad, "rojo=1") is None
    with correlated(bad, "rojo=1") as id:
        context = current_context()
        assert context is not None
        assert re.fullmatch("[0-9a-f]{32}", id)
        assert id not in bad
        assert (context.sampled, context.state) == (False, "")


@given(st.text(max_size=80))
def test_no_text_is_too_bad(anything: str) -> None:
    context = read_context(anything, anything)
    if context is not None:
        assert anything.startswith(context.trace_id, 3)


@given(ids, spans, st.text(string.printable, max_size=60))
def test_a_bad_state_is_left_out_alone(trace_id: str, span_id: str, text: str) -> None:
    context = read_context(f"00-{trace_id}-{span_id}-01", text)

    assert context is not None
    assert context.trace_id == trace_id
    assert context.state in {"", ",".join(part.strip(" \t") for part in text.split(",") if part.strip(" \t"))}
    assert "\n" not in context.state


@pytest.mark.parametrize(
    "bad",
    ["rojo", "=1", "Rojo=1", "rojo=1,rojo=2", "rojo=\x7f", ",".join(f"k{n}=1" for n in range(33)), "k=" + "v" * 600],
)
def test_what_is_no_state_is_not_handed_on(bad: str) -> None:
    context = read_context("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", bad)

    assert context is not None
    assert context.state == ""


def test_without_tracing_what_came_is_handed_on_as_it_is() -> None:
    came = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "tracestate": "rojo=1"}

    with correlated(came["traceparent"], came["tracestate"]):
        assert outgoing_headers() == came


def test_each_thing_done_has_its_own_place_and_gives_it_back() -> None:
    outer, inner = begun_context(), begun_context()

    assert correlation_id() is None
    with within(outer):
        with within(inner):
            assert correlation_id() == inner.trace_id
        assert correlation_id() == outer.trace_id
    assert correlation_id() is None
