"""What types and kinds of things are called on screen: the words that the sections declare (`Section.types`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.web.language import _
from services.web.section import Section


class EntityWords:
    """The words of all sections. A type or a kind that none of them knows has no word: an empty string."""

    def __init__(self, sections: Sequence[Section]) -> None:
        self._types: dict[str, str] = {}
        self._kinds: dict[str, dict[str, str]] = {}
        self._plurals: dict[str, dict[str, str]] = {}
        for section in sections:
            self._types |= section.types
            _add(self._kinds, section.kinds)
            _add(self._plurals, section.kinds_plural)

    def type(self, type: str) -> str:
        """``Contribution`` for ``contribution``."""
        return _(self._types.get(type, ""))

    def kind(self, type: str, kind: str | None) -> str:
        """``Étude`` for ``contribution`` and ``study``."""
        return _(self._kinds.get(type, {}).get(kind or "", ""))

    def kind_of_any(self, kind: str) -> str:
        """The word for a kind whose type is not known, as in a facet; if types say it differently, all their words."""
        return " / ".join(dict.fromkeys(_(kinds[kind]) for kinds in self._kinds.values() if kind in kinds))

    def many(self, type: str) -> Mapping[str, str]:
        """The kinds of a type, in their order, each as several of it are called."""
        plurals = self._plurals.get(type, {})
        return {kind: _(plurals.get(kind, one)) for kind, one in self._kinds.get(type, {}).items()}


def _add(words: dict[str, dict[str, str]], more: Mapping[str, Mapping[str, str]]) -> None:
    for type, kinds in more.items():
        words.setdefault(type, {}).update(kinds)
