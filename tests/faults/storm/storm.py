"""The storm: load and faults together for a while, then calm, then the checks."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.storm import newer  # noqa: F401  (what the next version knows, the checks know too)
from tests.faults.storm.checks import calm, hidden, owners, told
from tests.faults.storm.checks.facts import Facts
from tests.faults.storm.faults.fault import Fault
from tests.faults.storm.journal import Journal, Outcome
from tests.faults.storm.load import Load, clients
from tests.faults.storm.schedule import LONGEST, Occasion, schedule
from tests.faults.storm.town import Town
from tests.support.waiting import eventually

LAST = 12
"""Faults that a report of a failure names."""


@dataclass
class Report:
    """What happened, and what came of it."""

    seed: int
    platform: str
    seconds: float
    faults: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    unmet: list[str] = field(default_factory=list)
    """Faults that were there, and that nobody can say were met."""
    journal: Journal = field(default_factory=Journal)
    facts: Facts = field(default_factory=Facts)
    controls: str = ""
    deaths: int = 0

    @property
    def failures(self) -> list[str]:
        """Everything that must not be."""
        return [*self.journal.violations, *self.facts.broken]


async def storm(seed: int, seconds: float, say: Callable[[str], None], *, until: float = math.inf) -> Report:
    """Let it blow for so many seconds, at the longest ``until`` an instant of the monotonic clock, and for one fault at
    least. How long calm and checks take after it is up to the machine."""
    async with Town() as town, clients() as http:
        report = Report(seed, town.name, seconds)
        load = Load(seed, town, report.journal, http)
        await load.start()
        say(f"{len(town.processes)} processes, {town.name}; the load begins")
        await _blow(town, load, report, min(time.monotonic() + seconds, until), say)
        say("calm: everything is put right, the load ends its stories")
        await asyncio.gather(load.stop(), *(process.wait_until_it_answers() for process in town.processes.values()))
        await _check(town, load, report, say)
        report.deaths = sum(process.deaths for process in town.processes.values())
        return report


async def _blow(town: Town, load: Load, report: Report, until: float, say: Callable[[str], None]) -> None:
    for occasion in schedule(report.seed):
        why_not = occasion.fault.impossible(town)
        if why_not:
            report.left_out[occasion.fault.name] = why_not
            continue
        await _steps(load, report.journal, occasion.rest)
        if report.faults and time.monotonic() > until:
            return
        await _one(town, load, report, occasion, say)


async def _one(town: Town, load: Load, report: Report, occasion: Occasion, say: Callable[[str], None]) -> None:
    fault: Fault = occasion.fault(town, occasion.dice)
    number = len(report.faults) + 1
    report.journal.last_fault = f"{number} {fault.name}"
    report.faults.append(fault.name)
    try:
        await fault.begin()
        await _steps(load, report.journal, occasion.length)
    finally:
        await fault.end()
    report.faults[-1] = str(fault)
    if fault.unmet:
        report.unmet.append(f"{fault.name}: {fault.unmet}")
    report.journal.last_fault = f"after {number} {fault.name}"
    not_met = f", not met: {fault.unmet}" if fault.unmet else ""
    say(f"{number:3} {fault} (after {report.journal.steps} steps){not_met}")


async def _steps(load: Load, journal: Journal, count: int) -> None:
    """Until the load has taken so many steps, or it is clear that it cannot."""
    load.check()
    goal, end = journal.steps + count, time.monotonic() + LONGEST
    await eventually(lambda: journal.steps >= goal or time.monotonic() > end, deadline=LONGEST + 5)


async def _check(town: Town, load: Load, report: Report, say: Callable[[str], None]) -> None:
    log = town.log()
    try:
        truth = await calm.check(town, log, report.facts)
        report.journal.calm = True
        say(f"caught up after {report.facts.seconds_to_calm:.0f} s; checking")
        await owners.check(load.first, report.journal, load.stage, report.facts)
        say("asked the owners of all things; checking what is found")
        # Some things were asked for once more just now: search and the probe are to hear of them too.
        truth = await calm.check(town, log, report.facts)
        await hidden.check(load.first, report.journal, load.stage, report.facts)
        say("looked for everything; checking the log and the probe")
        told.check_order(town, truth, report.facts)
        await told.check_probe(town, truth, report.facts)
        report.controls = await told.check_careless(town, log, truth, report.facts, report.seed)
    finally:
        await log.close()


def lines(report: Report) -> list[str]:
    """The report, for people."""
    journal, facts = report.journal, report.facts
    kinds = Counter(one.kind for one in journal.things)
    names = Counter(fault.split(" in ")[0] for fault in report.faults)
    said = [
        f"Seed {report.seed}, {report.seconds:.0f} s of storm on {report.platform}",
        f"Load: {journal.steps} requests for a change"
        f" ({', '.join(f'{journal.outcomes[one]} {one.value}' for one in Outcome)});"
        f" {', '.join(f'{count} {kind}s' for kind, count in kinds.items())}",
        f"Faults injected: {len(report.faults)}, {report.deaths} processes killed",
        *(f"  {count} × {name}" for name, count in sorted(names.items())),
        *(f"  left out: {name}: {why}" for name, why in report.left_out.items()),
        *(f"  not met: {one}" for one in report.unmet),
        f"Facts checked: {facts.total}",
        *(f"  {count} × {what}" for what, count in facts.checked.items()),
        *(f"  not checked: {what}: {why}" for what, why in facts.not_checked.items()),
        f"Controls: {report.controls}",
    ]
    if report.failures:
        said += [f"FAILED: {len(report.failures)} (again with SEED={report.seed}). The last faults:"]
        said += [f"  {fault}" for fault in report.faults[-LAST:]]
        said += report.failures
    return said
