"""``topics``: the log's topics as the services declare them, compared with those that are there."""

from __future__ import annotations

import typer

from services.cli.beside import need_data
from services.cli.invocation import OUT, Refused, of, show_columns, wait_for
from services.registry import SERVICES
from shared.messaging.log import LogError, Mismatch, Topic
from shared.runtime.platform import parts

_DECLARED: tuple[Topic, ...] = tuple(topic for service in SERVICES for topic in service.topics)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    topics = typer.Typer(no_args_is_help=True, help="The log's topics, compared with what the services declare.")
    topics.command()(check)
    topics.command()(apply)
    app.add_typer(topics, name="topics", rich_help_panel="Messages")


def check(context: typer.Context) -> None:
    """Say in what the topics of the log differ from what the services declare; change nothing.

    The exit code is 1 if any does. A service does not start on topics that differ.
    """
    _report(wait_for(_asked(context, mend=False)))


def apply(context: typer.Context) -> None:
    """Create the topics that are missing, and set what is set otherwise.

    The number of partitions and of copies is never changed: the first would move keys to other partitions, the
    second is for the tools of whoever runs the brokers. What is left is said, with exit code 1.
    """
    _report(wait_for(_asked(context, mend=True)))


async def _asked(context: typer.Context, *, mend: bool) -> list[Mismatch]:
    invocation = of(context)
    need_data(invocation)
    invocation.log_beside()
    async with parts(invocation.settings, SERVICES, say=lambda _: None, beside=True) as platform:
        try:
            if mend:
                return await platform.log.apply_topics(_DECLARED)
            return await platform.log.check_topics(_DECLARED)
        except LogError as error:
            raise Refused(f"The log does not answer: {error}.") from error


def _report(mismatches: list[Mismatch]) -> None:
    if not mismatches:
        OUT.print(f"All {len(_DECLARED)} topics are as they are declared.")
        return
    rows = [
        (
            one.topic,
            one.what or "topic",
            one.found or "missing",
            one.declared or "there",
            "yes" if one.mendable else "no",
        )
        for one in mismatches
    ]
    show_columns(("Topic", "What", "Found", "Declared", "Mendable"), rows)
    raise Refused(
        f"{len(mismatches)} differ: `demain topics apply` mends what is mendable."
        if any(one.mendable for one in mismatches)
        else f"{len(mismatches)} differ and cannot be mended in place: declare what is there, or make the topic anew."
    )
