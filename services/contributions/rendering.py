"""What a contribution's text becomes: `shared.rendering`, under the name it has here."""

from __future__ import annotations

from shared.rendering import Rendered, render, slug

__all__ = ["Rendered", "render", "slug"]
