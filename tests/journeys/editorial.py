"""What people do with a contribution, step by step on screen; the same with JavaScript and without."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.async_api import expect

from tests.journeys.visitor import Visitor
from tests.support.waiting import eventually


@dataclass(frozen=True)
class Text:
    """A contribution as it is typed."""

    title: str
    summary: str
    body: str
    spoken: str
    """A sentence of the body as readers see it."""


async def write(author: Visitor, text: Text) -> None:
    """Fill the editor in, from the link on the home page."""
    page, words = author.page, author.words
    await author.open("/")
    await page.get_by_role("main").get_by_role("link", name=words.write).click()
    await author.heading(words.write).wait_for()
    await page.get_by_label(words.title, exact=True).fill(text.title)
    await page.get_by_label(words.summary).fill(text.summary)
    await page.get_by_role("radio", name=re.compile(rf"^{words.study}\b")).check()
    await page.get_by_label(words.body, exact=True).fill(text.body)
    await page.get_by_role("checkbox", name=words.energy, exact=True).check()
    await page.get_by_role("checkbox", name=words.mobility, exact=True).check()
    await page.get_by_role("checkbox", name=words.territory, exact=True).check()


async def see_preview(author: Visitor, text: Text) -> None:
    """The preview shows the text as readers will see it."""
    preview = author.page.get_by_role("region", name=author.words.preview, exact=True)
    await expect(preview.get_by_role("heading", name=text.title)).to_be_visible()
    await expect(preview.get_by_text(text.spoken)).to_be_visible()
    await expect(preview.get_by_role("strong")).to_be_visible()


async def save(author: Visitor) -> None:
    """Keep it as a draft."""
    await author.button(author.words.save).click()
    await author.says(author.words.saved)


async def submit(author: Visitor) -> None:
    """Submit it from the editor, over the page that asks."""
    await author.button(author.words.save_and_submit).click()
    await author.button(author.words.submit).click()
    await author.says(author.words.submitted)


async def publish(editor: Visitor, text: Text) -> str:
    """Find it in the queue, read it, publish it; its path."""
    page, words = editor.page, editor.words
    await editor.open("/")
    await page.get_by_role("navigation").get_by_role("link", name=words.queue, exact=True).click()
    await page.get_by_role("heading", name=text.title).get_by_role("link").click()
    await expect(page.get_by_role("article").get_by_text(text.spoken)).to_be_visible()
    await editor.link(words.publish, exact=True).click()
    await editor.button(words.publish_now).click()
    await editor.says(words.published)
    return (await editor.path()).removeprefix(words.prefix)


async def withdraw(author: Visitor, text: Text, reason: str) -> None:
    """Withdraw it from my space, with a reason."""
    page, words = author.page, author.words
    await author.open("/mon-espace")
    await author.link(text.title).click()
    await author.link(words.withdraw, exact=True).click()
    await page.get_by_label(words.why).fill(reason)
    await author.button(words.withdraw_for_good).click()
    await author.says(words.withdrawn)


async def is_gone(visitor: Visitor, path: str) -> None:
    """Wait until its address says that it was withdrawn: a message has to travel first."""

    async def says_so() -> bool:
        return await visitor.open(path) == 410

    await eventually(says_so)


async def is_found(visitor: Visitor, query: str, id: str) -> None:
    """Wait until search shows it: a message has to travel first."""

    async def shown() -> bool:
        answer = await visitor.context.request.get(f"{visitor.origin}/api/search", params={"q": query})
        return id in {hit["id"] for hit in (await answer.json())["hits"]}

    await eventually(shown)


async def is_shown_nowhere(visitor: Visitor, text: Text, query: str, id: str) -> None:
    """Wait until no page names it any more: search, suggestions, facets, home, list."""
    get, origin, prefix = visitor.context.request.get, visitor.origin, visitor.words.prefix

    async def counted() -> dict[str, int]:
        facets = (await (await get(f"{origin}/api/search", params={"q": text.title})).json())["facets"]
        return {one["value"]: one["count"] for one in facets.get("type", [])}

    async def naming_it() -> list[str]:
        pages = {
            "search": f"{prefix}/recherche?q={query}",
            "its title": f"{prefix}/recherche?q={text.title}",
            "facet": f"{prefix}/recherche?theme=energy&theme=mobility&territory=nantes&sort=newest",
            "suggestions": f"{prefix}/recherche/suggestions?q={text.title[:20]}",
            "home": prefix or "/",
            "list": f"{prefix}/contributions",
        }
        return [name for name, path in pages.items() if id in await (await get(origin + path)).text()]

    async def gone() -> bool:
        return not await naming_it()

    await eventually(gone)
    assert sum((await counted()).values()) == len(
        (await (await get(f"{origin}/api/search", params={"q": text.title, "limit": "50"})).json())["hits"]
    ), "a facet counts what no hit shows"
