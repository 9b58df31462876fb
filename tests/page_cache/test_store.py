"""The store by itself: bounded, by what was asked for last; emptied after a gap."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.web import clock
from services.web.page_cache.store import Kept, PageCache
from shared.runtime.metrics import Metrics


def a_page(size: int = 1000, *tags: str, until: datetime | None = None) -> Kept:
    return Kept((), b"x" * size, b'"x"', None, frozenset(tags), until)


def a_cache(room: int = 100_000) -> PageCache:
    cache = PageCache(room, Metrics())
    cache.is_current = lambda _within: True
    return cache


def test_it_takes_no_more_room_than_it_has_and_lets_the_oldest_asked_for_go() -> None:
    cache = a_cache(10_500)
    for name in "abcdefghij":
        cache.put((name,), a_page())
    assert cache.get(("a",)) is not None
    cache.put(("k",), a_page())
    assert (cache.get(("b",)), len(cache)) == (None, 10)
    assert cache.get(("a",)) is not None
    assert cache.size <= cache.room


def test_what_would_take_too_much_of_it_is_not_kept() -> None:
    cache = a_cache(10_000)
    cache.put(("a",), a_page(1251))
    assert len(cache) == 0


def test_put_twice_it_takes_its_room_once_and_leaves_no_tag_behind() -> None:
    cache = a_cache()
    cache.put(("a",), a_page(1000, "one", "two"))
    cache.put(("a",), a_page(1000, "two"))
    assert cache.size == a_page(1000, "two").size
    cache.drop({"one"})
    assert len(cache) == 1
    cache.drop({"two"})
    assert (len(cache), cache.size, dict(cache._by_tag)) == (0, 0, {})


def test_its_instant_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    cache, now = a_cache(), clock.read()
    cache.put(("a",), a_page(until=now + timedelta(minutes=1)))
    assert cache.get(("a",)) is not None
    monkeypatch.setattr(clock, "read", lambda: now + timedelta(minutes=1))
    assert cache.get(("a",)) is None


def test_it_is_not_used_without_room_or_while_nobody_follows() -> None:
    assert a_cache().hears()
    assert not a_cache(0).hears()
    assert not PageCache(1000, Metrics()).hears()


def test_what_was_kept_by_others_before_it_heard_anything_is_forgotten() -> None:
    cache, forgotten = a_cache(), []
    cache.whenever("names", lambda: forgotten.append("names"))
    cache.hears()
    cache.hears()
    assert forgotten == ["names"]


def test_after_a_gap_everything_is_forgotten_also_what_is_being_made() -> None:
    cache = a_cache()
    cache.put(("a",), a_page())
    with cache.recording() as recorder:
        cache.clear()
    assert (len(cache), recorder.was_overtaken()) == (0, True)
