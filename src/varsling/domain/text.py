"""Text that callers send: one form of each character, and no character that hides, reorders or breaks printed text."""

import re
import unicodedata

from varsling.domain.identity import contains_identity_number

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Control, surrogate, line and paragraph separators. U+200C and U+200D belong to names and stay.
_REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BLANK = frozenset({"Cf", "Cn", "Co", "Mn", "Me", "Mc", "Zs"})


# Latin-1 without controls and the soft hyphen: it is in NFC, and nothing in it hides or reorders.
_LATIN = re.compile("[ -~\u00a1-\u00ac\u00ae-\u00ff]+")
# Words with a sign or two between them: no picture, no row of signs, and each letter stands for itself.
_WORD = "[0-9A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]+"
_WORDS = re.compile(rf"{_WORD}(?:[ .,'/-]{{1,2}}{_WORD})*\.?")
_DIGIT = re.compile("[0-9]")


def clean_text(value: str) -> str:
    """Give the text in NFC, otherwise unchanged.

    Raises ValueError for control, bidi and surrogate code points, noncharacters, and text without a visible character.
    """
    if _LATIN.fullmatch(value) and not value.isspace():
        return value
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


# Signs in rows strike through what stands beside them.
_ROW_OF_SIGNS = re.compile(r"(?:[^\w\s]\s*){4,}")
# From "10" to "ASCN 1ZZ": no country's has more than four letters in a row.
_POSTAL_CODE = re.compile(r"(?=.*[0-9])(?!.*[A-Z]{5})[A-Z0-9][A-Z0-9 -]*", re.IGNORECASE)
# Ligatures of whole sentences: each check of a printed text reads what they stand for.
_LONGER = 20
_COMPANY_SIGNS = frozenset("©®™°")
_NAME_SIGNS = frozenset(".,()&-‐‑–'’‘ʼʻ´`\"“”„«»·")


def printed_text(value: str) -> str:
    """Give a text that letters print.

    Raises ValueError for links, e-mail addresses, numbers as long as accounts', pictures, and signs in rows.

    A valid identity number has a refusal of its own (`hidden_numbers`).
    """
    if _WORDS.fullmatch(value):
        if (_LONG_NUMBER.search(value) and not contains_identity_number(value)) or _LINK.search(value):
            raise ValueError("a link, or a long number")
        return value
    spelled_out = unicodedata.normalize("NFKC", value)
    if len(spelled_out) > 2 * len(value) + _LONGER:
        raise ValueError("ligatures of whole sentences")
    long_number = _LONG_NUMBER.search(value) and not contains_identity_number(value)
    if long_number or _LINK.search(spelled_out):
        raise ValueError("a link, or a long number")
    pictures = any(unicodedata.category(one) == "So" and one not in _COMPANY_SIGNS for one in value)
    if pictures or _ROW_OF_SIGNS.search(value):
        raise ValueError("pictures, or signs in a row")
    return value


def postal_code(value: str) -> str:
    """Give a postal code of any country. Raises ValueError for what none is: without a digit, or with a word in it."""
    if _POSTAL_CODE.fullmatch(value) is None:
        raise ValueError("no postal code")
    return printed_text(value)


def person_name(value: str) -> str:
    """Give a person's name. Raises ValueError for what no name has too: digits, slashes, and signs that are none of a
    name's."""
    if _WORDS.fullmatch(value) and "/" not in value and not _DIGIT.search(value):
        return printed_text(value)
    has_number = any(character.isdigit() for character in value) and not contains_identity_number(value)
    signs = {one for one in value if unicodedata.category(one)[0] in "PS"}
    if has_number or not signs <= _NAME_SIGNS:
        raise ValueError("digits, or signs of no name")
    return printed_text(value)


def scripts_of(text: str) -> frozenset[str]:
    """Give the scripts of a text's letters, by Unicode's names: LATIN, CYRILLIC. Apostrophes that are letters have
    none."""
    if text.isascii():
        return frozenset({"LATIN"})
    found = {unicodedata.name(letter, "").partition(" ")[0] for letter in text if letter.isalpha()}
    return frozenset(found - {"MODIFIER"})
