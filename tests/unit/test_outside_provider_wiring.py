"""What another provider's settings must be, said in one sentence that names the variable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from services.registry import SERVICES
from shared.runtime.wiring import CannotWork, Wiring
from shared.settings import Settings

GOOD = {"oidc_issuer": "https://accounts.example.org/realm", "oidc_client_id": "forum", "oidc_client_secret": "s"}


def wired(folder: Path, **settings: Any) -> Wiring:
    return Wiring(Settings(data_dir=folder, **{**GOOD, **settings}), SERVICES)


@pytest.mark.parametrize("issuer", [GOOD["oidc_issuer"], "http://127.0.0.1:8001", "http://localhost:9000/realm"])
def test_a_provider_over_tls_or_on_this_machine_is_taken(tmp_path: Path, issuer: str) -> None:
    wired(tmp_path, oidc_issuer=issuer, oidc_name="Ma ville")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"oidc_issuer": "accounts.example.org"}, "OIDC_ISSUER: is not an issuer"),
        ({"oidc_issuer": "https://a.example/?x=1"}, "OIDC_ISSUER: is not an issuer"),
        ({"oidc_issuer": "https://u:p@a.example"}, "OIDC_ISSUER: is not an issuer"),
        ({"oidc_issuer": "https://[::1"}, "OIDC_ISSUER: is not an issuer"),
        ({"oidc_issuer": "http://accounts.example.org"}, "OIDC_ISSUER: people cannot be vouched for without TLS"),
        ({"public_url": "https://accounts.example.org/realm/"}, "OIDC_ISSUER: is this forum itself"),
        ({"oidc_client_id": None}, "set OIDC_CLIENT_ID"),
        ({"oidc_client_secret": None}, "set OIDC_CLIENT_SECRET"),
        ({"oidc_issuer": None}, "OIDC_CLIENT_ID: is for no provider; set OIDC_ISSUER"),
        ({"oidc_issuer": None, "oidc_client_id": None}, "OIDC_CLIENT_SECRET: is for no provider; set OIDC_ISSUER"),
        ({"oidc_name": "x" * 41}, "OIDC_NAME: is no name for a button"),
        ({"oidc_name": "a\nb"}, "OIDC_NAME: is no name for a button"),
    ],
)
def test_what_cannot_work_is_said(tmp_path: Path, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(CannotWork, match=r"^OIDC") as found:
        wired(tmp_path, **settings)
    assert said in str(found.value)
    assert GOOD["oidc_client_secret"] not in str(found.value).split()
