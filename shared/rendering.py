"""Markdown to what readers see: rendered by markdown-it-py (CommonMark, tables), sanitized by nh3 (ammonia).

CPU work: call it in the pool.
"""

from __future__ import annotations

import html
import math
import re
from dataclasses import dataclass

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

WORDS_A_MINUTE = 220
"""Reading speed of adults in French (Brysbaert, 2019, doi:10.1016/j.jml.2019.104047)."""

_TAGS = {
    "h2", "h3", "h4", "h5", "h6", "p", "a", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li",
    "table", "thead", "tbody", "tr", "th", "td", "hr", "br", "sup", "sub", "abbr", "cite",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "abbr": {"title"}, "ol": {"start"}}
_MOST_TAGS = 5_000
"""Angle brackets a text may have. Taking out tags that are nested n deep takes n² steps: 11 s for 50,000."""
_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_MARKDOWN_ALONE = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Rendered:
    """A body, rendered."""

    html: str
    text: str
    """Without markup, paragraphs on lines of their own."""
    minutes: int


def render(markdown: str) -> Rendered:
    """Render and sanitize Markdown. The page's own title is h1, so headings start at h2.

    HTML in it is shown as it was typed if there is more of it than anybody writes.
    """
    parser = _MARKDOWN if markdown.count("<") <= _MOST_TAGS else _MARKDOWN_ALONE
    tokens = parser.parse(markdown)
    text = _plain(tokens)
    _shift_headings(tokens)
    _link_images(tokens)
    renderer = parser.renderer
    assert isinstance(renderer, RendererHTML)
    safe = nh3.clean(
        renderer.render(tokens, parser.options, {}),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener ugc",
        strip_comments=True,
    )
    return Rendered(safe, text, max(1, math.ceil(len(text.split()) / WORDS_A_MINUTE)))


def _shift_headings(tokens: list[Token]) -> None:
    highest = min((int(t.tag[1]) for t in tokens if t.type == "heading_open"), default=2)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) - highest + 2)}"


def _link_images(tokens: list[Token]) -> None:
    """Pictures from elsewhere are not loaded (no third party learns who reads); they become links."""
    for block in tokens:
        if block.children is None:
            continue
        children: list[Token] = []
        for token in block.children:
            if token.type == "image":
                opening = Token("link_open", "a", 1, attrs={"href": token.attrs.get("src", "")})
                label = Token("text", "", 0, content=token.content or str(token.attrs.get("src", "")))
                children += [opening, label, Token("link_close", "a", -1)]
            else:
                children.append(token)
        block.children = children


def _plain(tokens: list[Token]) -> str:
    lines: list[str] = []
    for token in tokens:
        if token.type == "inline":
            words = "".join(_words(child) for child in token.children or ())
        elif token.type in {"fence", "code_block"}:
            words = token.content
        elif token.type == "html_block":
            words = html.unescape(nh3.clean(token.content, tags=set()))
        else:
            continue
        line = _SPACES.sub(" ", words).strip()
        if line:
            lines.append(line)
    return "\n".join(lines)


def _words(token: Token) -> str:
    if token.type in {"softbreak", "hardbreak"}:
        return " "
    if token.type in {"text", "code_inline", "image", "text_special"}:
        return token.content
    return ""
