"""The limit of a page: bare FastAPI routes on the same uvicorn, with bodies of any size.

``python -m tests.bench.bare PORT`` serves ``/bytes/{size}`` (the body is ready) and ``/template/{size}`` (a Jinja
template makes it anew each time).
"""

from __future__ import annotations

import asyncio
import sys
from functools import cache

from fastapi import FastAPI
from jinja2 import Environment
from starlette.responses import HTMLResponse, Response

from shared.runtime.event_loop import run
from shared.runtime.servers import Serving, listen

_TEMPLATE = Environment(autoescape=True, enable_async=False).from_string(
    "<!doctype html><html lang=fr><title>{{ title }}</title><main><ul>"
    '{% for one in items %}<li class="item"><h2><a href="{{ one.url }}">{{ one.title }}</a></h2>'
    "<p>{{ one.summary }}</p>{% if one.date %}<time>{{ one.date }}</time>{% endif %}</li>\n{% endfor %}"
    "</ul></main>{{ rest }}"
)
_ITEM = {
    "url": "/contributions/0190f2c2-0000-7000-8000-000000000000/une-ville-ou-l-on-marche",
    "title": "Une ville où l’on marche",
    "summary": "Ce que la ville gagne à mesurer autrement le temps qu’on y passe, et ce qu’elle y perd.",
    "date": "21 novembre 2026",
}

app = FastAPI(openapi_url=None)


@cache
def _bytes(size: int) -> bytes:
    return b"x" * size


def _page(items: int, rest: str = "") -> str:
    return _TEMPLATE.render(title="Demain", items=[_ITEM] * items, rest=rest)


@cache
def _items(size: int) -> tuple[int, str]:
    """How many items, and what comes after them, make a page of that size."""
    empty, one = len(_page(0).encode()), len(_page(1).encode())
    items = max(0, (size - empty) // (one - empty))
    return items, "x" * max(0, size - empty - items * (one - empty))


@app.get("/bytes/{size}")
async def ready(size: int) -> Response:
    return Response(_bytes(size), media_type="text/html")


@app.get("/template/{size}")
async def rendered(size: int) -> HTMLResponse:
    items, rest = _items(size)
    return HTMLResponse(_page(items, rest))


async def _serve(port: int) -> None:
    serving = Serving(app, listen("127.0.0.1", port), deadline=1)
    await serving.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    run(_serve(int(sys.argv[1])))
