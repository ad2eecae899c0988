"""The place of a dwelling by the register: its municipality and, in the four cities with district offices, its
district.

Contradictions are refused, and nothing is guessed.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple, assert_never

from varsling.domain.dwelling import Dwelling
from varsling.domain.office import FoundBy
from varsling.domain.policies import PostalCodeDistricts
from varsling.domain.problems import Candidate, Code, Fault
from varsling.offices.addresses import Located
from varsling.offices.borders import district_at
from varsling.offices.register import Estimate, PostalCode, Register, outside_norway

_POSTAL_CODE = "/dwelling/postal_code"
_MUNICIPALITY = "/dwelling/municipality_number"
_DISTRICT = "/dwelling/district_number"
ADDRESS = "/dwelling/street"

_ABBREVIATED_ROAD = re.compile(r"v(?:n\.?|\.)$")
_FIRST_NUMBER = re.compile(r"[0-9]+")


class Place(NamedTuple):
    """The place found: the district if there is one, else the municipality. All faults stand together."""

    municipality: str | None
    district: str | None
    found_by: FoundBy
    renumbered: bool = False
    faults: Sequence[Fault] = ()

    @property
    def area(self) -> str | None:
        return self.district or self.municipality


def locate(
    register: Register, dwelling: Dwelling, on: date, policy: PostalCodeDistricts, located: Located | None = None
) -> Place:
    """Find the place of a dwelling whose address is in clean parts. `located` is its place by a register of addresses.

    A district's number precedes the point, the point precedes a municipality's number, and that precedes the postal
    code's municipality. The last is a rule with exceptions at borders: it does not count where the address itself is
    known. All sources must agree. A postal code for boxes says nothing about the dwelling.
    """
    faults: list[Fault] = []
    postal = _postal(register, dwelling.postal_code, faults)
    given = _given_municipalities(register, dwelling.municipality_number, on, faults)
    district = _given_district(register, dwelling.district_number, on)
    municipality, found_by = _decided(postal, given, district, located, faults)
    renumbered = (district or dwelling.district_number) != dwelling.district_number or (
        dwelling.municipality_number is not None
        and municipality is not None
        and municipality != dwelling.municipality_number
    )
    if dwelling.district_number is not None and district is None:
        faults.append(_unknown_district(register, municipality))
    elif municipality is not None and municipality in register.cities:
        known = Place(municipality, district, found_by)
        district, found_by = _narrowed(register, dwelling, known, policy, _at_points(located), faults)
        if district is None and not faults:
            faults.append(_district_needed(register, municipality, dwelling.postal_code))
    return Place(municipality, district, found_by, renumbered, faults)


def needs_address(register: Register, dwelling: Dwelling, on: date) -> bool:
    """Tell whether to ask a register of addresses.

    It is needless if a municipality without districts is named and the postal code agrees, and if there is nothing to
    find.
    """
    postal = register.postal_codes.get(dwelling.postal_code)
    if postal is None or postal.municipality not in register.municipalities:
        return False
    given = _given_municipalities(register, dwelling.municipality_number, on, [])
    agrees = given == (postal.municipality,) and not postal.boxes_only
    return not agrees or postal.municipality in register.cities


def address_may_settle(faults: Sequence[Fault]) -> bool:
    """Tell whether an answer of the register of addresses could have removed or replaced all of these faults."""
    return all((fault.pointer, fault.code) in _SETTLED_BY_ADDRESS for fault in faults)


_SETTLED_BY_ADDRESS = {
    (_POSTAL_CODE, Code.ADDRESS_CONFLICT),
    (_MUNICIPALITY, Code.ADDRESS_CONFLICT),
    (_MUNICIPALITY, Code.MUNICIPALITY_SPLIT),
    (_DISTRICT, Code.DISTRICT_NEEDED),
}


def _decided(
    postal: PostalCode | None,
    given: tuple[str, ...],
    district: str | None,
    located: Located | None,
    faults: list[Fault],
) -> tuple[str | None, FoundBy]:
    """Give the municipality and the fact that decided it. Each contradiction is a fault that names the other side."""
    # Nobody lives in a post box, but it lies where its code does: no letter arrives at one of another town.
    code_lies_in = None if postal is None else postal.municipality
    lies_in = None if postal is None or postal.boxes_only else code_lies_in
    if located is not None:
        lies_in = code_lies_in = located.municipality
    if district is not None:
        municipality = district[:4]
        if given and municipality not in given:
            faults.append(_conflict(_DISTRICT, given, _MUNICIPALITY))
        if code_lies_in is not None and code_lies_in != municipality:
            by_code = _conflict(_POSTAL_CODE, (municipality,), _DISTRICT)
            faults.append(by_code if located is None else _conflict(_DISTRICT, (code_lies_in,), ADDRESS))
        return municipality, FoundBy.DISTRICT_NUMBER
    says_so = _POSTAL_CODE if located is None else ADDRESS
    if len(given) == 1:
        if code_lies_in is not None and code_lies_in != given[0]:
            faults.append(_conflict(_MUNICIPALITY, (code_lies_in,), says_so))
        return given[0], FoundBy.MUNICIPALITY_NUMBER
    if given and lies_in not in given:
        if lies_in is None:
            faults.append(Fault(_MUNICIPALITY, Code.MUNICIPALITY_SPLIT, _of(given)))
        else:
            faults.append(_conflict(_MUNICIPALITY, given, says_so))
        return None, FoundBy.PENDING
    if lies_in is None and postal is not None and not faults:
        faults.append(Fault(_POSTAL_CODE, Code.NOT_A_STREET_ADDRESS))
    return lies_in, FoundBy.POSTAL_CODE if located is None else FoundBy.POINT


def _conflict(pointer: str, candidates: tuple[str, ...], against: str) -> Fault:
    """Make the fault of a place in the body that contradicts another."""
    return Fault(pointer, Code.ADDRESS_CONFLICT, _of(candidates), against=against)


def _of(areas: Iterable[str]) -> tuple[Candidate, ...]:
    """Give the areas to choose; whoever tells the fault names them."""
    return tuple(map(Candidate, areas))


def _at_points(located: Located | None) -> str | None:
    """Give the district that all houses of the address lie in."""
    districts = {district_at(point) for point in located.points} if located is not None else set()
    return districts.pop() if len(districts) == 1 else None


def _postal(register: Register, code: str, faults: list[Fault]) -> PostalCode | None:
    postal = register.postal_codes.get(code)
    if postal is not None and postal.municipality in register.municipalities:
        return postal
    # Svalbard and Jan Mayen have postal codes, and no municipality (LAW, rule 11).
    faults.append(Fault(_POSTAL_CODE, Code.UNKNOWN_POSTAL_CODE if postal is None else Code.OUTSIDE_NORWAY))
    return None


def _given_municipalities(register: Register, number: str | None, on: date, faults: list[Fault]) -> tuple[str, ...]:
    """Give the municipalities that the given number means today: none, one, or all successors of a split."""
    if number is None:
        return ()
    if number in register.municipalities:
        return (number,)
    successors = register.successors(number, on)
    if not successors:
        unknown = Code.OUTSIDE_NORWAY if outside_norway(number) else Code.UNKNOWN_MUNICIPALITY
        faults.append(Fault(_MUNICIPALITY, unknown))
    return successors


def _given_district(register: Register, number: str | None, on: date) -> str | None:
    """Give the district, also by its number before its city was renumbered: 120101 and 460101 are Arna."""
    if number is None or number in register.districts:
        return number
    successors = register.successors(number[:4], on)
    renumbered = successors[0] + number[4:] if len(successors) == 1 else None
    return renumbered if renumbered in register.districts else None


def _unknown_district(register: Register, municipality: str | None) -> Fault:
    """Offer a city's districts; elsewhere the number contradicts the municipality, which has no districts."""
    if municipality is not None and municipality in register.cities:
        return Fault(_DISTRICT, Code.DISTRICT_NEEDED, _of(register.cities[municipality]))
    return _conflict(_DISTRICT, (municipality,) if municipality else (), _POSTAL_CODE)


def _district_needed(register: Register, city: str, postal_code: str) -> Fault:
    known = register.postal_code_districts.get(postal_code)
    districts = known.districts if known is not None else register.cities[city]
    return Fault(_DISTRICT, Code.DISTRICT_NEEDED, _of(districts))


def _narrowed(
    register: Register,
    dwelling: Dwelling,
    known: Place,
    policy: PostalCodeDistricts,
    at_point: str | None,
    faults: list[Fault],
) -> tuple[str | None, FoundBy]:
    """Find the district of a dwelling in one of the four cities.

    Marka has no office of its own: the list of its streets names the district whose office serves a house.
    """
    city, district, found_by = known.municipality or "", known.district, known.found_by
    if at_point is not None and at_point.startswith(city):
        if district is None:
            district, found_by = at_point, FoundBy.POINT
        elif district != at_point and register.areas[at_point].office is not None:
            faults.append(_conflict(_DISTRICT, (at_point,), ADDRESS))
    if district is not None and register.areas[district].office is not None:
        return district, found_by
    if served := _by_street(register, dwelling, city):
        return served, FoundBy.STREET_TABLE
    if district is None and (estimated := _by_estimate(register, dwelling.postal_code, policy)):
        return estimated, FoundBy.POSTAL_CODE
    return district, found_by


def _by_street(register: Register, dwelling: Dwelling, city: str) -> str | None:
    street = (dwelling.street or "").casefold()
    numbers = register.streets.get(street) or register.streets.get(_ABBREVIATED_ROAD.sub("veien", street))
    first = _FIRST_NUMBER.match(dwelling.house_number or "")
    if not numbers or first is None:
        return None
    house = int(first[0])
    return next((one.district for one in numbers if one.holds(house) and one.district.startswith(city)), None)


def _by_estimate(register: Register, postal_code: str, policy: PostalCodeDistricts) -> str | None:
    """Give the estimate's district if it is as sure as the policy requires: near a border it may be the wrong one."""
    known = register.postal_code_districts.get(postal_code)
    if known is None:
        return None
    match policy:
        case PostalCodeDistricts.NEVER:
            sure = False
        case PostalCodeDistricts.ONE:
            sure = known.estimate is Estimate.ONE
        case PostalCodeDistricts.MOSTLY:
            sure = known.estimate is not Estimate.UNSURE
        case _:
            assert_never(policy)
    return known.districts[0] if sure else None
