"""The dwelling in requests and answers, and the office in answers."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, NotRequired

from typing_extensions import TypedDict

from varsling.domain.dwelling import Dwelling
from varsling.domain.office import FoundBy, ReachedBy
from varsling.domain.problems import Code
from varsling.fault_kinds import one_of
from varsling.offices.register import OfficeStatus
from varsling.shapes import FourDigits, Location, RequestModel, SixDigits, printed

_PARTS = ("street", "house_number", "house_letter", "unit_number")


class DwellingInput(RequestModel):
    """An address: `street` and `house_number`, or `address_line`, and the postal code. Other members help."""

    street: Annotated[str, printed(100)] | None = None
    house_number: Annotated[str, printed(10)] | None = None
    house_letter: Annotated[str, printed(2)] | None = None
    unit_number: Annotated[str, printed(10)] | None = None
    address_line: Annotated[str, printed(150)] | None = None
    postal_code: FourDigits
    city: Annotated[str, printed(60)] | None = None
    municipality_number: FourDigits | None = None
    district_number: SixDigits | None = None

    @classmethod
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
        if sent.get("address_line") is not None:
            for name in _PARTS:
                if sent.get(name) is not None:
                    yield (name,), Code.UNKNOWN_FIELD
            return
        if sent.get("street") is None:
            yield (), one_of("street", "address_line")
        if sent.get("house_number") is None and (
            sent.get("street") is not None or sent.get("house_letter") is not None
        ):
            yield ("house_number",), Code.MISSING

    def to_domain(self) -> Dwelling:
        """Give the dwelling as sent: `domain.dwelling.understood` reads it."""
        return Dwelling(**dict(self))


class LookupInput(RequestModel):
    dwelling: DwellingInput


class AreaAnswer(TypedDict):
    """A municipality (four digits) or a district (six)."""

    number: str
    name: str


class OfficeAnswer(TypedDict):
    """A NAV office. A replaced one has its successor if the register is certain of it."""

    number: str
    name: str
    status: OfficeStatus
    organisation_number: str | None
    successor: str | None
    areas: list[AreaAnswer]
    reached_by: ReachedBy
    register_version: str


class FoundOffice(TypedDict):
    number: str
    name: str


class DwellingAnswer(TypedDict):
    """The address as understood. With words that are no part of it there is an `extra_line`: it stands on
    the envelope."""

    street: str | None
    house_number: str | None
    house_letter: str | None
    unit_number: str | None
    extra_line: NotRequired[str]
    postal_code: str
    city: str | None
    municipality_number: str | None
    district_number: str | None


class RemarkAnswer(TypedDict):
    code: str
    detail: str


class LookupAnswer(TypedDict):
    """The office of a notice about this dwelling, as of now.

    With `office` null and `found_by` pending, the office is not known yet, or a person has to find it.
    """

    office: FoundOffice | None
    found_by: FoundBy
    reached_by: ReachedBy | None
    municipality: AreaAnswer | None
    district: AreaAnswer | None
    dwelling: DwellingAnswer
    remarks: list[RemarkAnswer]
    register_version: str
