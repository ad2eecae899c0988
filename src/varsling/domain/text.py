"""Text that callers send: one form of each character, and no character that hides, reorders or breaks printed text."""

import unicodedata

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Control, surrogate, line and paragraph separators. U+200C and U+200D belong to names and stay.
_REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BLANK = frozenset({"Cf", "Cn", "Co", "Mn", "Me", "Mc", "Zs"})


def clean_text(value: str) -> str:
    """Give the text in NFC, otherwise unchanged.

    Raises ValueError for control, bidi and surrogate code points, noncharacters, and text without a visible character.
    """
    text = unicodedata.normalize("NFC", value)
    categories = {unicodedata.category(character) for character in text}
    if categories & _REFUSED or not _BIDI.isdisjoint(text) or any(map(_is_noncharacter, text)):
        raise ValueError("control, bidi or surrogate code points")
    if not categories - _BLANK:
        raise ValueError("nothing to see")
    return text


def _is_noncharacter(character: str) -> bool:
    point = ord(character)
    return 0xFDD0 <= point <= 0xFDEF or point & 0xFFFE == 0xFFFE
