"""The `demain` command: everything the platform can be asked for from a terminal.

One module per group of commands; `services.cli.entry` puts them together. A service may add commands of its
own with `Service.commands`: they appear as ``demain <service> …``.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line, and exit with its code."""
    try:
        # Here, so that Ctrl-C during the second that the imports take is no traceback.
        from services.cli.entry import command_line  # noqa: PLC0415

        code = command_line()
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)
