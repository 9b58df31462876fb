"""Where every command begins: finds it, and turns errors into one clear sentence."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from typer.core import TyperGroup
from typer.main import get_group

from services.cli import importing, serving
from services.cli.invocation import ERR, Invocation, Refused, of
from shared.messaging.parking import NotRetried
from shared.runtime.data_folder import DataFolderRefused
from shared.runtime.servers import PortInUse
from shared.runtime.wiring import CannotWork, EmbeddedPostgresError
from shared.storage.dumps import DumpFailed
from shared.storage.migrations import DatabaseNewer
from shared.storage.table_locks import TableInUse

EXPECTED = (
    Refused,
    CannotWork,
    DataFolderRefused,
    DatabaseNewer,
    DumpFailed,
    EmbeddedPostgresError,
    NotRetried,
    PortInUse,
    TableInUse,
)
"""Errors whose text is meant for people as it is."""

log = structlog.get_logger()


def begun(kind: type[TyperGroup] = TyperGroup) -> typer.Typer:
    """The command line without commands."""
    app = typer.Typer(
        name="demain",
        cls=kind,
        help=(
            "Demain, a foresight forum for the city of tomorrow.\n\n"
            "[bold]demain run[/bold] starts all of it on this machine: the site, its services, PostgreSQL, the log "
            "and the search index, in one process and one data folder. The other commands work beside a running "
            "instance, which they find through the data folder, or alone.\n\n"
            "Every setting is an environment variable: DEMAIN_PORT, DEMAIN_DATA_DIR, DEMAIN_SAMPLE, DATABASE_URL, "
            "KAFKA_BOOTSTRAP_SERVERS… (docs/operations.md)."
        ),
        rich_markup_mode="rich",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_every_command)
    return app


class Commands(TyperGroup):
    """``serve``, and all others as soon as one of them, or their list, is asked for: they import every service."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, if there is one."""
        if cmd_name not in self.commands:
            self._complete()
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all."""
        self._complete()
        return super().list_commands(ctx)

    def _complete(self) -> None:
        with importing():
            from services.cli.commands import build  # noqa: PLC0415

        self.commands = get_group(build()).commands


def _every_command(
    context: typer.Context,
    data_dir: Annotated[
        Path | None,
        typer.Option("--data-dir", help="The data folder, instead of DEMAIN_DATA_DIR (or ./demain-data)."),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")] = False,
) -> None:
    invocation = of(context)
    invocation.debug = debug
    if data_dir is not None:
        invocation.chosen["data_dir"] = data_dir


def command_line(arguments: Sequence[str] | None = None) -> int:
    """Run the command that was asked for, by ``arguments`` or else by the process's own; its exit code."""
    invocation = Invocation()
    try:
        app = begun(Commands)
        serving.add_to(app)
        app(list(arguments) if arguments is not None else None, obj=invocation)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except EXPECTED as error:
        return _fail(invocation, str(error))
    except ExceptionGroup as group:
        expected, others = group.split(EXPECTED)
        if others is None and expected is not None:
            return _fail(invocation, str(expected.exceptions[0]))
        return _fail_unexpectedly(invocation, group)
    except Exception as error:
        return _fail_unexpectedly(invocation, error)
    return 0


def _fail(invocation: Invocation, sentence: str) -> int:
    ERR.print(f"demain: {sentence}", markup=False)
    if invocation.debug:
        ERR.print_exception(show_locals=False)
    return 1


def _fail_unexpectedly(invocation: Invocation, error: Exception) -> int:
    ways = ["`demain --debug …` shows the traceback"]
    if invocation.log_file is not None:
        for handler in logging.getLogger().handlers[:]:
            if not isinstance(handler, logging.FileHandler):  # the terminal gets the sentence
                logging.getLogger().removeHandler(handler)
        log.error("command failed", exc_info=error)
        ways.insert(0, f"the log is {invocation.log_file}")
    first = str(error).partition("\n")[0]
    return _fail(invocation, f"something unexpected went wrong, {type(error).__name__}: {first} ({'; '.join(ways)}).")
