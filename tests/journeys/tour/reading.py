"""What anybody reads: home, lists, themes, territories, search, and what is not there."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.journeys.tour.stop import Stop
from tests.journeys.visitor import Visitor
from tests.journeys.words import ENGLISH


async def _suggested(visitor: Visitor) -> None:
    await visitor.page.get_by_role("combobox").fill("ville")
    await expect(visitor.page.get_by_role("option").first).to_be_visible()


async def _filters_open(visitor: Visitor) -> None:
    await visitor.page.set_viewport_size({"width": 390, "height": 844})
    await visitor.page.get_by_text(visitor.words.refine, exact=False).first.click()
    await expect(visitor.page.get_by_role("group", name=re.compile("Genre|Kind"))).to_be_visible()


STOPS = {
    "home": Stop("/"),
    "home-en": Stop("/", words=ENGLISH),
    "home-suggestions": Stop("/", act=_suggested),
    "list": Stop("/contributions"),
    "list-nothing": Stop("/contributions?kind=idea&theme=water&territory=outre-mer"),
    "themes": Stop("/themes"),
    "themes-en": Stop("/themes", words=ENGLISH),
    "territories": Stop("/territoires"),
    "theme": Stop("/themes/mobility"),
    "territory-en": Stop("/territoires/france", words=ENGLISH),
    "territory": Stop("/territoires/outre-mer"),
    "classification": Stop("/administration/territoires", "editor"),
    "classification-en": Stop("/administration/themes", "editor", words=ENGLISH),
    "add-a-territory": Stop("/administration/territoires/ajouter", "editor"),
    "change-a-theme": Stop("/administration/themes/mobility", "editor"),
    "merge-territories": Stop("/administration/territoires/lyon/fusionner", "editor"),
    "search": Stop("/recherche?q=energie+mobilitee"),
    "search-all": Stop("/recherche"),
    "search-filtered-en": Stop("/recherche?q=water&kind=study", words=ENGLISH, act=_filters_open),
    "search-nothing": Stop("/recherche?q=xylophonne&theme=water&kind=idea"),
    "search-wrong-date": Stop("/recherche?q=eau&from=2026-05-01&to=2026-01-01", status=422),
    "not-found": Stop("/nulle-part", status=404),
    "not-found-en": Stop("/nowhere", status=404, words=ENGLISH),
}
