"""Which ones a list shows: wholly in the address, the same for the page and its feed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.datastructures import QueryParams

from services.web.names import Names
from services.web.sections.partners.words import CALLS, ORGANIZATIONS, PHASES, RUNNING


@dataclass(frozen=True)
class Choice:
    """What was chosen; an empty field leaves the choice open."""

    state: str = ""
    """Of calls ``coming`` or ``over``, of demonstrators ``published`` or ``ended``."""
    kind: str = ""
    theme: str = ""
    territory: str = ""

    @classmethod
    def of(cls, params: QueryParams, states: Mapping[str, str], kinds: Mapping[str, str]) -> Choice:
        """Read the address; what nobody knows is left out."""
        read = {name: params.get(name, "") for name in cls.__dataclass_fields__}
        read["state"] = read["state"] if read["state"] in states else ""
        read["kind"] = read["kind"] if read["kind"] in kinds else ""
        return cls(**read)

    @classmethod
    def of_calls(cls, params: QueryParams) -> Choice:
        """Of calls."""
        return cls.of(params, PHASES, CALLS)

    @classmethod
    def of_organizations(cls, params: QueryParams) -> Choice:
        """Of organizations."""
        return cls.of(params, {}, ORGANIZATIONS)

    @classmethod
    def of_demonstrators(cls, params: QueryParams) -> Choice:
        """Of demonstrators."""
        return cls.of(params, RUNNING, {})

    def now(self, names: Names) -> Choice:
        """The same, with the successors of what was merged."""
        return self.but(theme=names.current("theme", self.theme), territory=names.current("territory", self.territory))

    def but(self, **changes: str) -> Choice:
        """The same with some fields changed."""
        return replace(self, **changes)

    def query(self, cursor: str | None = None) -> dict[str, str | None]:
        """For the address; empty values are left out there."""
        return {
            "state": self.state,
            "kind": self.kind,
            "theme": self.theme,
            "territory": self.territory,
            "cursor": cursor,
        }

    @property
    def is_narrow(self) -> bool:
        """Whether a kind, a theme or a territory was chosen."""
        return bool(self.kind or self.theme or self.territory)
