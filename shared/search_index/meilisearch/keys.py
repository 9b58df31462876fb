"""Keys that open the indexes of one search index and nothing else, made from the server's master key by people.

The master key is needed for this alone: no process of Demain has it while it runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .server import Meilisearch

WRITES = (
    "search",
    "documents.get",
    "documents.add",
    "documents.delete",
    "indexes.get",
    "indexes.create",
    "indexes.update",
    "indexes.delete",
    "indexes.swap",
    "settings.update",
    "tasks.get",
)
"""What the process that keeps the index may do with its indexes."""
SEARCHES = ("search", "indexes.get")
"""What a process that only answers may do: find, and see which index is the live one."""


@dataclass(frozen=True)
class IndexKey:
    """A key, and what it is for."""

    name: str
    does: str
    key: str = field(repr=False)


async def make_keys(url: str, master: str, bases: Sequence[str], *, renew: bool = False) -> list[IndexKey]:
    """One key that writes the indexes whose names begin so, and one that only searches them.

    Done again it gives the same keys; with ``renew`` new ones, and the old ones open nothing any more. Raises
    KeyRefused, IndexUnavailable, Refused.
    """
    server = Meilisearch(url, master)
    try:
        known = (await server.get("/keys", limit=1_000))["results"]
        made = []
        for name, does, actions in (
            ("worker", "keeps the index: reads, writes, and searches it", WRITES),
            ("api", "only searches it", SEARCHES),
        ):
            wanted = {
                "name": f"{name} of {', '.join(bases)}",
                "description": f"Demain: {does}",
                "actions": sorted(actions),
                "indexes": [f"{base}-*" for base in bases],
                "expiresAt": None,
            }
            key = await _make(server, wanted, [one for one in known if one["name"] == wanted["name"]], renew=renew)
            made.append(IndexKey(name, does, key))
        return made
    finally:
        await server.close()


async def _make(server: Meilisearch, wanted: dict[str, Any], known: Sequence[dict[str, Any]], *, renew: bool) -> str:
    same = [one for one in known if all(_same(one[name], value) for name, value in wanted.items())]
    if same and not renew:
        return str(same[0]["key"])
    made = await server.post("/keys", wanted)
    for one in known:
        await server.call("DELETE", f"/keys/{one['uid']}")
    return str(made["key"])


def _same(one: Any, other: Any) -> bool:
    return sorted(one) == sorted(other) if isinstance(one, list) else bool(one == other)
