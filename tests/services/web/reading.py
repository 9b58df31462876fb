"""A reader without JavaScript: finds forms in pages and sends them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx


@dataclass
class Form:
    action: str = ""
    method: str = "get"
    fields: list[tuple[str, str]] = field(default_factory=list)


class Forms(HTMLParser):
    """The forms of a page, with what is filled in."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._inside: Form | None = None
        self._area: str | None = None
        self._text = ""
        self._select: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = Form(of.get("action", ""), of.get("method", "get").lower())
            self.forms.append(self._inside)
        elif self._inside is None:
            return
        elif tag == "input" and "name" in of:
            if of.get("type") not in ("checkbox", "radio") or "checked" in of:
                self._inside.fields.append((of["name"], of.get("value", "")))
        elif tag == "textarea":
            self._area, self._text = of["name"], ""
        elif tag == "select":
            self._select = of["name"]
        elif tag == "option" and self._select and "selected" in of:
            self._inside.fields.append((self._select, of.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area and self._inside:
            self._inside.fields.append((self._area, self._text.removeprefix("\n")))
            self._area = None
        elif tag == "select":
            self._select = None
        elif tag == "form":
            self._inside = None


def form_in(page: httpx.Response, having: str) -> Form:
    """The form of a page that has a field of that name."""
    for form in Forms(page.text).forms:
        if any(name == having for name, _ in form.fields):
            return form
    raise AssertionError(f"no form with a field {having!r} in {page.url}")


async def send(browser: httpx.AsyncClient, page: httpx.Response, having: str, **filled: Any) -> httpx.Response:
    """Fill a form in and send it, as a browser would. A list checks several boxes."""
    form = form_in(page, having)
    fields = [pair for pair in form.fields if pair[0] not in filled]
    for name, value in filled.items():
        fields += [(name, one) for one in (value if isinstance(value, list) else [value])]
    body: dict[str, list[str]] = {}
    for name, value in fields:
        body.setdefault(name, []).append(value)
    return await browser.post(
        form.action or str(page.url), data=body, headers={"Origin": str(browser.base_url).rstrip("/")}
    )


async def reach(browser: httpx.AsyncClient, path: str) -> httpx.Response:
    """The page a path leads to, over the provider if it must be."""
    page = await browser.get(path)
    for _ in range(3):
        if "/oauth/authorize?" not in page.headers.get("location", "") and "demande=" not in page.headers.get(
            "location", ""
        ):
            break
        page = await browser.get(page.headers["location"])
    return page


async def sign_in_page(browser: httpx.AsyncClient, path: str = "/connexion") -> httpx.Response:
    """The form, reached from the site over the provider."""
    page = await reach(browser, path)
    assert 'name="demande"' in page.text, page
    return page


async def come_back(browser: httpx.AsyncClient, answer: httpx.Response) -> httpx.Response:
    """The answer to where the browser is sent with a code; another answer as it is."""
    where = answer.headers.get("location", "")
    return await browser.get(where) if "/connexion/retour?" in where else answer


async def sign_in(browser: httpx.AsyncClient, email: str, password: str = "correct horse battery") -> httpx.Response:
    """From the site to the provider and back: the last answer, with the session if it came to that."""
    page = await sign_in_page(browser)
    return await come_back(browser, await send(browser, page, "email", email=email, password=password))
