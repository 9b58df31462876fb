"""Whole texts as the site shows them."""

from __future__ import annotations

from services.web.language import speaking
from services.web.site import prose_html


def test_what_may_be_too_wide_scrolls_by_keyboard() -> None:
    table = "<table><tbody><tr><td>a ; b</td></tr></tbody></table>"
    with speaking("en"):
        shown = prose_html(f"<p>Avant</p>{table}<pre><code>x ; y</code></pre>", "fr")
    assert shown == (
        '<p>Avant</p><div class="scroll" role="group" aria-label="Table" tabindex="0">'
        "<table><tbody><tr><td>a\u202f; b</td></tr></tbody></table></div>"
        '<pre tabindex="0"><code>x ; y</code></pre>'
    )
