"""Speaking to a Meilisearch server: HTTP with a deadline, its errors told apart, and its tasks awaited.

Meilisearch answers a change with the number of a task and does it later. One queue serves the whole server, in
the order in which tasks came.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp

from shared.search_index.port import IndexUnavailable

TASK_DEADLINE = 120.0
"""Seconds a change may wait for its turn and its end; then the caller tries again later."""
_FIRST_LOOK, _LAST_LOOK = 0.004, 0.25
"""Seconds between two looks at a task: doubled from the first to the last."""

_OF_THE_MACHINE = {
    "no_space_left_on_device": "its disk is full: free some space there",
    "too_many_open_files": "it may not open enough files: raise its limit (ulimit -n)",
    "database_size_limit_reached": "its database reached its size limit: see the server's settings",
    "io_error": "its disk fails: see its log",
    "internal": "see its log",
    "invalid_state": "its data are damaged: see its log",
    "invalid_store_file": "its data are damaged: see its log",
}
"""Failures that are not about what was asked, with what helps."""


class Refused(Exception):
    """The server understood and said no; ``code`` is one of Meilisearch's error codes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{message} ({code})")
        self.code = code


class Meilisearch:
    """One server, with the key we were given. The key is sent and never shown."""

    def __init__(self, url: str, key: str | None, *, deadline: float = 10.0, connections: int = 64) -> None:
        """``deadline`` is in seconds, for each call."""
        self.url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._deadline = deadline
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(self, path: str, **params: str | int) -> Any:
        """GET. Raises as `call` does."""
        return await self.call("GET", path, params=params)

    async def post(self, path: str, body: Any) -> Any:
        """POST JSON. Raises as `call` does."""
        return await self.call("POST", path, body=body)

    async def call(
        self, method: str, path: str, *, body: Any = None, params: Mapping[str, str | int] | None = None
    ) -> Any:
        """The JSON of an answer. Raises Refused, or IndexUnavailable for what may pass or is for people to mend."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                timeout=aiohttp.ClientTimeout(total=self._deadline, connect=3.0),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={**self._headers, "Content-Type": "application/json"},
            )
        sent = None if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        try:
            async with self._session.request(method, self.url + path, params=params, data=sent) as answer:
                if answer.status == 204:
                    return None
                if answer.status < 400:
                    return await answer.json(content_type=None)
                raise await self._error(answer, method, path)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, RuntimeError) as error:
            # ValueError: no JSON came, such as the page of a proxy; RuntimeError: it was closed meanwhile.
            why = str(error) or type(error).__name__
            raise IndexUnavailable(f"Meilisearch at {self.url} does not answer: {why}") from error

    async def _error(self, answer: aiohttp.ClientResponse, method: str, path: str) -> Exception:
        text = await answer.text(errors="replace")
        try:
            said = json.loads(text)
            code, message = str(said["code"]), str(said["message"])
        except (ValueError, TypeError, KeyError):
            return IndexUnavailable(f"Meilisearch at {self.url} answers {answer.status} without saying why")
        if answer.status in {401, 403}:
            return KeyRefused(
                f"Meilisearch at {self.url} refuses our key for {method} {path} ({code}): set MEILI_KEY"
                " to a key made by `demain search keys`"
            )
        if code in _OF_THE_MACHINE:
            return IndexUnavailable(f"Meilisearch at {self.url}: {_OF_THE_MACHINE[code]} ({message})")
        if answer.status >= 500 or answer.status in {408, 429}:
            return IndexUnavailable(f"Meilisearch at {self.url} cannot answer now: {message} ({code})")
        return Refused(code, message)

    async def search(self, queries: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Several searches in one round trip; their answers in order."""
        answer = await self.post("/multi-search", {"queries": list(queries)})
        return list(answer["results"])

    async def change(self, method: str, path: str, body: Any = None) -> int:
        """Ask for a change; the number of its task."""
        return int((await self.call(method, path, body=body))["taskUid"])

    async def done(self, *tasks: int) -> None:
        """Wait until these tasks ended. Raises Refused with the error of the first that failed, IndexUnavailable."""
        if not tasks:
            return
        until = time.monotonic() + TASK_DEADLINE
        pause = _FIRST_LOOK
        uids = ",".join(str(task) for task in tasks)
        while True:
            found = (await self.get("/tasks", uids=uids, limit=len(tasks)))["results"]
            ended = [one for one in found if one["status"] in {"succeeded", "failed", "canceled"}]
            if len(ended) == len(tasks):
                break
            if time.monotonic() > until:
                raise IndexUnavailable(
                    f"Meilisearch at {self.url} has not done task {uids} after {TASK_DEADLINE:.0f} s:"
                    " it is overloaded or stuck; see its /tasks"
                )
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LAST_LOOK)
        for task in sorted(ended, key=lambda one: int(one["uid"])):
            if task["status"] != "succeeded":
                raise self._failure(task)

    def _failure(self, task: Mapping[str, Any]) -> Exception:
        error = task.get("error") or {}
        code, message = str(error.get("code", task["status"])), str(error.get("message", "no reason given"))
        what = f"Meilisearch at {self.url}: task {task['uid']} ({task['type']}) {task['status']}"
        if code in _OF_THE_MACHINE:
            return IndexUnavailable(f"{what}: {_OF_THE_MACHINE[code]} ({message})")
        if task["status"] == "canceled":
            return IndexUnavailable(f"{what}: somebody canceled it")
        return Refused(code, f"{what}: {message}")

    async def drained(self, *indexes: str) -> None:
        """Wait until no task about these indexes waits any more, whoever asked for it and however it ended."""
        waiting = (await self.get("/tasks", indexUids=",".join(indexes), statuses="enqueued,processing", limit=1_000))[
            "results"
        ]
        for task in waiting:
            try:
                await self.done(int(task["uid"]))
            except Refused:
                continue  # its own asker hears of it


class KeyRefused(IndexUnavailable):
    """The server does not let our key do this."""
