"""What search tells: that what it answers has changed. What is found it tells nobody: that is asked for."""

from __future__ import annotations

from typing import ClassVar

from shared.contracts.base import Contract, contract
from shared.messaging.log import Topic

INDEX = Topic("demain.search.index", partitions=1)


@contract
class IndexChanged(Contract):
    """Something is found now that was not, not any more, or otherwise; told once it is so.

    Who keeps what search answered hears here that it is old: another's message about the entity comes before.
    """

    TYPE: ClassVar[str] = "demain.search.IndexChanged"
    TOPIC: ClassVar[str] = INDEX.name
    ENTITY: ClassVar[str] = "index"

    types: tuple[str, ...]
    """Of what: ``contribution``, ``argument``…"""
