"""The one form in which addresses and names are stored, for everything anybody may type."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.identity import naming
from services.identity.naming import normal_email, normal_name, sought

_local = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+_-éÉüÜ", min_size=1, max_size=30)
_label = st.text("abcdefghijklmnopqrstuvwxyzABCDEFéÉ0123456789", min_size=1, max_size=20)
_address = st.builds(lambda local, label: f"{local}@{label}.Example", _local, _label)


@given(st.one_of(_address, st.text(max_size=60), st.builds("{}@{}".format, st.text(max_size=20), st.text(max_size=20))))
def test_an_address_in_normal_form_stays_as_it_is(text: str) -> None:
    try:
        normal = normal_email(text)
    except ValueError:
        return
    assert normal_email(normal) == normal
    assert normal == normal.lower().strip() == unicodedata.normalize("NFC", normal)
    assert "\0" not in normal
    assert len(normal) <= 254


@given(_address)
def test_case_composition_and_space_around_make_no_other_address(address: str) -> None:
    try:
        normal = normal_email(address)
    except ValueError:
        assume(False)
    assert normal_email(address.swapcase()) == normal
    assert normal_email(unicodedata.normalize("NFD", address)) == normal
    assert normal_email(f" {address}\t") == normal


@given(_address, _address)
def test_two_addresses_that_differ_in_more_stay_two(one: str, other: str) -> None:
    def plain(text: str) -> str:
        return unicodedata.normalize("NFC", text).lower()

    assume(plain(one) != plain(other))
    try:
        assert normal_email(one) != normal_email(other)
    except ValueError:
        assume(False)


@pytest.mark.parametrize(
    "text", ["", "@", "a@", "@b.fr", "a b@c.fr", "a@b", "a@localhost", "a\n@b.fr", "a@b.fr,c@d.fr"]
)
def test_what_is_no_address_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"this is not an e-mail address: .+"):
        normal_email(text)


@given(st.text(max_size=120))
def test_a_name_in_normal_form_stays_as_it_is(text: str) -> None:
    try:
        normal = normal_name(text)
    except ValueError:
        return
    assert normal_name(normal) == normal
    assert 1 <= len(normal) <= naming.LONGEST_NAME
    assert normal == normal.strip() == unicodedata.normalize("NFC", normal)
    assert not any(unicodedata.category(one) in {"Cc", "Cs", "Zl", "Zp"} for one in normal)
    assert normal.encode()


@given(st.text(max_size=20), st.characters(categories=["Cc", "Cs", "Zl", "Zp"]), st.text(max_size=20))
def test_no_control_character_inside_a_name_is_let_through(before: str, control: str, after: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        normal_name(f"a{before}{control}{after}b")


@given(st.text(st.characters(categories=["L"]), min_size=1, max_size=40))
def test_a_name_of_letters_is_a_name(text: str) -> None:
    assume(len(unicodedata.normalize("NFC", text)) <= naming.LONGEST_NAME)
    assert normal_name(f"  {text} ") == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("text", ["\u200b", "\u2060 \ufeff", "\u0301", "\u200d"])
def test_a_name_nobody_sees_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="at least one letter"):
        normal_name(text)


@given(st.text(max_size=80))
def test_what_is_searched_stays_as_it_is(text: str) -> None:
    assert sought(sought(text)) == sought(text)


@given(st.text("abcdeéèàçôüœÉÀ -'", max_size=40))
def test_accents_and_case_make_no_other_search(text: str) -> None:
    assert sought(text) == sought(text.upper()) == sought(unicodedata.normalize("NFD", text))
