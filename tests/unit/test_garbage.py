"""What the collector still looks at in a process that serves."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from shared.runtime.garbage import YOUNGEST, spare_what_stays


class Circle:
    """Holds itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


def test_what_was_made_before_is_spared_and_what_is_made_after_is_not() -> None:
    before = Circle()
    assert any(one is before for one in gc.get_objects()), "or it was never looked at"

    spare_what_stays()

    assert not any(one is before for one in gc.get_objects())
    assert gc.get_threshold()[0] == YOUNGEST
    after = weakref.ref(Circle())
    gc.collect()
    assert after() is None
