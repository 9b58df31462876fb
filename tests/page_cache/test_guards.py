"""What keeps kept pages true, one by one: where a guard is taken away a page goes stale."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.web.page_cache import tags
from services.web.page_cache.recording import DRIFT, Recorder
from services.web.page_cache.store import PageCache
from services.web.sections.partners import blocks
from shared.auth.principal import Role
from shared.messaging import counts
from shared.runtime.service import StateTopic
from shared.storage.database import Database
from shared.storage.identifiers import new_id
from tests.page_cache.life import Entity, Life, differs
from tests.services.partners.town import CALL

pytestmark = pytest.mark.usefixtures("nothing_kept")

Take = Callable[[pytest.MonkeyPatch], None]
Scenario = Callable[[Life], Awaitable[str]]
"""Has a page kept, lets something happen to it, and says at which address it is."""


async def kept(life: Life, address: str) -> str:
    """Have a page kept; near an instant that a service judges only once that is past."""
    await life.town.settled()
    life.town.clock.set(life.town.clock.now(UTC) + 2 * DRIFT)
    assert (await life.town.page(address)).status_code == 200
    assert any(key[1] == address for key in life.town.cache.addresses()), life.town.renders()
    return address


async def text_of(life: Life, language: str = "fr") -> Entity:
    """A text that was just published."""
    while True:
        await life.publish()
        if life.contributions[-1]["language"] == language:
            return life.contributions[-1]


async def debate_of(life: Life, about: str | None = None) -> Entity:
    """A debate that is open for three days."""
    closes = life.town.clock.now(UTC) + timedelta(days=3)
    asked = {"question": "Faut-il des arbres ?", "contribution": about, "closes_at": closes.isoformat()}
    return await done(life.ask("POST", "/api/debates", asked))


async def argument_of(life: Life) -> Entity:
    """An argument in a debate of its own."""
    debate = await debate_of(life)
    said = {"body": "Il y fait trop chaud.", "position": "for"}
    return await done(life.ask("POST", f"/api/debates/{debate['id']}/arguments", said))


async def done(asked: Awaitable[Entity | None]) -> Entity:
    """What must be granted."""
    answer = await asked
    assert answer is not None
    return answer


async def corrected(life: Life) -> str:
    one = await text_of(life)
    address = await kept(life, one["url"])
    await life.change("/api/contributions", one, {"summary": "Tout autre chose.", "reason": "Une erreur."})
    return address


async def entered_a_list(life: Life) -> str:
    address = await kept(life, "/organisations")
    await life.found()
    return address


async def its_forum_changed(life: Life) -> str:
    await life.gather()
    held = life.sessions[-1]
    address = await kept(life, held["url"])
    forum = next(one for one in life.forums if one["id"] == held["forum"])
    await life.change("/api/forums", forum, {"title": "Un tout autre forum"})
    return address


async def its_text_withdrawn(life: Life) -> str:
    about = await text_of(life)
    address = await kept(life, (await debate_of(life, about["id"]))["url"])
    await life.move("/api/contributions", about, "withdraw", "Retiré.")
    return address


async def theme_renamed(life: Life) -> str:
    await life.gather()
    address = await kept(life, life.forums[-1]["url"])
    named = {"names": {"fr": f"Énergie {new_id()}", "en": "Energy"}}
    await done(life.ask("PATCH", "/api/themes/energy", named, headers={"If-Match": "*"}))
    return address


async def closed_by_itself(life: Life) -> str:
    address = await kept(life, (await debate_of(life))["url"])
    life.town.clock.set(life.town.clock.now(UTC) + timedelta(days=4))
    return address


async def turned_at_midnight(life: Life) -> str:
    address = await kept(life, (await text_of(life))["url"])
    life.town.clock.set(life.town.clock.now(UTC) + timedelta(days=1))
    return address


async def opened_by_itself(life: Life) -> str:
    """A call comes onto a page that did not show it."""
    for one in life.calls:
        await life.move("/api/calls", one, "close")
    now = life.town.clock.now(UTC)
    # Nothing else turns in the next minutes: neither the day nor, an hour after it began, what life has planned.
    life.town.clock.set(now.replace(hour=1, minute=10) + timedelta(days=1))
    opens = life.town.clock.now(UTC) + timedelta(minutes=2)
    asked = {**CALL, "opens_at": opens.isoformat(), "deadline": (opens + timedelta(days=9)).isoformat()}
    life.calls.append(await done(life.ask("POST", "/api/calls", asked)))
    await life.move("/api/calls", life.calls[-1], "publish")
    address = await kept(life, "/")
    life.town.clock.set(opens + 2 * DRIFT)
    return address


async def endorsed(life: Life) -> str:
    one = await argument_of(life)
    address = await kept(life, f"/debats/{one['debate']['id']}/arguments/{one['id']}")
    await done(life.ask("PUT", f"/api/arguments/{one['id']}/endorsement", None, life.citizens[0]))
    return address


async def registered(life: Life) -> str:
    await life.gather()
    address = await kept(life, life.forums[-1]["url"])
    await done(life.ask("POST", f"/api/forums/{life.forums[-1]['id']}/registrations", None, life.citizens[0]))
    return address


async def taken_down(life: Life) -> str:
    """An argument that the list of debates only counts."""
    one = await argument_of(life)
    address = await kept(life, "/debats")
    hide = {"action": "hide", "rule": "privacy", "reason": "Des noms."}
    moderator = life.town.issuer.bearer(new_id(), Role.MODERATOR)
    await done(life.ask("POST", f"/api/arguments/{one['id']}/moderation", hide, moderator))
    return address


async def translated(life: Life) -> str:
    one, other = await text_of(life), await text_of(life, "en")
    address = await kept(life, one["url"])
    path, headers = f"/api/contributions/{one['id']}/translations", await life.at("/api/contributions", one)
    await done(life.ask("PUT", path, {"contribution": other["id"]}, headers=headers))
    return address


def deaf(patch: pytest.MonkeyPatch) -> None:
    """A message drops nothing."""
    patch.setattr(PageCache, "drop", lambda *_: None)


def untagged(*named: str) -> Take:
    """Pages do not stand under some tags: lists by name, ``above`` for what is not in their address."""

    def take(patch: pytest.MonkeyPatch) -> None:
        of_answer = tags.of_answer

        def fewer(path: str, params: Any, answer: Any) -> tags.Said | None:
            said = of_answer(path, params, answer)
            if said is not None:
                said.tags -= set(named)
                if "above" in named:
                    itself = [] if re.fullmatch("/api/forums/[^/]+", path) else tags.ID.findall(path)[-1:]
                    said.tags -= {tag for tag in said.tags if tags.ID.fullmatch(tag)} - set(itself)
            return said

        patch.setattr(tags, "of_answer", fewer)

    return take


def timeless(patch: pytest.MonkeyPatch) -> None:
    """No page knows when it changes by itself."""
    patch.setattr(Recorder, "turns", lambda *_, **__: None)


def only_what_is_shown(patch: pytest.MonkeyPatch) -> None:
    """A list tells when what is in it changes, not when something enters it."""
    patch.setattr(tags, "_NEEDS", {})
    patch.setattr(blocks, "recording", lambda: None)


def nameless(patch: pytest.MonkeyPatch) -> None:
    """Pages do not stand under the names of themes and territories."""
    untagged(tags.NAMES)(patch)
    patch.setattr(Recorder, "tag", lambda *_: None)


def uncounted(patch: pytest.MonkeyPatch) -> None:
    """Counts that change are told to nobody."""

    async def forget(database: Database, state: StateTopic) -> int:
        async with database.transaction() as session:
            await session.execute(text(f"UPDATE {state.entity.__tablename__} SET counts_owed = false"))
        return 0

    patch.setattr(counts, "tell_counts", forget)


GUARDS: list[tuple[Scenario, Take]] = [
    (corrected, deaf),
    (entered_a_list, untagged("list:organization")),
    (its_forum_changed, untagged("above")),
    (its_text_withdrawn, untagged("above", "list:argument")),
    (theme_renamed, nameless),
    (closed_by_itself, timeless),
    (turned_at_midnight, timeless),
    (opened_by_itself, only_what_is_shown),
    (endorsed, uncounted),
    (registered, uncounted),
    (taken_down, untagged("list:argument")),
    (translated, deaf),
]


@pytest.mark.parametrize(("scenario", "take"), GUARDS, ids=[scenario.__name__ for scenario, _ in GUARDS])
async def test_a_page_goes_stale_without_its_guard_alone(
    life: Life, scenario: Scenario, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = await scenario(life)
    await life.town.settled()
    assert not await differs(life.town, address)

    take(monkeypatch)
    life.town.cache.clear()
    address = await scenario(life)
    await life.town.settled()
    assert await differs(life.town, address), "the control found no difference: the scenario proves nothing"
