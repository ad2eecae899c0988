"""The dwelling of a lease, and the reading of its address as people write it."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from varsling.domain.address_line import (
    HOUSE_NUMBER,
    AddressLine,
    NoStreetAddress,
    house_of,
    matrikkel_unit,
    names_no_street,
    one_space,
    parse_address_line,
)

# Most parts come in this form and need no reading.
_CLEAN_STREET = re.compile(r"[^\W\d_][^\d,;/]*", re.IGNORECASE)
_CLEAN_NUMBER = re.compile(r"[1-9][0-9]{0,3}(?:[A-ZÆØÅ]?-[1-9][0-9]{0,3}[A-ZÆØÅ]?)?")
_CLEAN_UNIT = re.compile(r"[HKLU][0-9]{4}")
_STREET = re.compile(r"(?=.*[^\W\d_])[^,;/]+")
_HOUSE = re.compile(rf"\s*0*{HOUSE_NUMBER}\s*")
_LETTERED = re.compile(r"\s*(?P<number>[0-9]+)\s*(?P<letter>[^\W\d_])\s*")
# What a sheet makes of a house number ("1-3" is the first of March to it), and an amount in the wrong column.
_MONTH = "(?:jan|feb|mar|apr|mai|may|jun|jul|aug|sep|okt|oct|nov|des|dec)"
_NOT_AN_ADDRESS = re.compile(
    rf"\s*(?:[0-9]{{1,2}}[. -]{{1,2}}{_MONTH}\.?(?:[ .-]?[0-9]{{2,4}})?|{_MONTH}[.-][0-9]{{1,4}}"
    r"|[0-9]{1,2}\.[0-9]{1,2}\.?|[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{2,4}|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].*)?"
    r"|[0-9 .]*[0-9],[0-9]{1,2})\s*",
    re.IGNORECASE,
)
_DAY_INSIDE = re.compile(rf"(?:^|\s)[0-9]{{1,2}}\.{_MONTH}\.?\s*(?:,|$)", re.IGNORECASE)
_IGNORED = re.compile(r"[\s,;]+")


class PostalCodesDiffer(ValueError):
    """The address line names another postal code than the dwelling does."""


@dataclass(frozen=True, slots=True)
class Dwelling:
    """A dwelling as the landlord sent it (in parts or as one line), or as the service understood it (in parts).

    `unit_number` is the one of Matrikkelen (H0201). `extra_line` has all else that was sent, for the envelope.
    `lies_in` is the municipality where the registers place it: answers tell it, and no office is found by it, since a
    postal code's municipality is a rule with exceptions.
    """

    street: str | None = None
    house_number: str | None = None
    house_letter: str | None = None
    unit_number: str | None = None
    postal_code: str = ""
    city: str | None = None
    municipality_number: str | None = None
    district_number: str | None = None
    address_line: str | None = None
    extra_line: str | None = None
    lies_in: str | None = None


def understood(dwelling: Dwelling) -> tuple[Dwelling, bool]:
    """Give the dwelling in clean parts, and whether more than white space, commas and case was changed.

    No word is lost: what is no part becomes the extra line. Raises NoStreetAddress; PostalCodesDiffer if the line has
    another postal code than the dwelling.
    """
    if _is_clean(dwelling):
        return dwelling, False
    if any(is_no_address(one) for one in (dwelling.house_number, dwelling.street, dwelling.address_line)):
        raise NoStreetAddress
    if _DAY_INSIDE.search(dwelling.address_line or ""):
        raise NoStreetAddress
    dwelling = _with_one_letter(dwelling)
    line = dwelling.address_line or _line_of_parts(dwelling)
    read = _read_parts(dwelling) or parse_address_line(line)
    if read.house_number is None and dwelling.house_number is not None:
        raise NoStreetAddress
    if read.postal_code not in (None, dwelling.postal_code):
        raise PostalCodesDiffer
    extra = list(read.extra)
    city = dwelling.city or read.city
    if read.city is not None and city is not None and read.city.casefold() != city.casefold():
        extra.append(read.city)
    clean = replace(
        dwelling,
        street=read.street,
        house_number=read.house_number,
        house_letter=read.house_letter,
        unit_number=read.unit_number,
        city=city,
        address_line=None,
        extra_line=", ".join(extra) or None,
    )
    split = dwelling.house_number is not None and dwelling.house_letter is None and read.house_letter is not None
    return clean, split or _compared(line) != _compared(_line_of_parts(clean, read.extra))


def is_no_address(part: str | None) -> bool:
    """Tell whether a part of the address is a date or an amount."""
    return part is not None and _NOT_AN_ADDRESS.fullmatch(part) is not None


def _with_one_letter(dwelling: Dwelling) -> Dwelling:
    """Take a letter that stands behind the number and beside it ("12 B" and "B") once. Raises NoStreetAddress for two
    letters."""
    letter = (dwelling.house_letter or "").strip()
    written = _LETTERED.fullmatch(dwelling.house_number or "")
    if written is None or not letter:
        return dwelling
    if written["letter"].casefold() != letter.casefold():
        raise NoStreetAddress
    return replace(dwelling, house_number=written["number"])


def _read_parts(dwelling: Dwelling) -> AddressLine | None:
    """Clean parts that need no reading but for case and white space. Only here may a street's name end in a number."""
    house = _HOUSE.fullmatch(f"{dwelling.house_number or ''}{dwelling.house_letter or ''}")
    street = one_space(dwelling.street or "")
    if house is None or _STREET.fullmatch(street) is None or names_no_street(street):
        return None
    unit = matrikkel_unit(dwelling.unit_number or "")
    # A unit that Matrikkelen does not know ("201", "Leil. 12") stays as it was sent.
    extra = (one_space(dwelling.unit_number),) if dwelling.unit_number and unit is None else ()
    number, letter = house_of(house)
    return AddressLine(street, number, letter, unit, extra=extra)


def _is_clean(dwelling: Dwelling) -> bool:
    street, number, letter, unit = (
        dwelling.street,
        dwelling.house_number,
        dwelling.house_letter,
        dwelling.unit_number,
    )
    return (
        street is not None
        and number is not None
        and dwelling.address_line is None
        and _CLEAN_NUMBER.fullmatch(number) is not None
        and _is_clean_street(street)
        and (letter is None or (len(letter) == 1 and letter.isalpha() and letter.isupper()))
        and (unit is None or _CLEAN_UNIT.fullmatch(unit) is not None)
    )


@lru_cache(maxsize=16_384)
def _is_clean_street(street: str) -> bool:
    return _CLEAN_STREET.fullmatch(street) is not None and "  " not in street and not names_no_street(street)


def _line_of_parts(dwelling: Dwelling, extra: tuple[str, ...] = ()) -> str:
    """Write the parts on one line, with the extra words that were read of another."""
    house = f"{dwelling.house_number or ''}{dwelling.house_letter or ''}"
    street = f"{dwelling.street or ''} {house}".strip()
    return ", ".join(part for part in (street, dwelling.unit_number, *extra) if part)


def _compared(text: str) -> str:
    return _IGNORED.sub("", text).casefold()


# Small words within the names of places: "Mo i Rana".
_SMALL = frozenset({"i", "på", "og", "ved", "under", "av"})


def place_name(name: str) -> str:
    """Write a place as Norwegians do: the postal register's capitals ("MO I RANA") become "Mo i Rana"."""
    if not name.isupper() or len(name) < 2:
        return name
    words = name.lower().split(" ")
    return " ".join(
        word if place and word in _SMALL else re.sub(r"(?:^|(?<=-))\w", lambda first: first[0].upper(), word)
        for place, word in enumerate(words)
    )
