"""Each page with each service away in turn: what is missing, the sentence that says so, and what is still there."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
import pytest

from services.web.addresses import person_path
from tests.services.web.neighbours import World
from tests.services.web.neighbours.debates import Debates
from tests.services.web.neighbours.events import Planned
from tests.services.web.neighbours.partners import Partners
from tests.services.web.reading import sign_in
from tests.services.web.test_states import plain

PART = ("Cette partie ne répond pas pour l’instant. Le reste de la page est à jour.", "This part does not answer")
PAGE = ("Cette partie du site ne répond pas", "This part of the site does not answer")
LEAD = ("Les contributions ne répondent pas pour l’instant.", "Contributions do not answer")
SEARCH = ("La recherche ne répond pas pour l’instant.", "Search does not answer")
COUNTS = ("les nombres de contributions manquent", "the numbers of contributions are missing")
ACCOUNTS = ("Les comptes ne répondent pas pour l’instant", "Accounts do not answer right now")

TEXT, DEBATE, FORUM, CALL = "Chauffer un quartier", "Faut-il ouvrir le toit", "La ville qui écoute", "De l’ombre avant"
SERVICES = ("identity", "contributions", "events", "partners", "search")


@dataclass(frozen=True)
class Missing:
    """What a page says while a service is away."""

    sentence: tuple[str, str]
    """In French and in English."""
    rest: tuple[str, ...] = ()
    """What is still there."""
    status: int = 200


WHOLE_PAGE = Missing(PAGE, status=503)

AWAY: dict[str, dict[str, Missing]] = {
    "home": {
        "contributions": Missing(LEAD, (FORUM, CALL)),
        "events": Missing(PART, (TEXT, DEBATE, CALL)),
        "partners": Missing(PART, (TEXT, DEBATE, FORUM)),
        "search": Missing(PART, (TEXT, DEBATE, FORUM, CALL)),
        "identity": Missing(ACCOUNTS, (TEXT, DEBATE, FORUM, CALL)),
    },
    "contribution": {
        "contributions": WHOLE_PAGE,
        "search": Missing(PART, (TEXT, "Ce que nous avons mesuré")),
        "identity": Missing(ACCOUNTS, (TEXT, "Ce que nous avons mesuré")),
    },
    "debates": {"contributions": WHOLE_PAGE},
    "debate": {"contributions": WHOLE_PAGE, "identity": Missing(ACCOUNTS, (DEBATE,))},
    "forums": {"events": WHOLE_PAGE},
    "forum": {"events": WHOLE_PAGE, "identity": Missing(ACCOUNTS, (FORUM, "Halle des Fumées"))},
    "calls": {"partners": WHOLE_PAGE},
    "call": {"partners": WHOLE_PAGE, "identity": Missing(ACCOUNTS, (CALL, "Trois places"))},
    "search": {"search": Missing(SEARCH, ('value="eau"',), status=503)},
    "themes": {"search": Missing(COUNTS, ("Eau", "Mobilité"))},
    "theme": {"contributions": WHOLE_PAGE, "search": Missing(COUNTS, ("Who should see",))},
    "territories": {"search": Missing(COUNTS, ("Lyon",))},
    "person": {"identity": WHOLE_PAGE, "contributions": Missing(PART, ("Laboratoire Chaleur urbaine",))},
    "space": {
        "contributions": Missing(PART, ("Inès Moreau",)),
        "events": Missing(PART, ("Inès Moreau", "Ce que coûte vraiment")),
        "partners": Missing(PART, ("Inès Moreau", "Ce que coûte vraiment")),
        "identity": WHOLE_PAGE,
    },
}
"""What is not named here is not touched: a page that needs nothing of a service says nothing about it."""


@pytest.fixture
def addresses(world: World) -> dict[str, str]:
    """Each page's address, in a world where there is something of everything."""
    organizer = world.account("etienne@demain.example", "Étienne Marchand", "organizer")
    text = next(one for one in world.contributions.values() if one.title.startswith(TEXT))
    forum = world.of(Planned).forum(organizer, FORUM, state="published", venue="Halle des Fumées, Nantes")
    return {
        "home": "/",
        "contribution": text.url,
        "debates": "/debats",
        "debate": world.of(Debates).open(f"{DEBATE} ?").url,
        "forums": "/forums",
        "forum": forum.url,
        "calls": "/appels",
        "call": world.of(Partners).call().url,
        "search": "/recherche?q=eau",
        "themes": "/themes",
        "theme": "/themes/water",
        "territories": "/territoires",
        "person": person_path(text.authors[0]),
        "space": "/mon-espace",
    }


def _said(answer: httpx.Response) -> str:
    """What the main part says, and the values of its fields."""
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return plain(main) + main


async def _shown(browser: httpx.AsyncClient, path: str, missing: Missing | None) -> None:
    for language, prefix in enumerate(("", "/en")):
        answer = await browser.get(prefix + path if path != "/" else prefix or "/")
        said = _said(answer)
        if missing is None:
            assert answer.status_code == 200
            sentences = (PART, PAGE, LEAD, SEARCH, COUNTS, ACCOUNTS)
            assert not [one[language] for one in sentences if one[language] in said]
            continue
        assert answer.status_code == missing.status
        assert missing.sentence[language] in said
        assert ("retry-after" in answer.headers) == (missing.status == 503)
        if language == 0 and missing.rest:
            assert [one for one in missing.rest if one not in said] == []
        assert "<nav" in answer.text, "one can go elsewhere"


@pytest.mark.parametrize("away", SERVICES)
@pytest.mark.parametrize("name", AWAY)
async def test_a_service_takes_its_own_part_with_it(
    browser: httpx.AsyncClient, world: World, addresses: dict[str, str], name: str, away: str
) -> None:
    world.access_lasts = 0  # every page asks identity for a token
    await sign_in(browser, "ines@demain.example")
    world.away = {away}
    await _shown(browser, addresses[name], AWAY[name].get(away))
    world.away = set()
    await _shown(browser, addresses[name], None)


@pytest.mark.parametrize("path", ["/themes", "/territoires"])
async def test_names_that_were_never_heard_are_not_taken_for_none(
    browser: httpx.AsyncClient, world: World, path: str
) -> None:
    world.away = {"contributions"}
    await _shown(browser, path, WHOLE_PAGE)
