"""What a client is told about a person, by scope."""

from __future__ import annotations

from authlib.oidc.core import UserInfo

from services.identity.tables import Account


def of_person(account: Account, scope: str) -> dict[str, object]:
    """The claims a scope opens (OpenID Connect Core, 5.4). Never roles: they are for our services alone."""
    everything = UserInfo(
        sub=str(account.id),
        name=account.display_name,
        email=account.email,
        email_verified=account.verified_at is not None,
    )
    return dict(everything.filter(scope))
