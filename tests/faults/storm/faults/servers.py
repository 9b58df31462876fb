"""The database, the index, the broker and the disks: stopped, killed, mute, slow, full, lost."""

from __future__ import annotations

import asyncpg

from tests.faults.storm.faults.fault import Fault
from tests.faults.storm.town import Town


class DatabaseStopped(Fault):
    """PostgreSQL is stopped in order, and started again."""

    name = "stop and restart of the database"

    async def begin(self) -> None:
        """All its clients are sent away."""
        await self.town.database.stop()

    async def end(self) -> None:
        """On its data."""
        await self.town.database.start_again()


class DatabaseKilled(DatabaseStopped):
    """kill -9 of all processes of PostgreSQL, which recovers when it is started again."""

    name = "kill -9 of the database"

    async def begin(self) -> None:
        """Without a word to its clients."""
        self.town.database.kill()


class DatabaseMute(Fault):
    """PostgreSQL accepts connections and answers nothing."""

    name = "a database that never answers"

    async def begin(self) -> None:
        """What is sent is held back."""
        self.town.database.proxy.mute()

    async def end(self) -> None:
        """What was held back arrives."""
        await self.town.database.proxy.restore()


class DatabaseFull(Fault):
    """No byte is free on the disk of PostgreSQL."""

    name = "a full disk under the database"

    @classmethod
    def impossible(cls, town: Town) -> str:
        """It needs a disk that can be filled."""
        return town.database.disk.why_not

    async def begin(self) -> None:
        """Fill it, and have PostgreSQL meet it: what the load writes may fit into files that are there."""
        self.detail = f"{self.town.database.disk.fill()} bytes taken"
        try:
            await self.town.database.take_room()
            self.unmet = "PostgreSQL found room all the same"
        except asyncpg.DiskFullError as error:
            self.detail += f"; PostgreSQL: {error}"
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            self.unmet = f"PostgreSQL could not be asked: {error!r}"

    async def end(self) -> None:
        """PostgreSQL may have given up: it is started again then."""
        self.town.database.disk.empty()
        if not self.town.database.is_running:
            await self.town.database.start_again()


class IndexFull(Fault):
    """No byte is free on the disk of the search index."""

    name = "a full disk under the index"

    @classmethod
    def impossible(cls, town: Town) -> str:
        """It needs a disk that can be filled."""
        return town.index.disk.why_not

    async def begin(self) -> None:
        """Fill it."""
        self.detail = f"{self.town.index.disk.fill()} bytes taken"

    async def end(self) -> None:
        """Give the room back. A server may have given up: it is started again then."""
        self.town.index.disk.empty()
        if not self.town.index.is_running:
            await self.town.index.start()


class IndexLost(Fault):
    """All that search and the server of its index keep on disk is gone when they come back."""

    name = "the index is lost"

    async def begin(self) -> None:
        """All of it."""
        for process in self.town.of("search"):
            process.kill()
        if self.town.index.is_running:
            self.town.index.kill()
        self.town.index.lose()

    async def end(self) -> None:
        """It is built anew from the tables; a server that lost its data has lost its keys too."""
        if not self.town.index.is_running:
            await self.town.index.start()
        environ = await self.town.index.environ()
        for process in self.town.of("search"):
            process.environ |= environ
            if not process.is_running:
                process.start()


class OfIndexServer(Fault):
    """What happens to the server of the index."""

    @classmethod
    def impossible(cls, town: Town) -> str:
        """There must be one."""
        return town.index.is_no_server


class IndexKilled(OfIndexServer):
    """kill -9 of the server of the index, which is started again on what it left."""

    name = "kill -9 and restart of the index"

    async def begin(self) -> None:
        """In the middle of whatever it indexed."""
        self.town.index.kill()

    async def end(self) -> None:
        """On its data."""
        await self.town.index.start()


class IndexMute(OfIndexServer):
    """The server of the index accepts connections and answers nothing; what was sent arrives late."""

    name = "an index that accepts and never answers"

    async def begin(self) -> None:
        """What is sent is held back."""
        self.town.index.proxy.mute()

    async def end(self) -> None:
        """What was held back arrives."""
        await self.town.index.proxy.restore()


class BrokerKilled(Fault):
    """kill -9 of the broker, which is started again on what it left."""

    name = "kill -9 and restart of the broker"

    @classmethod
    def impossible(cls, town: Town) -> str:
        """It must have a disk."""
        return "" if town.broker.survives_a_restart else f"{town.broker.name} forgets everything with its process"

    async def begin(self) -> None:
        """Kill it."""
        self.town.broker.kill()

    async def end(self) -> None:
        """Start it."""
        await self.town.broker.start_again()


class BrokerHeld(Fault):
    """The broker's process stands still: it accepts, and never answers."""

    name = "a broker that stands still"

    @classmethod
    def impossible(cls, town: Town) -> str:
        """Its process must be at hand."""
        return "" if town.broker.survives_a_restart else "the process of the light broker is not at hand"

    async def begin(self) -> None:
        """Hold it."""
        self.town.broker.pause()

    async def end(self) -> None:
        """Let it go on."""
        self.town.broker.go_on()


class BrokerMute(Fault):
    """The broker accepts connections and answers nothing; what was sent arrives late."""

    name = "a broker that accepts and never answers"

    async def begin(self) -> None:
        """What is sent is held back."""
        self.town.broker.proxy.mute()

    async def end(self) -> None:
        """What was held back arrives."""
        await self.town.broker.proxy.restore()


class BrokerCut(Fault):
    """Connections to the broker are cut and refused."""

    name = "a broker that refuses connections"

    async def begin(self) -> None:
        """In the middle of whatever was said."""
        await self.town.broker.proxy.cut()

    async def end(self) -> None:
        """It listens again."""
        await self.town.broker.proxy.restore()


class BrokerSlow(Fault):
    """Everything to and from the broker is late."""

    name = "delayed deliveries"

    async def begin(self) -> None:
        """By a second and a half at most, each way."""
        self.town.broker.proxy.delay = self.dice.uniform(0.3, 1.5)
        self.detail = f"by {self.town.broker.proxy.delay:.1f} s"

    async def end(self) -> None:
        """On time again."""
        self.town.broker.proxy.delay = 0.0
