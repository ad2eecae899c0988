"""Text that callers send: one form of each character, and no character that hides, reorders or breaks printed text."""

import re
import unicodedata

from varsling.domain.identity import contains_identity_number

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


# Printed beneath the head of an official letter these would be instructions: where to pay, where to click.
_LINK = re.compile(r"://|www\.|@", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"\d(?:[ .\u00a0-]?\d){10,}")


def printed_text(value: str) -> str:
    """Give a text that letters print. Raises ValueError for links, e-mail addresses and numbers as long as accounts'.

    A valid identity number has a refusal of its own (`hidden_numbers`).
    """
    if _LINK.search(value) or (_LONG_NUMBER.search(value) and not contains_identity_number(value)):
        raise ValueError("a link, or a long number")
    return value


def person_name(value: str) -> str:
    """Give a person's name. Raises ValueError for digits and slashes too: no name has them, and two names are two
    tenants."""
    has_number = any(character.isdigit() for character in value) and not contains_identity_number(value)
    if has_number or "/" in value:
        raise ValueError("digits, or a slash")
    return printed_text(value)
