"""Processes that are killed, stand still, or have another clock."""

from __future__ import annotations

from tests.faults.storm.faults.fault import Fault
from tests.faults.storm.process import Process, clock_library
from tests.faults.storm.town import Town

HOUR = 3600


class Killed(Fault):
    """kill -9 of a process, which is started again."""

    name = "kill -9 of a process"
    _process: Process | None = None

    async def begin(self) -> None:
        """Any of them, the probe too."""
        self._process = self.dice.choice(list(self.town.processes.values()))
        self.detail = self._process.name
        self._process.kill()

    async def end(self) -> None:
        """As whoever runs it would."""
        if self._process is not None and not self._process.is_running:
            self._process.start()


class Held(Fault):
    """A process stands still while others take over, and goes on as if nothing had been."""

    name = "a process stands still"
    _process: Process | None = None

    @classmethod
    def impossible(cls, town: Town) -> str:
        """What it writes late must be fenced by the broker."""
        return town.broker.lacks.get("fencing", "")

    async def begin(self) -> None:
        """One of those that hold a duty."""
        self._process = self.dice.choice([*self.town.of("contributions"), *self.town.of("events")])
        self.detail = self._process.name
        self._process.hold()

    async def end(self) -> None:
        """It wakes up, an old relay."""
        if self._process is not None:
            self._process.go_on()


class WrongClock(Fault):
    """A process has a clock an hour from everybody else's."""

    name = "clocks an hour apart"
    _process: Process | None = None

    @classmethod
    def impossible(cls, town: Town) -> str:
        """It takes a library."""
        return "" if clock_library() else "libfaketime is not installed (Debian's package faketime)"

    async def begin(self) -> None:
        """Started again with it."""
        named = ("contributions", "events", "partners", "search")
        self._process = self.dice.choice([process for service in named for process in self.town.of(service)])
        clock = self.dice.choice([-HOUR, HOUR])
        self.detail = f"{self._process.name} {clock:+d} s"
        self._process.kill()
        self._process.start(clock=f"{clock:+d}")
        await self._process.wait_until_it_answers()

    async def end(self) -> None:
        """Started again with the right one."""
        if self._process is not None:
            self._process.kill()
            self._process.start()
