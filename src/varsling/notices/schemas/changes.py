"""Requests about a notice: the landlord's side changes or ends it, the office acknowledges or forwards it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from varsling.domain.lifecycle import SettlementReason, WithdrawalReason
from varsling.domain.notice import Breach, Notice, Tenant
from varsling.domain.office import ForwardingReason
from varsling.domain.problems import Code
from varsling.notices.schemas.notice import ClaimInput
from varsling.notices.schemas.parties import PostalAddressInput, address_of
from varsling.shapes import Amount, Day, Email, Flag, FourDigits, Instant, Location, Phone, Reference, RequestModel


class UpdateInput(RequestModel):
    """A change of the same breach. Each given member replaces the former value. A petition is planned or filed, not
    both."""

    claims: Annotated[list[ClaimInput], Field(max_length=36)] | None = None
    deposited_amount: Amount | None = None
    planned_petition_date: Day | None = None
    petition_filed_on: Day | None = None

    @classmethod
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, Code]]:
        if all(sent.get(name) is None for name in cls.model_fields):
            yield ("claims",), Code.MISSING
        if sent.get("planned_petition_date") is not None and sent.get("petition_filed_on") is not None:
            yield ("petition_filed_on",), Code.INVALID_DATE

    @property
    def changes_petition(self) -> bool:
        return self.planned_petition_date is not None or self.petition_filed_on is not None

    def applied_to(self, notice: Notice) -> Notice:
        claims, deposited = notice.breach.claims, notice.breach.deposited
        if self.claims is not None:
            claims = tuple(claim.to_domain() for claim in self.claims)
        if self.deposited_amount is not None:
            deposited = self.deposited_amount
        updated = replace(notice, breach=Breach(claims, deposited))
        if not self.changes_petition:
            return updated
        return replace(
            updated, planned_petition_date=self.planned_petition_date, petition_filed_on=self.petition_filed_on
        )


class ContactChangeInput(RequestModel):
    """Other contact data of a tenant. Each given member replaces the former value."""

    tenant: UUID
    email: Email | None = None
    phone: Phone | None = None
    postal_address: PostalAddressInput | None = None

    @classmethod
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, Code]]:
        if all(sent.get(name) is None for name in ("email", "phone", "postal_address")):
            yield ("postal_address",), Code.MISSING

    def applied_to(self, tenant: Tenant) -> Tenant:
        return replace(
            tenant,
            email=self.email or tenant.email,
            phone=self.phone or tenant.phone,
            postal_address=address_of(self.postal_address) or tenant.postal_address,
        )


class SettlementInput(RequestModel):
    reason: SettlementReason
    on: Day


class WithdrawalInput(RequestModel):
    reason: Literal[WithdrawalReason.MISTAKE, WithdrawalReason.WRONG_PERSON, WithdrawalReason.WRONG_AMOUNT]


class ForwardingInput(RequestModel):
    """The notice belongs to `office`. Null: to an office that the sender does not know."""

    office: FourDigits | None = None
    reason: ForwardingReason

    @classmethod
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, Code]]:
        if sent.get("office") is not None and sent.get("reason") == ForwardingReason.UNKNOWN.value:
            yield ("reason",), Code.OUT_OF_RANGE


class AcknowledgementInput(RequestModel):
    """The office has the notice. `at` is the instant, if not now. `case_reference` is the office's own."""

    opened_by_person: Flag
    at: Instant | None = None
    case_reference: Reference | None = None
