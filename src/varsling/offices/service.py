"""From a dwelling to the NAV office that serves it, with everything wrong about the address at once."""

from dataclasses import replace
from datetime import date
from typing import NamedTuple

from varsling.domain.dwelling import Dwelling, NoStreetAddress, PostalCodesDiffer, is_post_box, understood
from varsling.domain.office import FoundBy, OfficeNumber
from varsling.domain.problems import Code, Fault
from varsling.domain.remarks import Remark
from varsling.offices.borders import Point
from varsling.offices.places import Place, locate
from varsling.offices.register import Office, Register, bundled
from varsling.offices.spelling import same_place
from varsling.settings import PostalCodeDistricts

__all__ = ["REFUSALS", "Office", "Resolution", "current_office", "office", "register_version", "resolve"]

# What a dwelling may be refused for.
REFUSALS = (
    Code.NOT_A_STREET_ADDRESS,
    Code.UNKNOWN_POSTAL_CODE,
    Code.UNKNOWN_MUNICIPALITY,
    Code.MUNICIPALITY_SPLIT,
    Code.ADDRESS_CONFLICT,
    Code.DISTRICT_NEEDED,
    Code.OUTSIDE_NORWAY,
)


class Resolution(NamedTuple):
    """The office of a dwelling, or why there is none: `faults` refuse the address; without them an office of None is
    one that the register does not know, and a person finds it. `dwelling` is the address as understood."""

    office: OfficeNumber | None
    found_by: FoundBy
    dwelling: Dwelling
    remarks: tuple[Remark, ...] = ()
    faults: tuple[Fault, ...] = ()
    municipality: str | None = None
    district: str | None = None


def resolve(
    dwelling: Dwelling,
    on: date,
    districts: PostalCodeDistricts,
    register: Register | None = None,
    point: Point | None = None,
) -> Resolution:
    """The office that serves a dwelling on an Oslo date; `districts` says how sure a postal code's estimate must be.

    `point` is where a register of addresses has the dwelling, if one was asked. Pointers of faults are those of a body
    with a `dwelling`. Without a register of its own: the bundled one.
    """
    register = register or bundled()
    clean, changed, fault = _understood(dwelling)
    place = locate(register, clean, on, districts, point)
    faults = (*place.faults,) if fault is None else (fault, *place.faults)
    remarks = [Remark.ADDRESS_NORMALISED] if changed else []
    postal = register.postal_codes.get(clean.postal_code)
    if postal is not None and clean.city is not None and not same_place(register, clean.city, postal):
        remarks.append(Remark.CITY_DIFFERS)
    if place.renumbered:
        remarks.append(Remark.MUNICIPALITY_RENUMBERED)
    echoed = _echoed(clean, place, postal.place if postal is not None else None)
    if faults:
        return Resolution(None, FoundBy.PENDING, echoed, tuple(remarks), faults, place.municipality, place.district)
    serving = register.office_of.get(place.area or "")
    if serving is None:
        remarks.append(Remark.OFFICE_TO_BE_FOUND)
        return Resolution(None, FoundBy.PENDING, echoed, tuple(remarks), (), place.municipality, place.district)
    return Resolution(serving.number, place.found_by, echoed, tuple(remarks), (), place.municipality, place.district)


def office(number: str) -> Office | None:
    """The office with this number, in use or replaced."""
    return bundled().offices.get(number)


def current_office(number: str) -> Office | None:
    """The office in use that has this number or took over from it; None where the register does not say which."""
    return bundled().active_office(number)


def areas_of(number: str) -> tuple[str, ...]:
    """The municipalities and districts that an office serves."""
    return bundled().served_by.get(number, ())


def area_name(number: str) -> str:
    """The name of a municipality or district in the register. Raises KeyError for another number."""
    return bundled().name_of(number)


def register_version() -> str:
    return bundled().version


def _understood(dwelling: Dwelling) -> tuple[Dwelling, bool, Fault | None]:
    """The address in clean parts, whether more was changed than white space and case, and what is wrong with it."""
    try:
        clean, changed = understood(dwelling)
    except NoStreetAddress:
        return dwelling, False, Fault(_where(dwelling), Code.NOT_A_STREET_ADDRESS)
    except PostalCodesDiffer:
        return dwelling, False, Fault(_where(dwelling), Code.ADDRESS_CONFLICT, (dwelling.postal_code,))
    return clean, changed, None


def _where(dwelling: Dwelling) -> str:
    if dwelling.address_line is not None:
        return "/dwelling/address_line"
    in_street = dwelling.house_number is None or is_post_box(f"{dwelling.street} {dwelling.house_number}")
    return "/dwelling/street" if in_street else "/dwelling/house_number"


def _echoed(clean: Dwelling, place: Place, town: str | None) -> Dwelling:
    """Numbers that were sent are told as they are now; what was not sent is not filled in as if it had been, but for
    the postal code's place, which the copy's address needs."""
    if clean.municipality_number is None and clean.district_number is None and clean.city is not None:
        return clean
    municipality = place.municipality if clean.municipality_number and place.municipality else clean.municipality_number
    district = place.district if clean.district_number and place.district else clean.district_number
    return replace(clean, municipality_number=municipality, district_number=district, city=clean.city or town)
