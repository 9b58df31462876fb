"""``serve``: one service in a process of its own, which imports that service alone."""

from __future__ import annotations

import asyncio
import importlib
from pathlib import Path
from typing import Annotated

import typer

import services
from services.cli import importing
from services.cli.invocation import Invocation, Refused, of, say, wait_for
from services.cli.stopping import Stopping
from shared.runtime import logging
from shared.runtime.platform import running
from shared.runtime.process_role import ProcessRole
from shared.runtime.servers import local_url
from shared.runtime.service import Service


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command(rich_help_panel="The platform")(serve)


def declared(name: str) -> Service:
    """A service by its name. Raises Refused.

    The registry would import all of them, which takes a process twice as long as the one it serves.
    """
    names = sorted(file.parent.name for file in Path(services.__path__[0]).glob("*/service.py"))
    if name not in names:
        raise Refused(f"There is no service {name!r}; the services are: {', '.join(names)}.")
    with importing():
        service = importlib.import_module(f"services.{name}.service").SERVICE
    assert isinstance(service, Service)
    return service


def serve(
    context: typer.Context,
    service: Annotated[str, typer.Argument(help="Its name, such as search.")],
    port: Annotated[int | None, typer.Option(help="The port, instead of DEMAIN_PORT.")] = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on, instead of DEMAIN_HOST.")] = None,
    api: Annotated[bool, typer.Option("--api", help="Only answer requests; leave the work beside to others.")] = False,
    worker: Annotated[
        bool,
        typer.Option(
            "--worker", help="Only do the work beside: tell, listen, project; answer probes and nothing else."
        ),
    ] = False,
) -> None:
    """Serve one service, as one process of a distributed platform.

    Without --api and --worker it does both. Of each several processes may run at once.

    Needs DATABASE_URL and KAFKA_BOOTSTRAP_SERVERS, and tables made by `demain migrate`. Logs to standard
    error; DEMAIN_LOG_FORMAT=json makes it JSON lines.
    """
    invocation = of(context)
    invocation.chosen |= {name: value for name, value in {"port": port, "host": host}.items() if value is not None}
    wait_for(_serve(invocation, declared(service), ProcessRole.of(api=api, worker=worker)))


async def _serve(invocation: Invocation, service: Service, role: ProcessRole) -> None:
    settings = invocation.settings
    logging.set_up(format=settings.log_format, level=settings.log_level)
    stopping = Stopping()
    try:
        async with running(settings, (service,), say=say, only=service.name, role=role) as platform:
            stopping.started()
            say(f"Serving {role} of {service.name} at {local_url(settings.host, platform.port)}")
            await stopping.asked.wait()
    except asyncio.CancelledError:
        if not stopping.asked.is_set():
            raise
    say("Stopped.")
