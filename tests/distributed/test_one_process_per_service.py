"""The platform as processes: what one accepts the others show, copies share the work, what is down is missing alone."""

from __future__ import annotations

from pathlib import Path

import httpx

from services.identity.cli import grant
from tests.faults.stream import Attempt, Stream, new_word
from tests.support.processes import Platform, Process, distributed
from tests.support.waiting import eventually

ABSENT = "Cette partie ne répond pas pour l’instant. Le reste de la page est à jour."
FOUND = 120.0
"""Seconds until what was published is found, on a machine with other work."""


async def _people(platform: Platform, identity: Process) -> Stream:
    """An expert and an editor, signed in."""
    stream = Stream(identity.url)
    await stream.sign_up("expert@demain.example", "editor@demain.example")
    async with platform.beside() as parts:
        for role in ("expert", "editor"):
            await grant(parts.resources["identity"], f"{role}@demain.example", role)
    await stream.sign_in("expert@demain.example", "editor@demain.example")
    return stream


async def _publish(stream: Stream, at: str) -> Attempt:
    """A contribution written and published at the process at ``at``."""
    attempt = Attempt(new_word())
    async with httpx.AsyncClient(base_url=at, trust_env=False, timeout=60) as http:
        await stream.publish(http, attempt)
    return attempt


async def _found(search: Process, word: str) -> None:
    async with httpx.AsyncClient(base_url=search.url, trust_env=False, timeout=30) as http:

        async def is_found() -> bool:
            answer = await http.get("/api/search", params={"q": word})
            return answer.status_code == 200 and answer.json()["total"] == 1

        await eventually(is_found, deadline=FOUND, every=0.1)


async def test_processes_are_one_platform(folder: Path) -> None:
    async with distributed(folder) as platform:
        identity, contributions, search, web = await platform.start_all("identity", "contributions", "search", "web")
        copy = await platform.start("contributions")
        stream = await _people(platform, identity)

        one, other = await _publish(stream, contributions.url), await _publish(stream, copy.url)
        for attempt in (one, other):
            await _found(search, attempt.word)

        async with httpx.AsyncClient(base_url=web.url, trust_env=False, timeout=60) as site:

            async def home(*there: str, absent: bool) -> None:
                async def is_so() -> bool:
                    page = (await site.get("/")).text
                    return all(one in page for one in there) and (ABSENT in page) == absent

                await eventually(is_so, deadline=FOUND, every=0.2)

            # Events and partners were never started.
            await home(one.word, other.word, absent=True)
            await platform.start_all("events", "partners")
            await home(one.word, other.word, absent=False)

            # Killed in the middle of it: the other copy goes on.
            contributions.kill()
            third = await _publish(stream, copy.url)
            await _found(search, third.word)

            # The site knows the address of the first copy alone.
            await home("Les contributions ne répondent pas pour l’instant.", absent=True)
            found = await site.get("/recherche", params={"q": third.word})
            assert found.status_code == 200
            assert third.word in found.text

            contributions.launch()
            await contributions.ready()
            await home(third.word, absent=False)
        assert all("Traceback" not in process.said for process in platform.processes)
