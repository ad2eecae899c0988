"""The dwelling of a lease, and the reading of its address as people write it."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

_BOX = r"(?:(?:post|service)?boks|postb|p\.? ?b|p\.? ?o\.? ?box|po ?boks)\b"
_CARE_OF = r"(?:c/o|v/|ved/|att?n?[.:]|att )"
_FARM_NUMBER = r"(?:gnr|g\.nr|g(?:år|aar)ds?nr)"
_NO_STREET = rf"(?!{_BOX}|{_CARE_OF}|{_FARM_NUMBER})"
_UNIT = r"[HKLUhklu][ -]?[0-9]{4}"
# Floor and stair behind a house number: no part of the address.
_INSIDE = r"(?:[0-9]{1,2}\.? ?)?(?:leil|lgh|bolig|etg|etasje|et\.|oppg|inng|sokkel|kjeller|loft|underetg|u\.etg)"

# A range stays whole ("1-3", "5A-7B"): it is one house. A single letter behind the number is split off.
_HOUSE_NUMBER = (
    r"(?:(?P<range>[1-9][0-9]{0,3} ?[^\W\d_]? ?[-–/+] ?[0-9]{1,4}(?: ?[^\W\d_](?!\w))?)"
    r"|(?P<number>[1-9][0-9]{0,3})(?:\s*(?P<letter>[^\W\d_])(?!\w))?)"
)

_POST_BOX = re.compile(rf"{_BOX}.*[0-9]", re.IGNORECASE)
_STREET_LINE = re.compile(
    rf"{_NO_STREET}(?P<street>(?=.*?[^\W\d_])\S(?:.*?\S)??)(?<!\d [^\W\d_])(?<!\d[^\W\d_])(?<!\d) ?(?:nr\.? ?)?"
    rf"0*{_HOUSE_NUMBER}"
    rf"(?:,? ?(?P<unit>{_UNIT}))?(?:,? {_INSIDE}.*)?(?:,? (?P<postal_code>[0-9]{{4}})(?: [^\d,;]+)?)?",
    re.IGNORECASE,
)
_UNIT_ALONE = re.compile(
    rf"(?:(?:leil|lgh|bolig|bruksenhet|enhet)[^\W\d_]*\.? ?(?:nr\.? ?)?)?(?P<unit>{_UNIT})", re.IGNORECASE
)
_STREET = re.compile(rf"{_NO_STREET}(?=.*[^\W\d_])[^,;/]+", re.IGNORECASE)
_HOUSE = re.compile(rf"\s*0*{_HOUSE_NUMBER}\s*")
_HOUSE_ALONE = re.compile(rf"[0-9]{{1,4}}(?: ?[^\W\d_])?(?: {_UNIT})?")
_POSTAL_PLACE = re.compile(r"(?:NO?-?)?(?P<postal_code>[0-9]{4})(?: [^\d]+)?", re.IGNORECASE)

# Most parts come in this form and need no reading.
_CLEAN_STREET = re.compile(rf"{_NO_STREET}[^\W\d_][^\d,;/]*", re.IGNORECASE)
_CLEAN_NUMBER = re.compile(r"[1-9][0-9]{0,3}(?:[A-ZÆØÅ]?-[1-9][0-9]{0,3}[A-ZÆØÅ]?)?")
_CLEAN_UNIT = re.compile(r"[HKLU][0-9]{4}")
_IGNORED = re.compile(r"[\s,;]+")


class NoStreetAddress(ValueError):
    """The address is no place where a person can live: a post box, or a text without a name."""


class PostalCodesDiffer(ValueError):
    """The address line names another postal code than the dwelling does."""


@dataclass(frozen=True, slots=True)
class Dwelling:
    """A dwelling as the landlord sent it (in parts or as one line), or as the service understood it (in parts).

    `unit_number` is the one of Matrikkelen (H0201).
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


@dataclass(frozen=True, slots=True)
class AddressLine:
    """The parts of an address line. `postal_code` is None unless the line has one."""

    street: str
    house_number: str | None
    house_letter: str | None = None
    unit_number: str | None = None
    postal_code: str | None = None


def parse_address_line(text: str) -> AddressLine:
    """Read street, house number, letter and unit of a line like "Nordgard, Sannergata 1 B, H0201, 0557 Oslo".

    A care-of name, a farm's name, a floor, and a post box beside the street are left out. A line without a house number
    (farms, cadastral addresses) is its own street. Raises NoStreetAddress for a post box and for a line without a name.
    """
    parts = [part for part in (_one_space(part) for part in re.split("[,;]", text)) if part]
    for i, part in enumerate(parts):
        match = _STREET_LINE.fullmatch(part)
        if match is None and i + 1 < len(parts) and _HOUSE_ALONE.fullmatch(parts[i + 1]):  # "Sannergata, 1 B"
            match = _STREET_LINE.fullmatch(f"{part} {parts[i + 1]}")
        if match is not None and not _POSTAL_PLACE.fullmatch(part) and not _UNIT_ALONE.fullmatch(part):
            others = parts[:i] + parts[i + 1 :]
            unit = match["unit"] or _first(_UNIT_ALONE, others, "unit")
            postal_code = match["postal_code"] or _first(_POSTAL_PLACE, others, "postal_code")
            return _address_line(match["street"], match, unit, postal_code)
    return _without_number(parts)


def _without_number(parts: list[str]) -> AddressLine:
    """Read a farm or a cadastral address: "Nordre Kisa", "112/4 Nordre Kisa", "Gnr 12 bnr 3"."""
    named = [part for part in parts if not (_UNIT_ALONE.fullmatch(part) or _POSTAL_PLACE.fullmatch(part))]
    street = ", ".join(part for part in named if not _POST_BOX.match(part))
    if not street or not any(character.isalpha() for character in street):
        raise NoStreetAddress
    return AddressLine(
        street=street,
        house_number=None,
        unit_number=_unit(_first(_UNIT_ALONE, parts, "unit")),
        postal_code=_first(_POSTAL_PLACE, parts, "postal_code"),
    )


def _unit(text: str | None) -> str | None:
    return text[0].upper() + text[-4:] if text else None


def _address_line(street: str, house: re.Match[str], unit: str | None, postal_code: str | None = None) -> AddressLine:
    return AddressLine(
        street=street,
        house_number=house["number"] or re.sub(r"\s", "", house["range"]).replace("–", "-").upper(),
        house_letter=house["letter"].upper() if house["letter"] else None,
        unit_number=_unit(unit),
        postal_code=postal_code,
    )


def _first(pattern: re.Pattern[str], parts: list[str], group: str) -> str | None:
    return next((match[group] for part in parts if (match := pattern.fullmatch(part))), None)


def is_post_box(text: str) -> bool:
    """Tell whether a street or an address line names a post box, where no person lives."""
    return _POST_BOX.match(text.strip()) is not None


def understood(dwelling: Dwelling) -> tuple[Dwelling, bool]:
    """Give the dwelling in clean parts, and whether more than white space, commas and case was changed.

    A unit that Matrikkelen does not know is left out. Raises NoStreetAddress; PostalCodesDiffer if the line has another
    postal code than the dwelling.
    """
    if _is_clean(dwelling):
        return dwelling, False
    line = dwelling.address_line or _line_of_parts(dwelling)
    read = _read_parts(dwelling) or parse_address_line(line)
    if read.house_number is None and dwelling.house_number is not None:
        raise NoStreetAddress
    if read.postal_code not in (None, dwelling.postal_code):
        raise PostalCodesDiffer
    clean = replace(
        dwelling,
        street=read.street,
        house_number=read.house_number,
        house_letter=read.house_letter,
        unit_number=read.unit_number,
        address_line=None,
    )
    return clean, _compared(line) != _compared(_line_of_parts(clean))


def _read_parts(dwelling: Dwelling) -> AddressLine | None:
    """Clean parts that need no reading but for case and white space. Only here may a street's name end in a number."""
    house = _HOUSE.fullmatch(f"{dwelling.house_number or ''}{dwelling.house_letter or ''}")
    street = _one_space(dwelling.street or "")
    if house is None or _STREET.fullmatch(street) is None:
        return None
    unit = _UNIT_ALONE.fullmatch(_one_space(dwelling.unit_number or ""))
    return _address_line(street, house, unit and unit["unit"])


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
    return _CLEAN_STREET.fullmatch(street) is not None and "  " not in street


def _line_of_parts(dwelling: Dwelling) -> str:
    house = f"{dwelling.house_number or ''}{dwelling.house_letter or ''}"
    street = f"{dwelling.street or ''} {house}".strip()
    return f"{street}, {dwelling.unit_number}" if dwelling.unit_number else street


def _compared(text: str) -> str:
    return _IGNORED.sub("", text).casefold()


def _one_space(text: str) -> str:
    return " ".join(text.split())
