"""Puts the groups of commands together, and turns errors into one clear sentence."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import structlog
import typer

from services.cli import content, doctor, index, parked, people, platform, saying_again, topics
from services.cli.invocation import ERR, Invocation, Refused, of
from services.registry import SERVICES
from shared.messaging.parking import NotRetried
from shared.runtime.data_folder import DataFolderRefused
from shared.runtime.servers import PortInUse
from shared.runtime.wiring import CannotWork, EmbeddedPostgresError
from shared.storage.migrations import DatabaseNewer

EXPECTED = (
    Refused,
    CannotWork,
    DataFolderRefused,
    DatabaseNewer,
    EmbeddedPostgresError,
    NotRetried,
    PortInUse,
)
"""Errors whose text is meant for people as it is."""

log = structlog.get_logger()


def build() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        name="demain",
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
    for group in (platform, people, content, index, saying_again, parked, topics, doctor):
        group.add_to(app)
    for service in SERVICES:
        if service.commands is not None:
            app.add_typer(
                service.commands, name=service.name, help=service.title, rich_help_panel="Commands of the services"
            )
    return app


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
        build()(list(arguments) if arguments is not None else None, obj=invocation)
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
