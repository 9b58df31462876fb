"""``demain`` as it will be: one service has a history of migrations that goes further.

``python -m tests.support.newer SERVICE FOLDER ARGUMENTS…`` does what ``demain ARGUMENTS…`` does.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from services import registry

if __name__ == "__main__":
    name, folder, *arguments = sys.argv[1:]
    registry.SERVICES = tuple(
        replace(one, migrations=Path(folder)) if one.name == name else one for one in registry.SERVICES
    )
    # Only now: the command line takes the services when it is imported.
    from services.cli.entry import command_line

    sys.exit(command_line(arguments))
