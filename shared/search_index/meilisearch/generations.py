"""Generations as indexes of a server that several processes share, and who may write them.

::

    <base>-<epoch>            the live generation
    <base>-<epoch>-<token>    the others: being filled, broken off, or replaced

The name of a generation stands in a document of its index, which travels with it when two indexes are swapped.

Meilisearch knows no conditional writes. So who writes *claims* the indexes first: it renames all of them to the next
epoch. A rename is a task like every change, and all tasks are done in the order in which they came: what an earlier
holder had sent before is done before, and what it sends afterwards goes to names that are not there any more.
Meilisearch makes an index of such a name, which nobody reads, for it does not tell what it is; its writer finds that
out with every write, and whoever claims next deletes it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from shared.search_index.port import IndexUnavailable

from .fields import ABOUT, SETTINGS, VERSION, about
from .server import KeyRefused, Meilisearch, Refused

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_TRIES = 8
"""How often a claim or a look begins anew because another process changed the indexes meanwhile."""
_MOVED = {"index_not_found", "index_already_exists", "invalid_swap_indexes"}
"""What the server says when another process renamed, made or deleted an index in between."""

_log = structlog.get_logger(__name__)
_Answer = TypeVar("_Answer")


class Lost(IndexUnavailable):
    """Another process has claimed the indexes."""


@dataclass(frozen=True, slots=True)
class Index:
    """An index of ours on the server."""

    uid: str
    epoch: int
    token: str
    about: Mapping[str, Any] | None
    """What it tells about itself; None if it does not."""

    @property
    def generation(self) -> str | None:
        """The name of its generation."""
        return None if self.about is None else str(self.about["generation"])

    @property
    def is_current(self) -> bool:
        """Whether this code can read it."""
        return self.about is not None and self.about.get("schema") == VERSION


class Generations:
    """All indexes of one search index."""

    def __init__(self, server: Meilisearch, base: str) -> None:
        self._server = server
        self.base = base
        self._uid = re.compile(rf"{re.escape(base)}-([0-9]+)(?:-([a-z0-9]+))?")
        self._live: str | None = None
        self._epoch: int | None = None
        """The epoch that we claimed; None before the first claim, and once another process claimed a later one."""
        self._lost = False

    # Reading

    async def found(self) -> list[Index]:
        """All indexes of ours, with what they tell about themselves."""
        return await self._again(self._look)

    async def _look(self) -> list[Index]:
        uids = await self._uids()
        told = await self._server.search([ask_about(uid) for uid, _ in uids]) if uids else []
        return [
            Index(uid, int(match[1]), match[2] or "", said["hits"][0] if said["hits"] else None)
            for (uid, match), said in zip(uids, told, strict=True)
        ]

    async def _uids(self) -> list[tuple[str, re.Match[str]]]:
        listed = (await self._server.get("/indexes", limit=1_000))["results"]
        return [(one["uid"], match) for one in listed if (match := self._uid.fullmatch(one["uid"]))]

    async def live(self) -> Index:
        """The live one. Raises IndexUnavailable if there is none."""
        live = _live_of(await self.found())
        if live is None:
            raise IndexUnavailable(
                f"Meilisearch at {self._server.url} has no index {self.base} yet:"
                " the search process that writes makes it"
            )
        self._live = live.uid
        return live

    async def live_uid(self) -> str:
        """The name of the live index, as far as we know; see `forget`."""
        return self._live if self._live is not None else (await self.live()).uid

    def forget(self) -> None:
        """The live index is not where we thought it was."""
        self._live = None

    async def named(self, generation: str | None) -> Index:
        """The index of a generation, None meaning the live one. Raises ValueError, IndexUnavailable."""
        if generation is None:
            return await self.live()
        known = [one for one in await self.found() if one.about is not None]
        # A name stands once, except where a claim deletes what it could not use.
        for one in sorted(known, key=lambda one: -one.epoch):
            if one.generation == generation:
                if not one.is_current:
                    raise ValueError(f"generation {generation!r} is of another version; begin it anew")
                return one
        names = ", ".join(sorted({str(one.generation) for one in known}))
        raise ValueError(f"generation {generation[:80]!r} does not exist; there are {names}")

    # Writing

    async def prepare(self) -> None:
        """Make an empty live generation if there is none and our key may."""
        if _live_of(await self.found()) is None:
            try:
                await self.claim()
            except KeyRefused as error:
                _log.info("the search index is not there yet, and not ours to make", why=str(error))

    async def claim(self) -> None:
        """Have all indexes follow us alone. See `SearchIndex.claim`."""
        self._epoch = await self._again(self._claim)
        self._lost = False

    async def _claim(self) -> int:
        found = await self._look()
        epoch = max((one.epoch for one in found), default=0) + 1
        live = _live_of(found)
        if live is None:
            await self._make(f"{self.base}-{epoch}", f"empty-{secrets.token_hex(6)}", for_rebuild=False)
        else:
            await self._rename(live.uid, f"{self.base}-{epoch}")
        for one in found:
            if one is live:
                continue
            if one.about is None:
                await self._server.done(await self._server.change("DELETE", f"/indexes/{one.uid}"))
            else:
                await self._rename(one.uid, f"{self.base}-{epoch}-{one.token or secrets.token_hex(6)}")
        self._live = f"{self.base}-{epoch}"
        if live is not None and not live.is_current:
            _log.warning("search index starts empty and needs a rebuild", reason=f"{live.uid} is of another version")
            uid = f"{self.base}-{epoch}-{secrets.token_hex(6)}"
            name = f"empty-{secrets.token_hex(6)}"
            await self._make(uid, name, for_rebuild=False)
            await self._exchange(self._live, uid, name)
        return epoch

    async def ours(self) -> int:
        """The epoch in which we may write, claimed with the first write if nobody did. Raises Lost."""
        if self._lost:
            raise Lost("search index: another process has claimed it; claim it again or stop")
        if self._epoch is None:
            await self.claim()
        assert self._epoch is not None
        return self._epoch

    def lose(self) -> Lost:
        """What to raise once the server shows that another process has claimed the indexes."""
        self._epoch, self._lost = None, True
        self.forget()
        return Lost("search index: another process has claimed it meanwhile; nothing of this write is in it")

    async def writable(self, generation: str | None) -> str:
        """The index to write a generation to. Raises Lost, ValueError, IndexUnavailable."""
        epoch = await self.ours()
        if generation is None:
            return f"{self.base}-{epoch}"
        index = await self.named(generation)
        if index.epoch != epoch:
            raise self.lose()
        return index.uid

    async def still_ours(self, uid: str) -> None:
        """After writing to an index: was it there? Raises Lost, and deletes what the write has made in its place."""
        try:
            await self._server.get(f"/indexes/{uid}/documents/{ABOUT}", fields="key")
        except Refused as error:
            if error.code == "document_not_found":
                await self._server.done(await self._server.change("DELETE", f"/indexes/{uid}"))
            raise self.lose() from error

    async def begin(self, name: str) -> None:
        """See `SearchIndex.begin`."""
        if not _NAME.fullmatch(name):
            raise ValueError(f"generation {name[:80]!r}: use 1 to 64 of a-z, 0-9, - and _, not - or _ first")
        epoch = await self.ours()
        found = await self.found()
        self._refuse_live(name, found, "begin another")
        for one in found:
            if one.generation == name or one.about is None:
                await self._server.done(await self._server.change("DELETE", f"/indexes/{one.uid}"))
        await self._make(f"{self.base}-{epoch}-{secrets.token_hex(6)}", name, for_rebuild=True)

    async def swap(self, name: str) -> None:
        """See `SearchIndex.swap`: one task of the server, after all others about the two have ended."""
        epoch = await self.ours()
        index = await self.named(name)
        live = await self.live()
        if live.generation == name:
            return
        if not index.epoch == live.epoch == epoch:
            raise self.lose()
        await self._server.drained(live.uid, index.uid)
        try:
            await self._exchange(live.uid, index.uid, name)
        except Refused as error:
            if error.code in _MOVED:
                raise self.lose() from error
            raise

    async def drop(self, name: str) -> None:
        """See `SearchIndex.drop`."""
        await self.ours()
        found = await self.found()
        self._refuse_live(name, found, "swap in another before dropping it")
        for one in found:
            if one.generation == name:
                await self._server.done(await self._server.change("DELETE", f"/indexes/{one.uid}"))

    @staticmethod
    def _refuse_live(name: str, found: list[Index], fix: str) -> None:
        live = _live_of(found)
        if live is not None and live.generation == name:
            raise ValueError(f"generation {name!r} is live: {fix}")

    async def _make(self, uid: str, name: str, *, for_rebuild: bool) -> None:
        """An empty generation. It tells what it is last of all: one that was not finished tells nothing."""
        server = self._server
        await server.done(
            await server.change("POST", "/indexes", {"uid": uid, "primaryKey": "key"}),
            await server.change("PATCH", f"/indexes/{uid}/settings", SETTINGS),
            await server.change("POST", f"/indexes/{uid}/documents", [about(name, for_rebuild=for_rebuild)]),
        )

    async def _rename(self, uid: str, new: str) -> None:
        await self._server.done(await self._server.change("PATCH", f"/indexes/{uid}", {"uid": new}))

    async def _exchange(self, one: str, other: str, name: str) -> None:
        """Swap two indexes, so that ``one`` is the generation of that name.

        Nobody but the holder of the master key is shown the task of a swap. So we wait for one that comes after it, and
        then see what was done.
        """
        await self._server.change("POST", "/swap-indexes", [{"indexes": [one, other]}])
        await self._server.done(await self._server.change("POST", f"/indexes/{one}/documents/delete-batch", ["-"]))
        told = (await self._server.search([ask_about(one)]))[0]["hits"]
        if not told or told[0]["generation"] != name:
            raise IndexUnavailable(
                f"Meilisearch at {self._server.url} did not swap in generation {name}: see its /tasks"
            )

    async def _again(self, work: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """Do it, and again when another process changed the indexes in between."""
        for _ in range(_TRIES):
            try:
                return await work()
            except Refused as error:
                if error.code not in _MOVED:
                    raise
                moved = error
        raise IndexUnavailable(f"search index: other processes keep changing {self.base}: {moved}")


def ask_about(uid: str) -> dict[str, Any]:
    """The search that finds what an index tells about itself."""
    return {"indexUid": uid, "filter": "about = 1", "limit": 1, "attributesToRetrieve": ["*"]}


def _live_of(found: list[Index]) -> Index | None:
    """The live one: of two, one is what somebody who lost the indexes has made by writing."""
    live = [one for one in found if not one.token and one.about is not None]
    return max(live, key=lambda one: one.epoch, default=None)
