"""The parties of a notice: landlord, agent, lease and tenants (CONTRACT § A notice)."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from varsling.domain.identity import parse_national_id
from varsling.domain.notice import Agent, Contact, Landlord, Lease, LeaseUse, PostalAddress, Tenant, TenantId
from varsling.domain.problems import Code
from varsling.domain.text import postal_code
from varsling.fault_kinds import one_of
from varsling.shapes import (
    Country,
    Day,
    Email,
    Flag,
    LanguageTag,
    Location,
    Name,
    NationalIdText,
    OrganisationNumberText,
    PersonName,
    Phone,
    Reference,
    RequestModel,
    is_person_name,
    printed,
)

_POSTAL_CODE = re.compile("(?!0000)[0-9]{4}", re.ASCII)
Line = Annotated[str, printed(100)]


class PostalAddressInput(RequestModel):
    lines: Annotated[list[Line], Field(min_length=1, max_length=3)]
    postal_code: Annotated[str, printed(12, postal_code)]
    city: Annotated[str, printed(60)]
    country: Country = "NO"

    @classmethod
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
        code = sent.get("postal_code")
        if sent.get("country", "NO") == "NO" and isinstance(code, str) and not _POSTAL_CODE.fullmatch(code):
            yield ("postal_code",), Code.INVALID_FORMAT

    def to_domain(self) -> PostalAddress:
        return PostalAddress(tuple(self.lines), self.postal_code, self.city, self.country)


class ContactInput(RequestModel):
    """How to reach the landlord or the agent: the reservation slip needs an e-mail or a postal address."""

    name: Name | None = None
    email: Email | None = None
    phone: Phone | None = None
    postal_address: PostalAddressInput | None = None

    @classmethod
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
        if sent.get("email") is None and sent.get("postal_address") is None:
            yield (), one_of("email", "postal_address")

    def to_domain(self) -> Contact:
        return Contact(self.name, self.email, self.phone, address_of(self.postal_address))


def address_of(given: PostalAddressInput | None) -> PostalAddress | None:
    return None if given is None else given.to_domain()


class LandlordInput(RequestModel):
    """A company with number and name, or a person with name and either number or birth date and postal address."""

    organisation_number: OrganisationNumberText | None = None
    name: Name | None = None
    national_id: NationalIdText | None = None
    birth_date: Day | None = None
    contact: ContactInput

    @classmethod
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
        if sent.get("organisation_number") is not None:
            if sent.get("name") is None:
                yield ("name",), Code.MISSING
            for name in ("national_id", "birth_date"):
                if sent.get(name) is not None:
                    yield (name,), Code.UNKNOWN_FIELD
            return
        if sent.get("name") is None:
            yield ("name",), Code.MISSING
        if not _is_person(sent):
            yield (), one_of("organisation_number", "national_id", "birth_date")
        elif sent.get("name") is not None and not is_person_name(sent["name"]):
            yield ("name",), Code.INVALID_TEXT
        contact = sent.get("contact")
        by_birth_date = sent.get("national_id") is None and sent.get("birth_date") is not None
        if by_birth_date and isinstance(contact, dict) and contact.get("postal_address") is None:
            yield ("contact", "postal_address"), Code.MISSING

    def to_domain(self) -> Landlord:
        contact = self.contact.to_domain()
        return Landlord(contact, self.organisation_number, self.name, self.national_id, self.birth_date)


def _is_person(sent: Mapping[str, Any]) -> bool:
    return sent.get("national_id") is not None or sent.get("birth_date") is not None


class AgentInput(RequestModel):
    organisation_number: OrganisationNumberText
    name: Name
    contact: ContactInput

    def to_domain(self) -> Agent:
        return Agent(self.organisation_number, self.name, self.contact.to_domain())


class LeaseInput(RequestModel):
    reference: Reference
    use: LeaseUse
    eviction_clause: Flag
    start_date: Day | None = None

    def to_domain(self) -> Lease:
        return Lease(self.reference, self.use, self.eviction_clause, self.start_date)


class TenantInput(RequestModel):
    """A natural person, with number or birth date (both only if they agree)."""

    name: PersonName
    national_id: NationalIdText | None = None
    birth_date: Day | None = None
    language: LanguageTag | None = None
    email: Email | None = None
    phone: Phone | None = None
    postal_address: PostalAddressInput | None = None

    @classmethod
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
        if not _is_person(sent):
            yield (), one_of("national_id", "birth_date")

    def to_domain(self, tenant_id: TenantId) -> Tenant:
        return Tenant(
            id=tenant_id,
            name=self.name,
            birth_date=self._born_on(),
            national_id=self.national_id,
            language=self.language,
            email=self.email,
            phone=self.phone,
            postal_address=address_of(self.postal_address),
        )

    def _born_on(self) -> date:
        if self.birth_date is not None:
            return self.birth_date
        if self.national_id is None:
            raise ValueError("a valid tenant has a number or a birth date")
        return parse_national_id(self.national_id).birth_date
