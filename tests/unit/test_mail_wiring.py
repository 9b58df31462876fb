"""Where mails go, and when the site may show them: who reads them can take over every account."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from services.registry import SERVICES
from shared.mail.folder_mail import FolderMail
from shared.mail.smtp_mail import SmtpMail
from shared.runtime.wiring import CannotWork, Wiring
from shared.settings import Settings

OUTSIDE = {"smtp_url": "smtp://h", "mail_from": "a@b.example", "public_url": "https://b.example"}
ALONE = {
    "site_client_secret": "a secret of thirty-two characters and more",
    "database_url": "postgresql://u@h/",
    "kafka_bootstrap_servers": "h:1",
    "service_urls": "identity=http://h:1",
}


def wired(folder: Path, only: str | None = None, **settings: Any) -> Wiring:
    return Wiring(Settings(data_dir=folder, **settings), SERVICES, only=only)


def test_without_a_server_mails_are_files_shown_on_this_machine(tmp_path: Path) -> None:
    wiring = wired(tmp_path)
    mail, mailbox = wiring.mail(), wiring.mailbox()
    assert isinstance(mail, FolderMail) and isinstance(mailbox, FolderMail)
    assert mail.folder == mailbox.folder == tmp_path / "mail"


@pytest.mark.parametrize(
    "settings", [{"host": "0.0.0.0"}, {"public_url": "https://b.example"}, {"host": "192.168.1.4"}, OUTSIDE]
)
def test_others_never_see_them(tmp_path: Path, settings: dict[str, str]) -> None:
    assert wired(tmp_path, **settings).mailbox() is None


def test_with_a_server_they_go_there(tmp_path: Path) -> None:
    assert isinstance(wired(tmp_path, **OUTSIDE).mail(), SmtpMail)
    assert isinstance(wired(tmp_path, "identity", **OUTSIDE, **ALONE).mail(), SmtpMail)


def test_identity_alone_needs_one_and_the_others_do_not(tmp_path: Path) -> None:
    with pytest.raises(CannotWork, match="SMTP_URL"):
        wired(tmp_path, "identity", **ALONE)
    assert wired(tmp_path, "search", **ALONE).mailbox() is None


def test_a_process_that_knows_one_service_alone_is_not_the_whole_platform(tmp_path: Path) -> None:
    """As `demain serve` has it, which imports no other."""
    search = next(service for service in SERVICES if service.name == "search")
    wiring = Wiring(Settings(data_dir=tmp_path, **ALONE), [search], only="search")
    assert wiring.mailbox() is None
