"""What holds for mails in a folder: files, their rights, and reading them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from shared.mail.folder_mail import FolderMail
from shared.mail.port import MailAway
from tests.conformance.mail.conftest import SENDER
from tests.conformance.mail.test_mail import ID, mail


async def test_files_are_their_owners_alone(tmp_path: Path) -> None:
    port = FolderMail(tmp_path / "mail", SENDER)
    await port.send(mail())

    [file] = list(port.folder.iterdir())
    assert file.suffix == ".eml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert port.folder.stat().st_mode & 0o777 == 0o700


async def test_the_same_mail_again_is_one_mail(tmp_path: Path) -> None:
    port = FolderMail(tmp_path, SENDER)
    await port.send(mail())
    await port.send(mail())

    [kept] = await port.newest(10)
    assert (kept.to, kept.subject) == ("nadia@demain.example", "L’énergie, déjà")
    assert kept.text == "Bonjour à tous,\n\n.\n\nFin\n"
    assert await port.read(kept.name) == kept
    assert str(ID) in kept.name


@pytest.mark.parametrize("name", ["..", "../secret", "x", "", "20260101T000000000000-" + "0" * 36])
async def test_nothing_else_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.eml").write_text("Subject: secret\n\nsecret")
    (tmp_path / "mail").mkdir()

    assert await FolderMail(tmp_path / "mail", SENDER).read(name) is None
    assert await FolderMail(tmp_path / "nowhere", SENDER).newest(5) == []


async def test_a_folder_that_cannot_be_written_is_away(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(MailAway, match="cannot be written"):
        await FolderMail(tmp_path / "file" / "mail", SENDER).send(mail())


async def test_what_is_forgotten_is_about_one_person_or_to_one_address(tmp_path: Path) -> None:
    port, person, other = FolderMail(tmp_path, SENDER), uuid4(), uuid4()
    await port.send(replace(mail(), id=uuid4(), to="old@demain.example", person=person))
    await port.send(replace(mail(), id=uuid4(), to="new@demain.example"))
    await port.send(replace(mail(), id=uuid4(), to="old@demain.example.org", person=other))
    (tmp_path / ".20260101T000000000000-unfinished").write_bytes(b"To: new@demain.example\n\n")

    await port.forget(person, "new@demain.example")
    await FolderMail(tmp_path / "nowhere", SENDER).forget(person, "new@demain.example")

    assert [one.to for one in await port.newest(10)] == ["old@demain.example.org"]
    assert len(list(tmp_path.iterdir())) == 1
