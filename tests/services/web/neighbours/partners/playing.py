"""What each part of the partners service in memory stands on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from shared.clients.partners import PartnersClient
from tests.services.web.neighbours.partners.known import Partners
from tests.services.web.neighbours.world import Account, World

ItemT = TypeVar("ItemT")


def some(items: Sequence[ItemT], cursor: str | None, limit: int) -> tuple[list[ItemT], str | None]:
    """A page of them, and the cursor of the next one."""
    start = int(cursor or 0)
    return list(items[start : start + limit]), str(start + limit) if start + limit < len(items) else None


def fits(one: Any, chosen: dict[str, Any]) -> bool:
    """Whether something has what was chosen; None chooses nothing."""
    lists = {"theme": "themes", "territory": "territories"}
    return all(
        value in getattr(one, lists[name]) if name in lists else getattr(one, name) == value
        for name, value in chosen.items()
        if value is not None
    )


class Playing(PartnersClient):
    """A client that asks this world instead of the service."""

    def __init__(self, world: World) -> None:
        super().__init__("http://partners.invalid")
        self.world = world

    def _asked(self, call: str, token: str | None = None) -> tuple[Partners, Account | None]:
        self.world.asked("partners", call)
        return self.world.of(Partners), self.world.whose(token)

    def _mine(self, known: Partners, account: Account | None, organization: str) -> str | None:
        members = known.members.get(organization, [])
        return next((one.role for one in members if account is not None and one.person.id == account.id), None)
