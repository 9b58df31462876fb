"""A PostgreSQL server as an operator runs it: a data folder, ``pg_ctl`` and an account of its own."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from shared.storage.embedded_postgres.account import choose_account
from shared.storage.embedded_postgres.binaries import readable_binaries
from tests.operations.runbook import Operator
from tests.support.ports import free_port


@dataclass
class OwnServer:
    """The server, and the operator who works as its account."""

    operator: Operator
    port: int

    @property
    def url(self) -> str:
        """What `DATABASE_URL` is set to."""
        return f"postgresql://demain:kept-safe@127.0.0.1:{self.port}/"


@asynccontextmanager
async def own_server(home: Path) -> AsyncIterator[OwnServer]:
    """A new server in ``home``, stopped at the end whichever of its data folders it runs on then."""
    rooms = {name: home / "server" / name.lower() for name in ("PGDATA", "ARCHIVE", "BASE", "RESTORED")}
    account = choose_account(rooms["PGDATA"])
    uid = None if account.is_self else account.uid
    (home / "server").mkdir()
    rooms["ARCHIVE"].mkdir()
    (home / "password").write_text("kept-safe")
    for path in (home / "server", rooms["ARCHIVE"], home / "password"):
        path.chmod(0o755)
        if uid is not None:
            os.chown(path, uid, uid)
    port = free_port()
    operator = Operator(home / "server", tools=readable_binaries(account, print) / "bin", uid=uid)
    server = OwnServer(operator, port)
    operator.variables |= {name: str(path) for name, path in rooms.items()} | {
        "DATABASE_URL": f"{server.url}postgres",
        "PORT": str(port),
        "PASSWORD": str(home / "password"),
    }
    await operator.run(
        """
        initdb -D "$PGDATA" -U demain -A scram-sha-256 --pwfile "$PASSWORD" --no-sync -E UTF8 --locale=C.UTF-8
        cat >> "$PGDATA/postgresql.conf" <<END
port = $PORT
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 150
END
        echo "host replication demain 127.0.0.1/32 scram-sha-256" >> "$PGDATA/pg_hba.conf"
        pg_ctl -D "$PGDATA" -w -t 300 -l "$PGDATA.log" start
        """
    )
    try:
        yield server
    finally:
        await operator.run(
            'for data in "$PGDATA" "$RESTORED"; do pg_ctl -D "$data" -w -t 300 -m immediate stop || true; done'
        )
