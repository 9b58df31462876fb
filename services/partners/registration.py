"""SIREN and SIRET, the numbers of organizations in France: fourteen digits, of which nine name the organization.

https://www.insee.fr/fr/metadonnees/definition/c1841 Both end in a Luhn digit; the establishments of La Poste
(SIREN 356 000 000) are the exception: the sum of their digits is a multiple of five, except for the head office, which
follows the rule.
"""

from __future__ import annotations

LA_POSTE = "356000000"
_SEPARATORS = str.maketrans("", "", " .-\u00a0\u202f\u2009")


def luhn(digits: str) -> bool:
    """Whether a string of digits ends in the right one (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def siren(value: str) -> str:
    """The nine digits. Raises ValueError saying what is wrong with them."""
    digits = _digits(value, 9, "SIREN")
    if not luhn(digits):
        raise ValueError("is not a SIREN: its last digit does not fit the others; look for a typing error")
    return digits


def siret(value: str) -> str:
    """The fourteen digits. Raises ValueError saying what is wrong with them."""
    digits = _digits(value, 14, "SIRET")
    fits = luhn(digits) or (digits.startswith(LA_POSTE) and sum(map(int, digits)) % 5 == 0)
    if not fits:
        raise ValueError("is not a SIRET: its last digit does not fit the others; look for a typing error")
    if not luhn(digits[:9]):
        raise ValueError("is not a SIRET: its first nine digits are not a SIREN; look for a typing error")
    return digits


def _digits(value: str, count: int, name: str) -> str:
    digits = value.translate(_SEPARATORS)
    if not (digits.isascii() and digits.isdecimal()) or len(digits) != count:
        raise ValueError(f"is not a {name}: write its {count} digits")
    if not digits.strip("0"):
        raise ValueError(f"is not a {name}: it is all zeros")
    return digits
