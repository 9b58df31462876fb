"""A circuit breaker: who does not answer is not asked again by everybody at once.

Closed, calls go through. After some failures in a row it opens: calls are refused at once, so that nobody waits for
who is not there. After a while one call is let through to try; if it succeeds the circuit closes, if it fails the
circuit stays open for longer. Pure: the clock and the dice are given, nothing is awaited.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

FAILURES = 5
"""Failures in a row that open it."""
FIRST_DELAY, LONGEST_DELAY = 1.0, 15.0
"""Seconds until a trial, doubled with each that fails; up to a half less, so that processes do not try in step."""


class State(StrEnum):
    """What becomes of the next call."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"
    """One call tries; the others are refused."""


@dataclass(eq=False)
class CircuitOpen(Exception):
    """The call was not made."""

    seconds: float
    """Until one will be let through to try; 0 if one tries now."""


class Pass:
    """The leave to make one call. Say once what became of it; what is said after the circuit changed counts no more."""

    def __init__(self, circuit: Circuit, turn: int) -> None:
        self._circuit = circuit
        self._turn = turn

    def succeeded(self) -> None:
        """Something answered, whatever it said."""
        self._circuit._succeeded(self._turn)

    def failed(self) -> None:
        """Nobody answered, or not in time."""
        self._circuit._failed(self._turn)

    def abandoned(self) -> None:
        """Whoever asked did not wait for the answer: it proves nothing."""
        self._circuit._abandoned(self._turn)


class Circuit:
    """The circuit to one service at one address."""

    def __init__(
        self,
        *,
        failures: int = FAILURES,
        first_delay: float = FIRST_DELAY,
        longest_delay: float = LONGEST_DELAY,
        clock: Callable[[], float] = time.monotonic,
        dice: Callable[[], float] = random.random,
    ) -> None:
        """``clock`` is in seconds; ``dice`` gives numbers from 0 to 1."""
        self._most = failures
        self._first_delay = first_delay
        self._longest_delay = longest_delay
        self._clock = clock
        self._dice = dice
        self._state = State.CLOSED
        self._turn = 0
        """Rises with each change of state: an answer to a call from before it is old news."""
        self._row = 0
        """Failures since the last success, while closed; trials that failed, since it opened."""
        self._until = 0.0

    @property
    def state(self) -> State:
        """What it is now."""
        return self._state

    @property
    def is_open(self) -> bool:
        """Whether calls are refused, but for the one that tries."""
        return self._state is not State.CLOSED

    def enter(self) -> Pass:
        """Leave to make a call. Raises CircuitOpen."""
        if self._state is State.OPEN:
            ahead = self._until - self._clock()
            if ahead > 0:
                raise CircuitOpen(ahead)
            self._become(State.HALF_OPEN)
        elif self._state is State.HALF_OPEN:
            raise CircuitOpen(0.0)
        return Pass(self, self._turn)

    def _become(self, state: State) -> None:
        self._state = state
        self._turn += 1

    def _open(self) -> None:
        delay = min(self._first_delay * 2 ** min(self._row, 30), self._longest_delay)
        self._until = self._clock() + delay * (1 - self._dice() / 2)
        self._become(State.OPEN)

    def _succeeded(self, turn: int) -> None:
        if turn != self._turn:
            return
        self._row = 0
        if self._state is State.HALF_OPEN:
            self._become(State.CLOSED)

    def _failed(self, turn: int) -> None:
        if turn != self._turn:
            return
        self._row += 1
        if self._state is State.HALF_OPEN:
            self._open()
        elif self._row >= self._most:
            self._row = 0
            self._open()

    def _abandoned(self, turn: int) -> None:
        if turn == self._turn and self._state is State.HALF_OPEN:
            # The next call may try at once: this one said nothing.
            self._until = self._clock()
            self._become(State.OPEN)
