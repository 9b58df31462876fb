"""SIREN and SIRET: what is right is taken, any single wrong digit is not, and La Poste is the exception it is."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.partners.registration import LA_POSTE, luhn, siren, siret

digits = st.text("0123456789", min_size=8, max_size=8)
separators = st.sampled_from(["", " ", "\u00a0", "\u202f", ".", "-"])


def _with_luhn(start: str) -> str:
    return next(start + last for last in "0123456789" if luhn(start + last))


sirens = digits.map(_with_luhn).filter(lambda found: found.strip("0"))
branches = st.text("0123456789", min_size=4, max_size=4)
sirets = st.builds(lambda one, branch: _with_luhn(one + branch), sirens, branches)


def test_known_numbers() -> None:
    assert siren("732 829 320") == "732829320"
    assert siret("732 829 320 00074") == "73282932000074"
    assert siren(LA_POSTE) == LA_POSTE
    assert siret("356 000 000 00048") == "35600000000048", "its head office follows Luhn"
    assert siret("356 000 000 49837") == "35600000049837", "a post office follows the sum"
    assert not luhn("35600000049837")


@given(sirens, separators)
def test_a_siren_is_taken_however_it_is_written(number: str, between: str) -> None:
    written = between.join((number[:3], number[3:6], number[6:]))
    assert siren(written) == number


@given(sirets, separators)
def test_a_siret_is_taken_however_it_is_written(number: str, between: str) -> None:
    assume(not number.startswith(LA_POSTE))
    written = between.join((number[:3], number[3:6], number[6:9], number[9:]))
    assert siret(written) == number
    assert siren(number[:9]) == number[:9]


@given(st.one_of(sirens, sirets), st.data())
def test_one_wrong_digit_is_seen(number: str, data: st.DataObject) -> None:
    assume(not number.startswith(LA_POSTE))
    place = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from([one for one in "0123456789" if one != number[place]]))
    mistyped = number[:place] + wrong + number[place + 1 :]
    assume(not mistyped.startswith(LA_POSTE))
    with pytest.raises(ValueError, match="is not a SIRE"):
        (siren if len(number) == 9 else siret)(mistyped)


@given(st.text("0123456789", min_size=5, max_size=5))
def test_la_poste_goes_by_the_sum_or_by_luhn(branch: str) -> None:
    number = LA_POSTE + branch
    fits = sum(map(int, number)) % 5 == 0 or luhn(number)
    try:
        found = siret(number)
    except ValueError:
        assert not fits
    else:
        assert fits
        assert found == number


@given(sirets)
def test_the_exception_is_la_postes_alone(number: str) -> None:
    """Negative control: the sum alone lets nobody else in."""
    assume(not number.startswith(LA_POSTE))
    wrong = number[:-1] + str((int(number[-1]) + 5) % 10)
    with pytest.raises(ValueError, match="SIRET"):
        siret(wrong)


@given(st.text(max_size=20))
def test_anything_else_is_refused_with_a_sentence(text: str) -> None:
    for read, length in ((siren, 9), (siret, 14)):
        try:
            found = read(text)
        except ValueError as error:
            assert str(error).startswith("is not a")
        else:
            assert len(found) == length
            assert found.isdecimal()
            assert found.isascii()
