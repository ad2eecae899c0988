"""Text that callers send: one form of each character, and none that hides, reorders or breaks what is printed."""

import unicodedata

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Control, surrogate, unassigned (which has the noncharacters), line and paragraph separators.
_REFUSED = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})
_BLANK = frozenset({"Cf", "Co", "Mn", "Me", "Mc", "Zs"})


def clean_text(value: str, limit: int) -> str:
    """The text in NFC without blanks at its ends. ValueError if it then is empty, longer than `limit`, or refused."""
    text = unicodedata.normalize("NFC", value).strip()
    if len(text) > limit:
        raise ValueError("too long")
    categories = {unicodedata.category(character) for character in text}
    if categories & _REFUSED or not _BIDI.isdisjoint(text):
        raise ValueError("control, bidi or surrogate code points")
    if not categories - _BLANK:
        raise ValueError("nothing to see")
    return text
