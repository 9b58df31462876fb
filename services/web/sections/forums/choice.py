"""Which forums a list shows: wholly in the address, the same for the page and its feed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from starlette.datastructures import QueryParams

from services.web.language import _
from services.web.names import Names
from services.web.page import Page
from services.web.vocabulary import lower_first
from shared.clients.events import EventsClient, ForumPage

PAST = "past"


@dataclass(frozen=True)
class Choice:
    """What was chosen; an empty field leaves the choice open."""

    when: str = ""
    """``past``; empty means those to come."""
    theme: str = ""
    territory: str = ""

    @classmethod
    def of(cls, params: QueryParams) -> Choice:
        """Read the address."""
        read = {name: params.get(name, "") for name in cls.__dataclass_fields__}
        read["when"] = read["when"] if read["when"] == PAST else ""
        return cls(**read)

    def now(self, names: Names) -> Choice:
        """The same, with the successors of what was merged."""
        return self.but(theme=names.current("theme", self.theme), territory=names.current("territory", self.territory))

    def but(self, **changes: str) -> Choice:
        """The same with some fields changed."""
        return replace(self, **changes)

    def query(self, cursor: str | None = None) -> dict[str, str | None]:
        """For the address; empty values are left out there."""
        return {**asdict(self), "cursor": cursor}

    @property
    def is_past(self) -> bool:
        """Whether it is about what is over."""
        return self.when == PAST

    @property
    def is_narrow(self) -> bool:
        """Whether a theme or a territory was chosen."""
        return bool(self.theme or self.territory)

    async def read(self, page: Page, cursor: str, *, limit: int = 20) -> ForumPage:
        """The public forums it means: to come from the next on, past from the last back. Raises as the client does."""
        return await page.client(EventsClient).page(
            when=self.when or "coming",
            theme=self.theme or None,
            territory=self.territory or None,
            cursor=cursor or None,
            limit=limit,
        )

    def heading(self, names: Names) -> str:
        """``Forums passés, énergie, Lyon``."""
        parts = [_("Forums passés") if self.is_past else _("Forums à venir")]
        if self.theme:
            parts.append(lower_first(names.theme(self.theme)))
        if self.territory:
            parts.append(names.territory(self.territory))
        return ", ".join(parts)
