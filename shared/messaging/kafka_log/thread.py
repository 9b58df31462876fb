"""kafka-python blocks: each client lives on a thread of its own."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from shared.messaging.log import LogUnavailable

T = TypeVar("T")
_Job = tuple["Future[Any]", Callable[[], Any]]


class ClientThread:
    """Runs the calls of one blocking client one after the other.

    Unlike an executor's, the thread is a daemon: a client stuck on a mute broker does not keep the
    process from ending.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    async def call(self, job: Callable[[], T], timeout: float) -> T:
        """Run ``job`` and return its result.

        Raises LogUnavailable after ``timeout`` seconds. A job that has begun by then runs on, later calls
        wait behind it; one that has not is dropped.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        future: Future[T] = Future()
        self._jobs.put((future, job))
        try:
            async with asyncio.timeout(timeout):
                return await asyncio.wrap_future(future)
        except TimeoutError as error:
            raise LogUnavailable(f"{self._name}: Kafka did not answer within {timeout:.1f} s") from error

    def stop(self) -> None:
        """Let the thread end after the jobs it has."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread = None

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            future, call = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = call()
            except BaseException as error:  # it belongs to whoever waits for the future
                future.set_exception(error)
            else:
                future.set_result(result)
