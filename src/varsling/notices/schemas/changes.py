"""What is sent about a notice that stands: the landlord's side changes or ends it, the office acknowledges it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from varsling.domain.lifecycle import SettlementReason, WithdrawalReason
from varsling.domain.notice import Breach, Notice, Tenant
from varsling.domain.office import ForwardingReason
from varsling.domain.problems import Code
from varsling.notices.schemas.notice import ClaimShape
from varsling.notices.schemas.parties import PostalAddressShape, address_of
from varsling.shapes import Amount, Day, Email, Flag, FourDigits, Instant, Location, Phone, Reference, Shape


class UpdateShape(Shape):
    """A change of the same breach: any of the members, each replacing what stood. A petition is planned or filed."""

    claims: Annotated[list[ClaimShape], Field(max_length=36)] | None = None
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


class ContactChangeShape(Shape):
    """Another way to reach a tenant; each member that is given replaces what stood."""

    tenant: UUID
    email: Email | None = None
    phone: Phone | None = None
    postal_address: PostalAddressShape | None = None

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


class SettlementShape(Shape):
    reason: SettlementReason
    on: Day


class WithdrawalShape(Shape):
    reason: Literal[WithdrawalReason.MISTAKE, WithdrawalReason.WRONG_PERSON, WithdrawalReason.WRONG_AMOUNT]


class ForwardingShape(Shape):
    """The notice belongs to another office: to `office`, or (null) to one that the sender does not know."""

    office: FourDigits | None = None
    reason: ForwardingReason

    @classmethod
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, Code]]:
        if sent.get("office") is not None and sent.get("reason") == ForwardingReason.UNKNOWN.value:
            yield ("reason",), Code.OUT_OF_RANGE


class AcknowledgementShape(Shape):
    """The office has the notice. `at` is when, if not now; `case_reference` is the office's own."""

    opened_by_person: Flag
    at: Instant | None = None
    case_reference: Reference | None = None
