"""Which mails there are."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Literal

Language = Literal["fr", "en"]
"""Languages mails are written in."""


class Kind(StrEnum):
    """What a mail is about; also the name of its template."""

    VERIFY = "verify"
    """The link that makes a new account usable."""
    ALREADY = "already"
    """Somebody wanted to open an account with an address that has one."""
    RESET = "reset"
    """The link to choose another password."""
    PASSWORD_CHANGED = "password-changed"  # noqa: S105
    """The password was changed."""
    CHANGE = "change"
    """The link that makes this the address of an account; sent to the new one."""
    TAKEN = "taken"
    """Sent in place of `CHANGE` to an address that has an account."""
    CHANGED = "changed"
    """The account has another address now; sent to the old one."""
    ARRIVAL = "arrival"
    """The link with which whoever another provider vouched for shows that the address is theirs, and has an account."""
    JOIN = "join"
    """Sent in place of `ARRIVAL` to an address that has an account: the link has them come in to it."""
    LINKED = "linked"
    """Somebody another provider vouches for may sign in to the account now."""
    ERASED = "erased"
    """The account was erased. The last mail; with it the address is forgotten."""


LINKS: dict[Kind, tuple[str, timedelta]] = {
    Kind.VERIFY: ("/verification", timedelta(hours=24)),
    Kind.RESET: ("/nouveau-mot-de-passe", timedelta(hours=1)),
    Kind.CHANGE: ("/nouvelle-adresse", timedelta(hours=24)),
}
"""Kind with a link of its own → the site's page it leads to, and how long it is good."""

ARRIVAL_PAGE = "/connexion/ailleurs/confirmation"
"""Where the links of `Kind.ARRIVAL` and `Kind.JOIN` lead; they are good as long as the arrival waits."""
