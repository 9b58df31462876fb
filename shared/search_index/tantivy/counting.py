"""How many documents match."""

from __future__ import annotations

import tantivy


def total(result: tantivy.SearchResult) -> int:
    """All matches of a search, not only those it gives back."""
    return int(result.count)  # type: ignore[attr-defined]  # tantivy has it, its type stub does not


def how_many(searcher: tantivy.Searcher, query: tantivy.Query) -> int:
    """All matches of a query, without scoring them."""
    return total(searcher.search(query, 1, order_by_field="date"))
