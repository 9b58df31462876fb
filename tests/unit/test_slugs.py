"""The readable part of an address."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from shared.slugs import LONGEST, slug


def test_french_titles() -> None:
    assert slug("La rue des Capucins à 45 °C", otherwise="x") == "la-rue-des-capucins-a-45-c"
    assert slug("L’œuvre d’Éloïse", otherwise="x") == "l-oeuvre-d-eloise"
    assert slug("…", otherwise="appel") == "appel"


@given(st.text())
def test_always_fit_for_an_address(title: str) -> None:
    made = slug(title, otherwise="appel")
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", made)
    assert len(made) <= LONGEST
    assert slug(made, otherwise="x") == made
