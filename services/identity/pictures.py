"""Pictures of people: whatever is sent becomes a small square image of our own making.

An upload is never kept or shown: it is decoded, and what was seen is encoded anew. So nothing that rode along with it
reaches anybody: where it was taken (EXIF), a script, another file glued to it.
"""

from __future__ import annotations

import hashlib
import io
import struct
import warnings

from PIL import Image, ImageOps

MEDIA_TYPE = "image/webp"
SIDE = 512
"""Pixels of the square that is kept."""
LARGEST = 1_900_000
"""Bytes of an upload: with the form around it, it stays below what a request may have."""
MOST_PIXELS = 25_000_000
"""Pixels of an upload: a hundred megabytes once decoded. A small file can claim to be much larger."""
SMALLEST_SIDE = 64
"""Pixels below which there is nothing to see."""

_FORMATS = ("JPEG", "PNG", "WEBP")
"""Decoders an upload may reach, chosen by its content; all others stay shut."""
_QUALITY = 82
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, struct.error, OverflowError)
"""What decoders raise for files that were cut, or made to break them."""


class NotAPicture(ValueError):
    """The upload cannot be a picture; the text says what to do instead."""


def square(upload: bytes) -> bytes:
    """A square WebP image of what the upload shows: upright, cut around its middle, without anything beside it.

    Slow: call it in the pool for such work. Raises NotAPicture.
    """
    if len(upload) > LARGEST:
        raise NotAPicture(f"at most {LARGEST:,} bytes, these are {len(upload):,}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(upload), formats=_FORMATS) as image:
                return _encoded(_cut(image))
    except NotAPicture:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise NotAPicture(f"at most {MOST_PIXELS:,} pixels: make it smaller first") from None
    except _BROKEN:
        # Without the cause: a decoder's message may repeat bytes of the file.
        raise NotAPicture("this is no whole JPEG, PNG or WebP image") from None


def digest_of(content: bytes) -> str:
    """What names a picture in its address: another picture has another one."""
    return hashlib.sha256(content).hexdigest()[:32]


def _cut(image: Image.Image) -> Image.Image:
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise NotAPicture(f"at most {MOST_PIXELS:,} pixels, these are {width * height:,}: make it smaller first")
    if min(width, height) < SMALLEST_SIDE:
        raise NotAPicture(f"at least {SMALLEST_SIDE} pixels wide and high, this has {width} × {height}")
    # JPEG can be decoded at a half, a quarter… of its size: enough for what is kept.
    image.draft("RGB", (SIDE * 2, SIDE * 2))
    image.load()
    upright = ImageOps.exif_transpose(image)
    side = min(SIDE, *upright.size)
    seen = ImageOps.fit(upright.convert("RGBA"), (side, side), Image.Resampling.LANCZOS)
    # What is transparent shows white paper, in the dark too.
    paper = Image.new("RGBA", seen.size, "white")
    return Image.alpha_composite(paper, seen).convert("RGB")


def _encoded(image: Image.Image) -> bytes:
    # A new image of the bare pixels: nothing that hung on the one that was decoded goes with it.
    bare = Image.frombytes("RGB", image.size, image.tobytes())
    written = io.BytesIO()
    bare.save(written, "WEBP", quality=_QUALITY, method=4)
    return written.getvalue()
