"""The other journeys across the processes of ``docker-compose.yml``: the same steps as on one process.

Left out of `make test`, for they take minutes; `make test-deployed` has them.
"""

from __future__ import annotations

import pytest

from tests.journeys.test_account_journey import test_an_account_is_opened_verified_and_recovered
from tests.journeys.test_debate_journey import test_a_citizen_argues_is_answered_live_and_sees_the_moderation
from tests.journeys.test_forum_journey import test_an_organizer_imports_plans_and_publishes_and_people_come
from tests.journeys.test_partnership_journey import test_a_start_up_is_accepted_and_what_it_tests_is_found

pytestmark = [pytest.mark.browser, pytest.mark.deployed]

__all__ = [
    "test_a_citizen_argues_is_answered_live_and_sees_the_moderation",
    "test_a_start_up_is_accepted_and_what_it_tests_is_found",
    "test_an_account_is_opened_verified_and_recovered",
    "test_an_organizer_imports_plans_and_publishes_and_people_come",
]
