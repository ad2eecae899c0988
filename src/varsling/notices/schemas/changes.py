"""Requests about a notice: the landlord's side changes or ends it, the office acknowledges or forwards it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from varsling.domain.lifecycle import SettlementReason, WithdrawalReason
from varsling.domain.notice import Breach, Notice, PetitionFacts, Tenant
from varsling.domain.office import ForwardingReason
from varsling.domain.problems import Code
from varsling.fault_kinds import one_of
from varsling.notices.schemas.notice import ClaimInput, PriorContactInput
from varsling.notices.schemas.parties import PostalAddressInput, address_of
from varsling.shapes import (
    Amount,
    Day,
    Email,
    Flag,
    FourDigits,
    Instant,
    Location,
    Phone,
    Reference,
    RequestModel,
)


class UpdateInput(RequestModel):
    """A change of the same breach. Each given member replaces the former value.

    A new petition or plan replaces the former one, and a petition told again after its withdrawal stands. A promise to
    wait ends with the petition that it was given for.
    `balance_as_of` is the day of the call unless given with the sums.
    """

    claims: Annotated[list[ClaimInput], Field(max_length=36)] | None = None
    deposited_amount: Amount | None = None
    balance_as_of: Day | None = None
    planned_petition_date: Day | None = None
    petition_filed_on: Day | None = None
    petition_withdrawn_on: Day | None = None
    petition_held_until: Day | None = None
    prior_contact: PriorContactInput | None = None

    @classmethod
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
        if all(sent.get(name) is None for name in cls.model_fields):
            yield (), one_of(*cls.model_fields)

    def applied_to(self, notice: Notice) -> Notice:
        """Give the notice as changed. The date of its sums is known."""
        return replace(
            notice,
            breach=self._breach(notice.breach),
            petition=self._petition(notice.petition),
            prior_contact=notice.prior_contact if self.prior_contact is None else self.prior_contact.to_domain(),
        )

    def _breach(self, before: Breach) -> Breach:
        claims, deposited = before.claims, before.deposited
        if self.claims is not None:
            claims = tuple(claim.to_domain() for claim in self.claims)
        if self.deposited_amount is not None:
            deposited = self.deposited_amount
        same = (claims, deposited) == (before.claims, before.deposited)
        # The same sums again are no news: they keep their date unless the landlord gives another.
        return Breach(claims, deposited, self.balance_as_of or (before.balance_as_of if same else None))

    def _petition(self, before: PetitionFacts) -> PetitionFacts:
        # Told again after its withdrawal, and not withdrawn in the same breath: it stands.
        stands_again = before.withdrawn_on is not None and self.petition_withdrawn_on is None
        if self.petition_filed_on is not None and (self.petition_filed_on != before.filed_on or stands_again):
            # What was promised of the former petition, or before one, is not promised of this one.
            return PetitionFacts(
                self.planned_petition_date,
                self.petition_filed_on,
                self.petition_withdrawn_on,
                self.petition_held_until,
            )
        withdrawn = self.petition_withdrawn_on or before.withdrawn_on
        ends = withdrawn is not None and before.withdrawn_on is None
        kept = None if ends else before.held_until
        return PetitionFacts(
            self.planned_petition_date or before.planned_on,
            before.filed_on,
            withdrawn,
            self.petition_held_until or kept,
        )


class ContactChangeInput(RequestModel):
    """Other contact data of a tenant. Each given member replaces the former value."""

    tenant: UUID
    email: Email | None = None
    phone: Phone | None = None
    postal_address: PostalAddressInput | None = None

    @classmethod
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
        if all(sent.get(name) is None for name in ("email", "phone", "postal_address")):
            yield (), one_of("email", "phone", "postal_address")

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
    """`tenants`, with `wrong_person` alone: the notice was wrong of these, and stands for the others."""

    reason: Literal[WithdrawalReason.MISTAKE, WithdrawalReason.WRONG_PERSON, WithdrawalReason.WRONG_AMOUNT]
    tenants: Annotated[list[UUID], Field(min_length=1, max_length=10)] | None = None

    @classmethod
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
        if sent.get("tenants") is not None and sent.get("reason") != WithdrawalReason.WRONG_PERSON.value:
            yield ("tenants",), Code.UNKNOWN_FIELD


class ForwardingInput(RequestModel):
    """The notice belongs to `office`. Null: to an office that the sender does not know."""

    office: FourDigits | None = None
    reason: ForwardingReason

    @classmethod
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
        if sent.get("office") is not None and sent.get("reason") == ForwardingReason.UNKNOWN.value:
            yield ("reason",), Code.OUT_OF_RANGE


class AcknowledgementInput(RequestModel):
    """The office has the notice. `at` is the instant, if not now. `case_reference` is the office's own."""

    opened_by_person: Flag
    at: Instant | None = None
    case_reference: Reference | None = None
