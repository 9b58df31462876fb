"""While search is away its page keeps what was asked and says what to do, in both languages."""

from __future__ import annotations

import httpx
import pytest

from tests.services.web.neighbours import World


@pytest.mark.parametrize(
    ("prefix", "says", "helps", "leads_on"),
    [
        ("", "La recherche ne répond pas", "rechargez-la dans une minute", "Parcourir les contributions"),
        ("/en", "Search does not answer right now", "reload it in a minute", "Browse the contributions"),
    ],
)
async def test_the_page_helps(
    browser: httpx.AsyncClient, world: World, prefix: str, says: str, helps: str, leads_on: str
) -> None:
    asked = f"{prefix}/recherche?q=eau&theme=water"
    assert (await browser.get(asked)).status_code == 200
    world.away = {"search"}
    answer = await browser.get(asked)
    assert answer.status_code == 503
    assert "retry-after" in answer.headers
    for words in (says, helps, leads_on, 'value="eau"', f'href="{prefix}/recherche?q=eau&amp;theme=water"'):
        assert words in answer.text, words
    suggestions = await browser.get(f"{prefix}/recherche/suggestions?q=eau")
    assert suggestions.status_code == 200
    assert 'role="option"' not in suggestions.text
