"""Creating the cluster: all of it or nothing."""

import asyncio
import shutil
import subprocess
from pathlib import Path

from shared.storage.embedded_postgres.account import Account
from shared.storage.embedded_postgres.data_folder import DataFolder
from shared.storage.embedded_postgres.errors import StartFailed
from shared.storage.embedded_postgres.launch import environment, path_for, private_folder
from shared.storage.embedded_postgres.settings import ServerSettings

SUPERUSER = "demain"


async def create_cluster(
    binaries: Path,
    account: Account,
    data: DataFolder,
    password: str,
    *,
    settings: ServerSettings,
    owner_lock: int,
) -> None:
    """Create the cluster beside its place and move it there when it is whole.

    UTF-8, data checksums, SCRAM passwords, the built-in C.UTF-8 locale. Raises StartFailed with what
    ``initdb`` said, DataFolderNotWritable.
    """
    new = data.unfinished_cluster
    with data.failures():
        if new.exists():  # left by a start that was killed
            await asyncio.to_thread(shutil.rmtree, new)
        new.mkdir(mode=0o700)
        account.own(new)
    scratch = private_folder(data)
    try:
        password_file = scratch / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(password)
        account.own(password_file)
        account.own(scratch)
        code, output = await _run_initdb(
            [
                *(str(binaries / "bin" / "initdb"), "-D", str(path_for(account, new))),
                *("--username", SUPERUSER, "--pwfile", str(password_file)),
                *("--auth-local", "scram-sha-256", "--auth-host", "reject"),
                # Built in, so that no update of the C library silently reorders an index.
                *("--encoding", "UTF8", "--locale", "C"),
                *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
                "--data-checksums",
                *([] if settings.fsync else ["--no-sync"]),
            ],
            new,
            account,
            owner_lock,
        )
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if code != 0:
        shutil.rmtree(new, ignore_errors=True)
        raise StartFailed(
            f"PostgreSQL could not create its files in {data.folder} (initdb ended with code {code}); mend "
            "what it says below and start again:",
            "\n".join(output.splitlines()[-20:]),
        )
    data.finish_cluster()


async def _run_initdb(command: list[str], folder: Path, account: Account, owner_lock: int) -> tuple[int | None, str]:
    # asyncio's own subprocesses cannot change the user on every event loop (uvloop's refuses).
    process = subprocess.Popen(  # noqa: S603, ASYNC220
        command,
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        # It holds our lock too: were we killed now, nobody starts over beside it.
        pass_fds=[owner_lock],
        **account.credentials(),
    )
    try:
        output, _ = await asyncio.to_thread(process.communicate)
    except asyncio.CancelledError:
        process.kill()
        await asyncio.to_thread(process.wait)
        raise
    return process.returncode, output.decode("utf-8", "replace")
