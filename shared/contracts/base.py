"""Contracts: the classes of what is told, how versions are read, and the register of all of them.

A *state* topic carries an entity's whole public state, so the newest message per key is enough. It knows two
kinds of message: a `Shown`, with the state, and a `Gone`, without content, for an entity that must not be
seen any more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict

Payload = dict[str, Any]
Upcaster = Callable[[Payload], Payload]


class UnknownContract(Exception):
    """A type or a version this process does not know (yet): deploy consumers before producers."""


class Contract(BaseModel):
    """A message's content. Unknown fields are ignored, so an owner can add some without a new version."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    TYPE: ClassVar[str]
    """Name on the log, stable for ever: ``demain.<owner>.<PastTense>``."""
    VERSION: ClassVar[int] = 1
    TOPIC: ClassVar[str]
    ENTITY: ClassVar[str]
    """What kind of thing it is about: ``contribution``."""

    id: str

    @classmethod
    def key(cls, id: str) -> str:
        """How an entity is named across kinds: ``contribution:0192…``."""
        return f"{cls.ENTITY}:{id}"


class Shown(Contract):
    """The whole public state of an entity that may be seen."""

    PARENTS: ClassVar[tuple[str | None, ...]] = (None,)
    """Kinds of entities it may hang under; it is visible only where its parent is. None among them: under nothing."""

    def parent(self) -> str | None:
        """Key of the parent, of a kind that `PARENTS` names; None for an entity that hangs under nothing."""
        return None

    def refs(self) -> tuple[str, ...]:
        """Keys of entities whose names show in this one. They never decide visibility."""
        return ()


class Gone(Contract):
    """The entity must not be seen any more; says nothing else."""


State = Shown | Gone
ContractT = TypeVar("ContractT", bound=Contract)

_contracts: dict[str, type[Contract]] = {}
_upcasters: dict[tuple[str, int], Upcaster] = {}


def contract(cls: type[ContractT]) -> type[ContractT]:
    """Register a contract class under its TYPE. Raises ValueError for a TYPE that is taken."""
    if _contracts.setdefault(cls.TYPE, cls) is not cls:
        raise ValueError(f"{cls.TYPE} is told by two classes")
    return cls


def upcaster(type_: str, version: int) -> Callable[[Upcaster], Upcaster]:
    """Register how a payload of ``version`` becomes one of ``version + 1``."""

    def register(function: Upcaster) -> Upcaster:
        _upcasters[type_, version] = function
        return function

    return register


def schema_of(cls: type[Contract]) -> str:
    """The ``dataschema`` of a contract: type and version."""
    return f"urn:{cls.TYPE}:v{cls.VERSION}"


def read(schema: str, payload: Payload) -> Contract:
    """The contract a payload holds, brought to today's version step by step.

    Raises UnknownContract for an unknown type or a version from the future, pydantic.ValidationError for
    a payload that does not fit.
    """
    type_, _, suffix = schema.removeprefix("urn:").rpartition(":v")
    cls = _contracts.get(type_)
    if cls is None or not suffix.isdecimal():
        raise UnknownContract(f"{schema!r} is not a contract known here")
    version = int(suffix)
    if version > cls.VERSION:
        raise UnknownContract(f"{type_} version {version} is newer than {cls.VERSION}, the newest known here")
    while version < cls.VERSION:
        try:
            payload = _upcasters[type_, version](payload)
        except KeyError:
            raise UnknownContract(f"{type_} has no upcaster from version {version}") from None
        version += 1
    return cls.model_validate(payload)


def known() -> dict[str, type[Contract]]:
    """All registered contracts by TYPE."""
    return dict(_contracts)
