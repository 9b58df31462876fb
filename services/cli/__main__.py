"""``python -m services.cli`` is ``demain``."""

from __future__ import annotations

from services.cli import main

main()
