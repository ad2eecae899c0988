"""The reading of an address as people write it on one line. No word of it is lost: the rest becomes an extra line."""

import re
from dataclasses import dataclass, field

_BOX = r"(?:(?:post|service)?boks|postb|p\.? ?b|p\.? ?o\.? ?box|po ?boks)\b"
_CARE_OF = r"(?:c/o|v/|ved/|att?n?[.:]|att )"
UNIT = r"[HKLUhklu][ -]?[0-9]{4}"
# A place inside a building, or a share of it: "3. etg", "Leil. 12", "Oppgang B", "Seksjon 4", "Andel 7".
_INSIDE_WORD = (
    r"(?:leil(?:ighet)?(?:s(?:nr|nummer))?|lgh|bolig(?:nr|nummer)?|bruksenhet(?:s(?:nr|nummer))?|enhet|romnr|rom|hybel"
    r"|seksjon(?:s(?:nr|nummer))?|s\.?nr|andel(?:s(?:nr|nummer))?|hus|blokk|bygg|bygning|oppg(?:ang)?|inng(?:ang)?"
    r"|etg|etasje|et\.|u\.?etg|underetg(?:asje)?|sokkel|kjeller|loft|avd(?:eling)?)"
)
_INSIDE = re.compile(
    rf"(?:[0-9]{{1,2}}\. ?|[0-9]{{1,2}} )?{_INSIDE_WORD}(?!\w)\.?"
    rf"(?: ?(?:nr\.?|nummer)?(?: ?{UNIT}| ?[0-9]+ ?[^\W\d_]?(?!\w)| [^\W\d_](?!\w)))?(?=$|[\s,/-])",
    re.IGNORECASE,
)
_COMPANY = re.compile(
    r"\b(?:borettslag(?:et)?|brl|(?:bolig|eierseksjons?)?sameie(?:t)?|boligbyggelag|bbl|velforening|as)\b",
    re.IGNORECASE,
)
_CADASTRAL = re.compile(
    r"(?:g\.?nr|b\.?nr|f\.?nr|g(?:å|aa)rds?nr|bruks?nr|feste?nr)\.? ?[0-9]+|[0-9]+/[0-9]+(?:/[0-9]+){0,2}(?![0-9/])",
    re.IGNORECASE,
)
# A range stays whole ("1-3", "5A-7B"): it is one house. A single letter behind the number is split off.
HOUSE_NUMBER = (
    r"(?:(?P<range>[1-9][0-9]{0,3} ?[^\W\d_]? ?[-–/+] ?[0-9]{1,4}(?: ?[^\W\d_](?!\w))?(?![0-9]))"
    r"|(?P<number>[1-9][0-9]{0,3})(?![0-9])(?:\s*(?P<letter>[^\W\d_])(?!\w))?)"
)
_NO_STREET = rf"(?!{_BOX}|{_CARE_OF})"
_REST = rf"(?P<rest>(?:(?:[\s/.-]|(?={UNIT})).*)?)"
# Only before "nr" a street's name may end in a number: "Vei 224 nr 5".
_NUMBERED_STREET = re.compile(
    rf"{_NO_STREET}(?P<street>(?=.*?[^\W\d_])\S(?:.*?\S)??) nr\.? ?0*{HOUSE_NUMBER}{_REST}", re.IGNORECASE
)
_STREET_LINE = re.compile(
    rf"{_NO_STREET}(?P<street>(?=.*?[^\W\d_])\S(?:.*?\S)??)(?<!\d [^\W\d_])(?<!\d[^\W\d_])(?<!\d) ?"
    rf"0*{HOUSE_NUMBER}{_REST}",
    re.IGNORECASE,
)
_BOX_NAME = re.compile(_BOX, re.IGNORECASE)
_FARM = re.compile(r"(?:g\.?nr|g(?:å|aa)rds?nr)\b", re.IGNORECASE)
_POST_BOX = re.compile(rf"{_BOX}.*[0-9]", re.IGNORECASE)
_CARE_OF_LINE = re.compile(_CARE_OF, re.IGNORECASE)
_UNIT_ALONE = re.compile(UNIT)
_UNIT_INSIDE = re.compile(r"(?<!\w)[HKLU]-?[0-9]{4}(?!\w)", re.IGNORECASE)
_HOUSE_ALONE = re.compile(r"[1-9][0-9]{0,3}(?: ?[^\W\d_])?(?![\w/-])", re.IGNORECASE)
_POSTAL_PLACE = re.compile(r"(?:NO?-)?(?P<postal_code>[0-9]{4})(?: (?P<city>[^\d]+))?", re.IGNORECASE)
_BETWEEN = " \t,;/.-–"


class NoStreetAddress(ValueError):
    """The address is no place where a person can live: a post box, a flat's number alone, or a text without a name."""


@dataclass(frozen=True, slots=True)
class AddressLine:
    """The parts of an address line. `postal_code` and `city` are None unless the line has them.

    `extra` has all other words, as they stood: a care-of name, a flat, a floor, a housing company, a second address.
    """

    street: str
    house_number: str | None
    house_letter: str | None = None
    unit_number: str | None = None
    postal_code: str | None = None
    city: str | None = None
    extra: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reading:
    """What is found so far. `places` are names without a number, and cadastral numbers: a street if there is no other.
    `houses` are a house in a street, each with the match and the text that it was found in."""

    houses: list[tuple[re.Match[str], str]] = field(default_factory=list)
    companies: list[tuple[re.Match[str], str]] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    unit: str | None = None
    postal_code: str | None = None
    city: str | None = None


def parse_address_line(text: str) -> AddressLine:
    """Read street, house number, letter and unit of a line like "Nordgard, Sannergata 1 B, H0201, 0557 Oslo".

    A line without a house number (farms, cadastral addresses) is its own street. Raises NoStreetAddress.
    """
    reading = _Reading()
    parts = [part for part in (one_space(part) for part in re.split(r"[,;\n]", text)) if part.strip(_BETWEEN)]
    while parts:
        part = parts.pop(0)
        if parts and _is_name(part) and _is_house(parts[0]):  # "Sannergata, 1 B"
            part = f"{part} {parts.pop(0)}"
        _read(part, reading)
    return _assembled(reading)


def is_post_box(text: str) -> bool:
    """Tell whether a street or an address line names a post box, where no person lives."""
    return _POST_BOX.match(text.strip()) is not None


def names_no_street(text: str) -> bool:
    """Tell whether a street's name begins as a post box, a care-of name, a flat or a cadastral number does."""
    return any(one.match(text) for one in (_BOX_NAME, _CARE_OF_LINE, _INSIDE, _FARM))


def matrikkel_unit(text: str) -> str | None:
    """Give a unit number of Matrikkelen in its one form (H0201); None if the text is none."""
    plain = one_space(text)
    return plain[0].upper() + plain[-4:] if _UNIT_ALONE.fullmatch(plain) else None


def house_of(match: re.Match[str]) -> tuple[str, str | None]:
    """Give house number and letter of a match of HOUSE_NUMBER."""
    number = match["number"] or re.sub(r"\s", "", match["range"]).replace("–", "-").upper()
    return number, match["letter"].upper() if match["letter"] else None


def one_space(text: str) -> str:
    return " ".join(text.split())


def _is_name(part: str) -> bool:
    known = (_INSIDE, _POST_BOX, _CARE_OF_LINE, _CADASTRAL, _UNIT_ALONE)
    return not any(character.isdigit() for character in part) and not any(one.match(part) for one in known)


def _is_house(part: str) -> bool:
    return (
        _HOUSE_ALONE.match(part) is not None and _INSIDE.match(part) is None and _POSTAL_PLACE.fullmatch(part) is None
    )


def _read(part: str, reading: _Reading) -> None:
    """Read one part of a line into what is found: first what stands before a street, then the street, then the rest."""
    part = part.strip(_BETWEEN)
    if not part:
        return
    if (inside := _INSIDE.match(part)) is not None:
        reading.extra.append(inside[0])
        reading.unit = reading.unit or _unit_in(inside[0])
        _read(part[inside.end() :], reading)
    elif (unit := _UNIT_INSIDE.search(part, 1)) is not None:  # else "Haugen H0201" would be house 201
        _read(part[: unit.start()], reading)
        _read(part[unit.start() :], reading)
    elif (unit := _UNIT_ALONE.match(part)) is not None and not part[unit.end() :][:1].isalnum():
        _read_unit(unit[0], reading)
        _read(part[unit.end() :], reading)
    elif _POST_BOX.match(part) or _CARE_OF_LINE.match(part):
        reading.extra.append(part)
    elif (postal := _POSTAL_PLACE.fullmatch(part)) is not None:
        _read_postal(part, postal, reading)
    elif _CADASTRAL.match(part) is not None:
        reading.places.append(part)
    elif (house := _NUMBERED_STREET.fullmatch(part) or _STREET_LINE.fullmatch(part)) is not None:
        kind = reading.companies if _COMPANY.search(house["street"]) else reading.houses
        kind.append((house, part))
    else:
        reading.places.append(part)


def _read_unit(text: str, reading: _Reading) -> None:
    if reading.unit is None:
        reading.unit = matrikkel_unit(text)
    else:
        reading.extra.append(text)


def _unit_in(text: str) -> str | None:
    return matrikkel_unit(found[0]) if (found := re.search(rf"{UNIT}$", text)) else None


def _read_postal(part: str, postal: re.Match[str], reading: _Reading) -> None:
    if reading.postal_code is not None:
        reading.extra.append(part)
        return
    reading.postal_code, reading.city = postal["postal_code"], postal["city"]


def _assembled(reading: _Reading) -> AddressLine:
    """Choose the house, and keep everything else. A housing company's name and number are a house only if nothing else
    is."""
    candidates = [*reading.houses, *reading.companies]
    if not candidates:
        return _without_number(reading)
    house, _ = candidates[0]
    extra = [*reading.extra, *reading.places, *(part for _, part in candidates[1:])]
    rest = _Reading(unit=reading.unit, postal_code=reading.postal_code, city=reading.city)
    _read(house["rest"], rest)
    extra += [*rest.extra, *rest.places, *(part for _, part in (*rest.houses, *rest.companies))]
    number, letter = house_of(house)
    return AddressLine(house["street"], number, letter, rest.unit, rest.postal_code, rest.city, tuple(extra))


def _without_number(reading: _Reading) -> AddressLine:
    """Read a farm or a cadastral address: "Nordre Kisa", "112/4 Nordre Kisa", "Gnr 12, bnr 3", "112/4/0/2"."""
    street = ", ".join(reading.places)
    named = any(map(str.isalpha, _CADASTRAL.sub("", street)))
    # A farm's number without its holding's is no place.
    numbered = _CADASTRAL.search(street) is not None and len(re.findall(r"[0-9]+", street)) > 1
    if not (named or numbered):
        raise NoStreetAddress
    return AddressLine(street, None, None, reading.unit, reading.postal_code, reading.city, extra=tuple(reading.extra))
