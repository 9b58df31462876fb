"""A process that owns an embedded PostgreSQL, for tests that kill it or run it as another user.

``python postgres_owner.py DATA_DIR [UID]``: prints ``URL <url>`` or ``ERROR <type> <message>``, then waits for
the end of its input, stops the server and prints ``STOPPED``.
"""

import asyncio
import concurrent.futures.thread
import os
import sys
from pathlib import Path

from shared.storage.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError, ServerSettings


async def own(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, ServerSettings(fsync=False))
    try:
        url = await server.start()
    except EmbeddedPostgresError as error:
        print("ERROR", type(error).__name__, error, flush=True)
        return
    print("URL", url, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.stop()
    print("STOPPED", flush=True)


# All imports come before the change of user, who may not be able to read this interpreter's files.
assert concurrent.futures.thread

if __name__ == "__main__":
    if len(sys.argv) > 2:
        os.setgroups([])
        os.setgid(int(sys.argv[2]))
        os.setuid(int(sys.argv[2]))
    asyncio.run(own(Path(sys.argv[1])))
