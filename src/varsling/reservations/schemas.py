"""The requests of landlords' systems about reservations that landlords received in writing, and their answers."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Literal

from typing_extensions import TypedDict

from varsling.domain.identity import parse_national_id
from varsling.domain.notice import Contact, Landlord
from varsling.domain.problems import Code
from varsling.domain.reservation import ReservationForm
from varsling.fault_kinds import one_of
from varsling.landlords.schemas import LandlordAnswer
from varsling.shapes import (
    Day,
    DayText,
    IdText,
    InstantText,
    Limit,
    Location,
    Name,
    NationalIdText,
    OrganisationNumberText,
    PersonName,
    Reference,
    RequestModel,
    is_person_name,
)

# Any durable text counts (husleieloven § 9-11: "skriftlig melding").
Form = Literal["letter", "email", "sms", "form"]


class ReservationLandlordInput(RequestModel):
    """The landlord that the tenant wrote to: a company, or a person as in the person's notices."""

    organisation_number: OrganisationNumberText | None = None
    name: Name | None = None
    national_id: NationalIdText | None = None
    birth_date: Day | None = None

    @classmethod
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
        person = sent.get("national_id") is not None or sent.get("birth_date") is not None
        if sent.get("organisation_number") is None:
            if not person:
                yield (), one_of("organisation_number", "national_id", "birth_date")
            elif sent.get("name") is None:
                yield ("name",), Code.MISSING
            elif not is_person_name(sent["name"]):
                yield ("name",), Code.INVALID_TEXT
        elif person:
            yield ("organisation_number",), Code.UNKNOWN_FIELD

    def to_domain(self) -> Landlord:
        return Landlord(Contact(), self.organisation_number, self.name, self.national_id, self.birth_date)


class ReservationLeaseInput(RequestModel):
    reference: Reference


class ReservationTenantInput(RequestModel):
    """The tenant, with number or birth date (both only if they agree)."""

    name: PersonName
    national_id: NationalIdText | None = None
    birth_date: Day | None = None

    @classmethod
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
        if sent.get("national_id") is None and sent.get("birth_date") is None:
            yield (), one_of("national_id", "birth_date")

    @property
    def born_on(self) -> date:
        if self.birth_date is not None:
            return self.birth_date
        if self.national_id is None:
            raise ValueError("a tenant has a number or a birth date")
        return parse_national_id(self.national_id).birth_date


class ReservationInput(RequestModel):
    """A tenant's reservation against notices, as the landlord received it."""

    landlord: ReservationLandlordInput
    lease: ReservationLeaseInput
    tenant: ReservationTenantInput
    received_on: Day
    form: Form


class LeaseEndInput(RequestModel):
    """The day on which a lease ends or has ended."""

    landlord: ReservationLandlordInput
    lease: ReservationLeaseInput
    on: Day


class RevocationInput(RequestModel):
    """The tenant's own written message that her reservation no longer holds."""

    received_on: Day
    form: Form


class LeaseReference(TypedDict):
    reference: str


class ReservingTenant(TypedDict):
    name: str
    national_id_given: bool
    birth_date: DayText | None


class ReservationAnswer(TypedDict):
    """A reservation. `form` is `page` if the tenant made it on her page, and else `registered_by` is the organisation
    whose system registered it. `tenant` is null once erased."""

    id: IdText
    version: int
    landlord: LandlordAnswer
    lease: LeaseReference
    tenant: ReservingTenant | None
    received_on: DayText
    form: ReservationForm
    registered_by: str | None
    created_at: InstantText
    revoked_at: InstantText | None


class ReservationsPage(TypedDict):
    """A page; `next` is null on the last one."""

    items: list[ReservationAnswer]
    next: str | None


class LeaseEndAnswer(TypedDict):
    version: int
    landlord: LandlordAnswer
    lease: LeaseReference
    on: DayText


class ReservationsQuery(RequestModel):
    lease: Reference | None = None
    cursor: str | None = None
    limit: Limit = 100
