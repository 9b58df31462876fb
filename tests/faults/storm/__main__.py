"""``python -m tests.faults.storm [--seed N] [--minutes M]``: a storm of its own, and its report."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time

from tests.faults.storm.storm import lines, storm

BEGAN = time.monotonic()
CHECKS = 150.0
"""Seconds that are left for calm and checks."""


def _say(line: str) -> None:
    print(f"{time.monotonic() - BEGAN:5.0f} s  {line}", flush=True)


def main() -> int:
    """0 if every fact holds."""
    parser = argparse.ArgumentParser(prog="make test-faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="the seed of another run, to have its storm again")
    parser.add_argument("--minutes", type=float, default=5.0, help="how long the storm lasts; checks come on top")
    parser.add_argument(
        "--within",
        type=float,
        default=10.0,
        help="minutes that all of it is to take: what a slow start takes is taken from the storm, not from the checks",
    )
    given = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if given.seed is None else given.seed
    _say(f"Seed {seed}: make test-faults SEED={seed} MINUTES={given.minutes:g} has this storm again")
    report = asyncio.run(storm(seed, given.minutes * 60, _say, until=BEGAN + given.within * 60 - CHECKS))
    print("\n".join(lines(report)))
    print(f"{time.monotonic() - BEGAN:.0f} s in all: " + ("every fact holds" if not report.failures else "FAILED"))
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
