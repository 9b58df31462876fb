"""How accounts are named: e-mail addresses and display names, brought to the one form that is stored.

Pure. Everything raises ValueError with a sentence that says how to mend the value.
"""

from __future__ import annotations

import unicodedata

from email_validator import EmailNotValidError, validate_email

LONGEST_NAME = 80

_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the text around them: a name must not rearrange the page it stands in."""
_UNWANTED = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories no name needs: controls, surrogates, private use, unassigned, separators of lines."""


def normal_email(text: str) -> str:
    """The address as it is stored and compared: composed (NFC) and in lower case.

    Raises ValueError for what is not an address of the public internet. Whether mail arrives there is not asked.
    """
    try:
        found = validate_email(text.strip(), check_deliverability=False).normalized
        # Lower case can bring forth what is not composed ("İ"), or no longer an address: look at it once more.
        return validate_email(unicodedata.normalize("NFC", found.lower()), check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValueError(f"this is not an e-mail address: {error}") from error


def normal_name(text: str) -> str:
    """The display name as it is stored: composed (NFC), trimmed, inner spaces single.

    Raises ValueError when it is empty, longer than 80 characters, or holds control characters.
    """
    composed = unicodedata.normalize("NFC", text)
    if any(unicodedata.category(one) in _UNWANTED or one in _BIDI_CONTROLS for one in composed.strip()):
        raise ValueError("a name holds no control characters; remove them (line breaks and tabs count)")
    name = unicodedata.normalize("NFC", " ".join(composed.split()))
    if not any(unicodedata.category(one)[0] in "LNPS" for one in name):
        raise ValueError("write at least one letter")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"at most {LONGEST_NAME} characters, these are {len(name)}")
    return name


def sought(text: str) -> str:
    """What names and what people type to find them are compared by: no accents, no case, single spaces."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(one for one in apart if not unicodedata.combining(one))
    return " ".join(unicodedata.normalize("NFKC", bare).casefold().split())
