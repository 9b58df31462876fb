"""From an account to a withdrawn contribution across the processes of ``docker-compose.yml``: the same steps as on one
process.

Left out of `make test`, as the others are.
"""

from __future__ import annotations

import pytest

from tests.journeys.test_whole_journey import test_from_an_account_to_a_withdrawal

pytestmark = [pytest.mark.browser, pytest.mark.deployed]

__all__ = ["test_from_an_account_to_a_withdrawal"]
