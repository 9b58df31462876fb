"""Without Apache Kafka nothing here means anything."""

from __future__ import annotations

import pytest

from tests.support import brokers


@pytest.fixture(autouse=True)
def _apache() -> None:
    if not brokers.is_apache():
        pytest.skip("needs Apache Kafka itself: make test-kafka")
