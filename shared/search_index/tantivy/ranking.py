"""The order of hits: by score or date, then newest first, then id. tantivy itself leaves ties in the order in
which documents happen to lie in its segments, which a merge changes; pages cut from that would overlap."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, islice
from typing import NamedTuple

import tantivy

from shared.search_index.port import Sort

from .counting import total as total_of

_BEYOND = 32
"""Hits read beyond the page to see whether a tie crosses its end."""

_Found = tuple[float, tantivy.DocAddress]


class Page(NamedTuple):
    """A page of addresses with their scores (0 when sorted by date), and the exact number of all matches."""

    hits: Sequence[_Found]
    total: int


def page(searcher: tantivy.Searcher, query: tantivy.Query, sort: Sort, offset: int, limit: int) -> Page:
    """The hits from ``offset`` on, at most ``limit``, in an order that depends on the documents only."""
    end = offset + limit
    reach = end + _BEYOND
    while True:
        found, total = _search(searcher, query, sort, reach)
        if len(found) < reach or found[-1][0] != found[end - 1 if end else 0][0]:
            break
        # One tie runs across the end of what was read: read on until it is whole.
        reach = min(reach * 4, total + 1)
    if limit == 0:
        return Page([], total)
    hits: list[_Found] = []
    position = 0
    for _key, tied in groupby(found, key=lambda hit: hit[0]):
        group = list(tied)
        start, position = position, position + len(group)
        if position > offset:
            hits += islice(_untie(searcher, group), max(offset - start, 0), end - start)
        if position >= end:
            break
    if sort is not Sort.RELEVANCE:
        hits = [(0.0, address) for _date, address in hits]
    return Page(hits, total)


def _search(searcher: tantivy.Searcher, query: tantivy.Query, sort: Sort, limit: int) -> tuple[list[_Found], int]:
    if sort is Sort.RELEVANCE:
        result = searcher.search(query, limit, count=True)
    else:
        order = tantivy.Order.Desc if sort is Sort.NEWEST else tantivy.Order.Asc
        result = searcher.search(query, limit, count=True, order_by_field="date", order=order)
    return result.hits, total_of(result)


def _untie(searcher: tantivy.Searcher, group: list[_Found]) -> list[_Found]:
    """Hits of one score (or date) by date, newest first, then id."""
    if len(group) == 1:
        return group
    addresses = [address for _key, address in group]
    dates = searcher.fast_field_values("date", addresses)
    heads = searcher.fast_field_values("id_head", addresses)
    keyed = sorted(zip(dates, heads, group, strict=True), key=lambda row: (-(row[0] or 0), row[1] or 0))
    ordered: list[_Found] = []
    for _same, tied in groupby(keyed, key=lambda row: row[:2]):
        rest = [hit for _date, _head, hit in tied]
        if len(rest) > 1:
            rest.sort(key=lambda hit: str(searcher.doc(hit[1]).get_first("id")))
        ordered += rest
    return ordered
