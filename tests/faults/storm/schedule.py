"""Which fault happens when: from the seed alone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.storm.faults.deliveries import Duplicated, FromTheFuture, Poison, Rebalances
from tests.faults.storm.faults.fault import Fault
from tests.faults.storm.faults.processes import Held, Killed, WrongClock
from tests.faults.storm.faults.servers import (
    BrokerCut,
    BrokerHeld,
    BrokerKilled,
    BrokerMute,
    BrokerSlow,
    DatabaseFull,
    DatabaseKilled,
    DatabaseMute,
    DatabaseStopped,
    IndexFull,
    IndexKilled,
    IndexLost,
    IndexMute,
)

FAULTS: tuple[type[Fault], ...] = (
    Killed,
    Held,
    WrongClock,
    IndexLost,
    DatabaseStopped,
    DatabaseKilled,
    DatabaseMute,
    DatabaseFull,
    IndexFull,
    IndexKilled,
    IndexMute,
    BrokerKilled,
    BrokerHeld,
    BrokerMute,
    BrokerCut,
    BrokerSlow,
    Duplicated,
    Poison,
    FromTheFuture,
    Rebalances,
)

LONGEST = 12.0
"""Seconds a fault lasts at most, and a rest: what is away may let no step through."""


@dataclass(frozen=True)
class Occasion:
    """A fault to come. Rest and length are counted in steps of the load."""

    fault: type[Fault]
    dice: random.Random
    rest: int
    length: int


def schedule(seed: int) -> Iterator[Occasion]:
    """Faults without end: each once, in an order of the dice's, a kill between any two; then all over again."""
    dice = random.Random(f"{seed} faults")
    while True:
        deck = list(FAULTS)
        dice.shuffle(deck)
        for number, fault in enumerate(deck):
            chosen = (fault, Killed) if number % 2 else (fault,)
            for one in chosen:
                own = random.Random(dice.getrandbits(64))
                yield Occasion(one, own, rest=dice.randrange(5, 25), length=dice.randrange(10, 40))
