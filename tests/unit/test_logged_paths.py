"""A log remembers neither names of people nor secrets."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.runtime.logging import loggable
from shared.storage.identifiers import new_id

PERSON = "/personnes/01a20693-bcd5-73e7-bce0-103066735a66"


@pytest.mark.parametrize("path", [f"{PERSON}/nadia-belkacem", f"/en{PERSON}/nadia-belkacem"])
def test_names_are_left_out(path: str) -> None:
    assert "nadia" not in loggable(path)
    assert loggable(path).endswith(f"{PERSON}/…")


@given(st.integers(min_value=30, max_value=64))
def test_secrets_are_left_out(size: int) -> None:
    secret = secrets.token_urlsafe(size)
    assert loggable(f"/api/identity/authorization-requests/{secret}/sign-in").endswith("requests/…/sign-in")
    assert secret not in loggable(f"/invitations/{secret}")


def test_ids_and_words_stay() -> None:
    path = f"/api/contributions/{new_id()}/transitions"
    assert loggable(path) == path
