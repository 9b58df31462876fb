"""Whose address counts: nobody can choose theirs, and the site's visitors are not one caller."""

from __future__ import annotations

import pytest

from shared.runtime.caller import INSIDE, address_of, calling, forwarded_headers


def _scope(forwarded: str | None, *, inside: bool = False) -> dict[str, object]:
    headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded.encode())]
    return {"type": "http", "client": ("203.0.113.9", 5), "headers": headers, INSIDE: inside}


@pytest.mark.parametrize(
    ("forwarded", "proxies", "inside", "expected"),
    [
        (None, 0, False, "203.0.113.9"),
        ("198.51.100.1", 0, False, "203.0.113.9"),
        ("6.6.6.6, 198.51.100.1", 1, False, "198.51.100.1"),
        ("6.6.6.6, 198.51.100.1, 10.0.0.1", 2, False, "198.51.100.1"),
        ("198.51.100.1", 2, False, "203.0.113.9"),
        ("198.51.100.1", 0, True, "198.51.100.1"),
        (None, 0, True, "203.0.113.9"),
        # Behind a proxy the site hands on one address all the same.
        ("198.51.100.1", 1, True, "198.51.100.1"),
        ("6.6.6.6, 198.51.100.1", 2, True, "198.51.100.1"),
    ],
)
def test_only_what_a_trusted_hop_saw_is_believed(
    forwarded: str | None, proxies: int, inside: bool, expected: str
) -> None:
    assert address_of(_scope(forwarded, inside=inside), trusted_proxies=proxies) == expected


def test_who_has_many_addresses_is_one_caller() -> None:
    def of(address: str) -> str:
        return address_of({"type": "http", "client": (address, 5), "headers": []}, trusted_proxies=0)

    assert of("2001:db8:1:2::1") == of("2001:db8:1:2:ffff:ffff:ffff:ffff") != of("2001:db8:1:3::1")
    assert of("::ffff:203.0.113.9") == of("203.0.113.9") == "203.0.113.9"
    assert address_of(_scope(of("2001:db8:1:2::1"), inside=True), trusted_proxies=0) == of("2001:db8:1:2::1")


def test_a_service_hands_the_address_on() -> None:
    assert forwarded_headers() == {}
    with calling("198.51.100.1"):
        assert forwarded_headers() == {"X-Forwarded-For": "198.51.100.1"}
