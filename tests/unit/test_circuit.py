"""The circuit breaker, over every order of calls, answers and instants."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shared.clients.circuit import Circuit, CircuitOpen, Pass, State

FAILURES, FIRST, LONGEST = 3, 1.0, 8.0


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def circuit(time: Time, dice: float = 0.0) -> Circuit:
    return Circuit(failures=FAILURES, first_delay=FIRST, longest_delay=LONGEST, clock=time, dice=lambda: dice)


def opened(time: Time, dice: float = 0.0) -> Circuit:
    made = circuit(time, dice)
    for _ in range(FAILURES):
        made.enter().failed()
    return made


def refused(made: Circuit) -> float:
    with pytest.raises(CircuitOpen) as refusal:
        made.enter()
    return refusal.value.seconds


class Calls(RuleBasedStateMachine):
    """Calls begin and end in any order while time passes."""

    @initialize(dice=st.floats(0, 1))
    def begin(self, dice: float) -> None:
        self.time = Time()
        self.dice = dice
        self.circuit = circuit(self.time, dice)
        self.under_way: list[tuple[Pass, int]] = []
        self.changes = 0
        """How often the state was seen to change: calls from before a change do not count."""
        self.row = 0
        self.opened_at: float | None = None
        self.last = State.CLOSED

    def _look(self) -> None:
        if self.circuit.state is not self.last:
            self.changes += 1
            self.row = 0
            self.last = self.circuit.state
            self.opened_at = self.time.now if self.last is State.OPEN else None

    @rule(seconds=st.floats(0, 3))
    def wait(self, seconds: float) -> None:
        self.time.now += seconds

    @rule()
    def call(self) -> None:
        before = self.circuit.state
        try:
            leave = self.circuit.enter()
        except CircuitOpen as refusal:
            assert before is not State.CLOSED
            assert 0 <= refusal.seconds <= LONGEST
            assert (refusal.seconds > 0) == (before is State.OPEN)
            assert self.circuit.state is before, "asking changes nothing"
            return
        assert before is not State.HALF_OPEN, "one tries at a time"
        self._look()
        self.under_way.append((leave, self.changes))

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), how=st.sampled_from(["succeeded", "failed", "abandoned"]))
    def end(self, data: st.DataObject, how: str) -> None:
        leave, at = self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))
        before = self.circuit.state
        getattr(leave, how)()
        after = self.circuit.state
        if at != self.changes:
            assert after is before, "what was asked before it changed proves nothing"
            return
        expected = before
        if before is State.HALF_OPEN:
            expected = State.CLOSED if how == "succeeded" else State.OPEN
        elif before is State.CLOSED:
            self.row = {"succeeded": 0, "failed": self.row + 1, "abandoned": self.row}[how]
            expected = State.OPEN if self.row >= FAILURES else State.CLOSED
        assert after is expected
        self._look()

    @invariant()
    def it_is_never_shut_for_long(self) -> None:
        """Whatever happened, after the longest delay somebody may try, once."""
        if self.opened_at is not None and self.time.now >= self.opened_at + LONGEST:
            leave = self.circuit.enter()
            assert self.circuit.state is State.HALF_OPEN
            assert refused(self.circuit) == 0
            leave.abandoned()
            assert self.circuit.state is State.OPEN
            self.opened_at = self.time.now
            self.changes += 2


TestCalls = Calls.TestCase


@given(st.floats(0, 1), st.integers(0, 12))
def test_each_trial_that_fails_doubles_the_delay_up_to_the_longest(dice: float, trials: int) -> None:
    time = Time()
    made = opened(time, dice)
    for number in range(trials):
        longest = min(FIRST * 2**number, LONGEST)
        assert longest / 2 <= refused(made) <= longest
        time.now += longest
        made.enter().failed()
    time.now += LONGEST
    made.enter().succeeded()
    assert made.state is State.CLOSED
    for _ in range(FAILURES):
        made.enter().failed()
    assert FIRST / 2 <= refused(made) <= FIRST, "the next time it begins anew"


def test_failures_must_be_in_a_row() -> None:
    made = circuit(Time())
    for _ in range(10):
        for _ in range(FAILURES - 1):
            made.enter().failed()
        made.enter().succeeded()
    assert made.state is State.CLOSED


def test_a_trial_whose_caller_went_away_lets_the_next_try_at_once() -> None:
    time = Time()
    made = opened(time)
    time.now += FIRST
    made.enter().abandoned()
    made.enter().succeeded()
    assert made.state is State.CLOSED
