"""How accounts are named: e-mail addresses and display names, brought to the one form that is stored.

Pure. Everything raises ValueError with a sentence that says how to mend the value.
"""

from __future__ import annotations

import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

LONGEST_NAME = 80
LONGEST_BIOGRAPHY = 1000
LONGEST_AFFILIATION = 160
LONGEST_REASON = 1000

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


def normal_affiliation(text: str) -> str:
    """Where somebody works, on one line; may be empty. Raises ValueError."""
    line = unicodedata.normalize("NFC", " ".join(text.split()))
    _refuse_controls(line, "an affiliation")
    if len(line) > LONGEST_AFFILIATION:
        raise ValueError(f"at most {LONGEST_AFFILIATION} characters, these are {len(line)}")
    return line


def normal_biography(text: str) -> str:
    """What somebody says of themselves, plain text of several lines; may be empty. Raises ValueError."""
    lines = [" ".join(line.split()) for line in unicodedata.normalize("NFC", text).strip().splitlines()]
    biography = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    _refuse_controls(biography.replace("\n", " "), "a biography")
    if len(biography) > LONGEST_BIOGRAPHY:
        raise ValueError(f"at most {LONGEST_BIOGRAPHY} characters, these are {len(biography)}")
    return biography


def normal_reason(text: str) -> str:
    """Why an account is suspended, plain text of several lines. Raises ValueError."""
    lines = [" ".join(line.split()) for line in unicodedata.normalize("NFC", text).strip().splitlines()]
    reason = "\n".join(lines)
    _refuse_controls(reason.replace("\n", " "), "a reason")
    if not reason:
        raise ValueError("say why, for the admins who come after you")
    if len(reason) > LONGEST_REASON:
        raise ValueError(f"at most {LONGEST_REASON} characters, these are {len(reason)}")
    return reason


def normal_orcid(text: str) -> str:
    """An ORCID iD as ``0000-0002-1825-0097``, also from its address; may be empty. Raises ValueError.

    The last character is a check digit (ISO/IEC 7064, MOD 11-2).
    """
    bare = re.sub(r"^(https?://)?(www[.])?orcid[.]org/", "", text.strip(), flags=re.IGNORECASE)
    signs = bare.replace("-", "").replace(" ", "").upper()
    if not signs:
        return ""
    if not re.fullmatch(r"[0-9]{15}[0-9X]", signs):
        raise ValueError("an ORCID iD has 16 digits, like 0000-0002-1825-0097; the last one may be an X")
    if orcid_check_digit(signs[:15]) != signs[15]:
        raise ValueError("the last character does not fit the others; look for a mistyped digit")
    return "-".join(signs[start : start + 4] for start in range(0, 16, 4))


def orcid_check_digit(digits: str) -> str:
    """The check character for the first digits of an ORCID iD (ISO/IEC 7064, MOD 11-2)."""
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    result = (12 - total % 11) % 11
    return "X" if result == 10 else str(result)


def _refuse_controls(text: str, what: str) -> None:
    if any(unicodedata.category(one) in _UNWANTED or one in _BIDI_CONTROLS for one in text):
        raise ValueError(f"{what} holds no control characters; remove them")
