"""The `demain` command: everything the platform can be asked for from a terminal.

One module per group of commands; `services.cli.commands` puts them together. A service may add commands of its
own with `Service.commands`: they appear as ``demain <service> …``.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importing() -> Iterator[None]:
    """For importing much: all of it stays, and looking for garbage in it again and again takes an eighth more time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def main() -> None:
    """Run the command line, and exit with its code."""
    try:
        # Here, so that Ctrl-C during the second that the imports take is no traceback.
        with importing():
            from services.cli.entry import command_line  # noqa: PLC0415

        code = command_line()
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)
