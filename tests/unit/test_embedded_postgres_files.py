"""The parts of the embedded PostgreSQL that need no server: its files and settings."""

import os
from pathlib import Path

import pytest

from shared.storage.embedded_postgres import ServerSettings
from shared.storage.embedded_postgres.postmaster import NO_PROCESS, PidFile, disarm_stale_pid_file
from shared.storage.embedded_postgres.server_log import ServerLog

PID_FILE = "{pid}\n/data/cluster\n1795383042\n5432\n/tmp/demain-abc\n\n 10076226         4\nready   \n"


def test_a_pid_file_says_who_where_and_how_far(tmp_path: Path) -> None:
    (tmp_path / "postmaster.pid").write_text(PID_FILE.format(pid=10378))
    assert PidFile.read(tmp_path) == PidFile(10378, Path("/tmp/demain-abc"), "ready")


@pytest.mark.parametrize("content", [None, "", "\n", "not a number\n"])
def test_a_pid_file_that_is_missing_or_unreadable_names_nothing(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "postmaster.pid").write_text(content)
    assert PidFile.read(tmp_path) is None


def test_a_pid_file_still_being_written_has_no_socket_yet(tmp_path: Path) -> None:
    (tmp_path / "postmaster.pid").write_text("10378\n/data/cluster\n1795383042\n5432\n")
    assert PidFile.read(tmp_path) == PidFile(10378, None, "")


def test_disarming_a_stale_pid_file_keeps_what_finds_orphaned_backends(tmp_path: Path) -> None:
    (tmp_path / "postmaster.pid").write_text(PID_FILE.format(pid=os.getpid()))
    disarm_stale_pid_file(tmp_path)
    assert (tmp_path / "postmaster.pid").read_text() == PID_FILE.format(pid=NO_PROCESS)


def test_disarming_follows_no_link(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text(PID_FILE.format(pid=os.getpid()))
    (tmp_path / "postmaster.pid").symlink_to(precious)
    with pytest.raises(OSError, match="postmaster"):
        disarm_stale_pid_file(tmp_path)
    assert precious.read_text() == PID_FILE.format(pid=os.getpid())


def test_the_log_is_kept_short_while_the_server_writes_to_it(tmp_path: Path) -> None:
    log = ServerLog(tmp_path / "server.log", most_bytes=100)
    with log.open() as server:
        server.write(b"short\n")
        server.flush()
        assert not log.shorten()
        server.write(b"long\n" * 30)
        server.flush()
        assert log.shorten()
        server.write(b"after\n")
        server.flush()
    assert log.path.read_bytes() == b"after\n"
    assert (tmp_path / "server.log.1").read_bytes() == b"short\n" + b"long\n" * 30


def test_the_tail_shows_only_what_this_start_wrote(tmp_path: Path) -> None:
    log = ServerLog(tmp_path / "server.log")
    assert log.tail() == ""
    log.path.write_text("before\n")
    began = log.size()
    with log.open() as server:
        server.writelines(b"line %d\n" % number for number in range(50))
    assert log.tail(began).splitlines() == [f"line {number}" for number in range(30, 50)]
    log.path.write_text("new\n")  # shortened meanwhile
    assert log.tail(began) == "new"


def test_too_few_connections_are_refused() -> None:
    with pytest.raises(ValueError, match="max_connections is 4"):
        ServerSettings(max_connections=4)


def test_durability_is_only_given_up_when_asked() -> None:
    assert not {"fsync=off", "full_page_writes=off"} & set(ServerSettings().arguments())
    assert {"fsync=off", "full_page_writes=off"} < set(ServerSettings(fsync=False).arguments())
