"""Pictures: what is kept is of our own making, whatever was sent."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from services.identity import pictures
from tests.services.identity.people import IdentityUnderTest, Person, an_image

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><script>alert(1)</script></html>"


def _png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 10_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _with_text_bomb() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("comment", "x" * 80_000_000, zip=True)
    return an_image(pnginfo=info)


async def upload(
    identity: IdentityUnderTest, person: Person, content: bytes, kind: str = "image/png"
) -> httpx.Response:
    headers = {**person.headers, "Content-Type": kind}
    return await identity.http.put("/api/identity/me/picture", content=content, headers=headers)


async def test_a_picture_is_shown_replaced_and_taken_away(identity: IdentityUnderTest) -> None:
    person = await identity.join()

    first = (await upload(identity, person, an_image())).json()["picture"]
    again = (await upload(identity, person, an_image())).json()
    second = (await upload(identity, person, an_image(200, 100))).json()["picture"]

    assert first == again["picture"] != second
    assert again["version"] == 2, "the same one again changes nothing"
    path = f"/api/identity/people/{person.id}/picture"
    seen = await identity.http.get(f"{path}/{second}")
    assert seen.status_code == 200
    assert seen.headers["content-type"] == "image/webp"
    assert seen.headers["cache-control"] == "public, max-age=86400, immutable"
    assert seen.headers["x-content-type-options"] == "nosniff"
    assert Image.open(io.BytesIO(seen.content)).size == (100, 100)
    assert (await identity.http.get(f"{path}/{first}")).status_code == 404
    assert (await identity.http.get(f"/api/identity/people/{person.id}")).json()["picture"] == second

    gone = await identity.http.delete("/api/identity/me/picture", headers=person.headers)

    assert gone.json()["picture"] is None
    assert (await identity.http.get(f"{path}/{second}")).status_code == 404
    assert await identity.rows("SELECT 1 FROM picture") == []


@pytest.mark.parametrize(
    "sent",
    [b"", b"\x89PNG\r\n\x1a\n", SVG, HTML, b"GIF89a" + bytes(100), an_image()[:-200], an_image(kind="JPEG")[:500],
     _png_that_claims(60_000, 60_000), _png_that_claims(5_001, 5_001), _with_text_bomb(), an_image(10, 500),
     an_image(kind="BMP"), an_image(kind="TIFF"), bytes(pictures.LARGEST + 1)],
    ids=["nothing", "a signature", "SVG", "HTML", "GIF", "a cut PNG", "a cut JPEG", "a bomb", "just too many pixels",
         "a text bomb", "too narrow", "BMP", "TIFF", "too heavy"],
)  # fmt: skip
async def test_what_is_no_picture_is_refused_and_nothing_kept(identity: IdentityUnderTest, sent: bytes) -> None:
    person = await identity.join()

    answer = await upload(identity, person, sent)

    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json()["errors"]] == ["picture"]
    assert await identity.rows("SELECT 1 FROM picture") == []
    assert "script" not in answer.text


async def test_what_is_larger_than_a_request_may_be_is_refused(identity: IdentityUnderTest) -> None:
    assert (await upload(identity, await identity.join(), bytes(3_000_000))).status_code == 413


def test_nothing_that_rode_along_is_left() -> None:
    exif = Image.Exif()
    exif[0x010E] = "Chez moi, 4 rue du Secret"
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 29.0)
    taken = an_image(kind="JPEG", exif=exif, comment=b"ssh-rsa AAAA") + b"PK\x03\x04" + HTML
    assert all(one in taken for one in (b"Secret", b"ssh-rsa", b"<script>")), "the control: it is there before"

    kept = pictures.square(taken)

    image = Image.open(io.BytesIO(kept))
    assert (image.format, image.size, image.mode) == ("WEBP", (90, 90), "RGB")
    assert not image.getexif()
    assert "icc_profile" not in image.info
    for one in (b"Secret", b"ssh-rsa", b"<script>", b"PK\x03\x04", b"EXIF"):
        assert one not in kept
    assert kept[:4] == b"RIFF"
    assert struct.unpack("<I", kept[4:8])[0] == len(kept) - 8, "nothing stands behind the image"


def test_it_stands_upright_and_is_cut_around_its_middle() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter to the right
    image = Image.new("RGB", (300, 100), "white")
    image.paste((255, 0, 0), (0, 0, 100, 100))
    image.paste((0, 0, 255), (100, 0, 200, 100))
    written = io.BytesIO()
    image.save(written, "JPEG", exif=exif, quality=95)

    kept = Image.open(io.BytesIO(pictures.square(written.getvalue())))

    red, _, blue = kept.convert("RGB").getpixel((50, 50))  # type: ignore[misc]
    assert kept.size == (100, 100)
    assert (red < 60, blue > 200) == (True, True), "the middle of the three"


def test_what_is_transparent_is_paper() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (80, 80), (0, 0, 0, 0)).save(written, "PNG")

    kept = Image.open(io.BytesIO(pictures.square(written.getvalue()))).convert("RGB")

    assert min(kept.getpixel((40, 40))) > 245  # type: ignore[arg-type, type-var]


@given(st.binary(max_size=300), st.integers(0, 3000))
def test_a_broken_file_is_refused_or_shown_and_nothing_else(noise: bytes, at: int) -> None:
    whole = an_image(kind="JPEG")
    broken = whole[:at] + noise + whole[at + len(noise) :]
    with contextlib.suppress(pictures.NotAPicture):
        assert pictures.square(broken).startswith(b"RIFF")
