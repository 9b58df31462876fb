"""What every command has at hand: its settings, and a way to show what it does."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console

from shared.runtime import event_loop, logging
from shared.runtime.data_folder import DataFolder
from shared.settings import Settings

T = TypeVar("T")

OUT = Console(highlight=False, soft_wrap=True)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)


class Refused(Exception):
    """What was asked for cannot be done; one sentence says why and how it can."""


@dataclass
class Invocation:
    """One call of the command line."""

    debug: bool = False
    chosen: dict[str, Any] = field(default_factory=dict)
    """Settings given as options, which win over the environment."""
    log_file: Path | None = None
    """Where the log is written, once it is."""

    @property
    def settings(self) -> Settings:
        """From the environment and the options. Raises Refused, naming the variable."""
        try:
            return Settings(**self.chosen)
        except ValidationError as error:
            raise Refused("; ".join(_sentence(dict(one)) for one in error.errors())) from error

    @property
    def folder(self) -> DataFolder:
        """The data folder."""
        return DataFolder(self.settings.data_dir)

    def log_beside(self) -> None:
        """Log warnings to the terminal, and all of it to a file of the data folder if there is one.

        Not to the file of a running instance: two processes cannot rotate one file.
        """
        logs = self.folder.logs
        self._log(logs / "commands.jsonl" if logs.is_dir() else None, console_level="error")

    def log_of_instance(self) -> None:
        """Log warnings to the terminal and all of it to the instance's file."""
        self._log(self.folder.logs / "demain.jsonl", console_level="warning")

    def _log(self, file: Path | None, *, console_level: str) -> None:
        settings = self.settings
        try:
            logging.set_up(format=settings.log_format, level=settings.log_level, file=file, console_level=console_level)
        except OSError as error:
            raise Refused(
                f"The log {file} cannot be written by this user ({error.strerror}): mend the rights of that folder, "
                "or choose another data folder with DEMAIN_DATA_DIR."
            ) from error
        self.log_file = file


def _sentence(error: dict[str, Any]) -> str:
    name = str(error["loc"][0]) if error["loc"] else "settings"
    variable = name if name.isupper() else f"DEMAIN_{name.upper()}"
    return f"{variable}: {error['msg'][:1].lower()}{error['msg'][1:]} (it is {error['input']!r})"


def of(context: typer.Context) -> Invocation:
    """The invocation a command belongs to."""
    invocation = context.find_object(Invocation)
    assert invocation is not None
    return invocation


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """Do asynchronous work to its end; Ctrl-C ends it in order."""
    return event_loop.run(work)


def say(message: str, console: Console = OUT) -> None:
    """Tell one step of what is being done."""
    console.print(f"· {message}", style="dim", markup=False)


def show_columns(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show rows in columns as wide as they must be: never cut, wherever the output goes."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for style, row in [("dim", heads), *((None, row) for row in rows)]:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        OUT.print(line.rstrip(), style=style, markup=False)


@contextmanager
def telling(console: Console = OUT) -> Iterator[Callable[[str], None]]:
    """Tells the steps of something that takes a while; on a terminal the last one shows that it goes on."""
    with console.status("…", spinner="dots") as status:

        def tell(message: str) -> None:
            say(message, console)
            status.update(f"[dim]{message.translate({ord('['): '('})}[/dim]")

        yield tell
