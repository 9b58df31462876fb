"""All groups of commands, put together."""

from __future__ import annotations

import typer

from services.cli import (
    backups,
    clients,
    content,
    doctor,
    index,
    parked,
    people,
    platform,
    saying_again,
    schedules,
    topics,
)
from services.cli.entry import begun
from services.registry import SERVICES


def build() -> typer.Typer:
    """The whole command line."""
    app = begun()
    for group in (platform, people, clients, content, schedules, index, saying_again, parked, topics, backups, doctor):
        group.add_to(app)
    for service in SERVICES:
        if service.commands is not None:
            app.add_typer(
                service.commands, name=service.name, help=service.title, rich_help_panel="Commands of the services"
            )
    return app
