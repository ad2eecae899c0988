"""The request of a landlord's system: a notice (CONTRACT § A notice). Form only: the law is in `domain.law`.

The models use lists, not tuples: of a tuple with a faulty item pydantic reports also that it is too short.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from varsling.domain.lifecycle import NoticeStatus
from varsling.domain.money import parse_amount
from varsling.domain.notice import (
    Attestations,
    Breach,
    Claim,
    CopyGiven,
    Ground,
    GroundCode,
    Notice,
    Payment,
    TenantId,
)
from varsling.domain.problems import Code
from varsling.notices.schemas.parties import AgentInput, LandlordInput, LeaseInput, TenantInput
from varsling.offices.schemas import DwellingInput
from varsling.shapes import (
    AccountNumber,
    Amount,
    Day,
    Flag,
    Instant,
    Kid,
    Limit,
    Location,
    OrganisationNumberText,
    Reference,
    RequestModel,
    ShownAs,
)


class ClaimInput(RequestModel):
    """A sum owed. 0 < outstanding ≤ original."""

    due_date: Day
    original_amount: Amount
    outstanding_amount: Amount
    reference: Reference | None = None

    @classmethod
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, Code]]:
        original, outstanding = (
            _plain_amount(sent.get("original_amount")),
            _plain_amount(sent.get("outstanding_amount")),
        )
        if outstanding == 0 or (original is not None and outstanding is not None and outstanding > original):
            yield ("outstanding_amount",), Code.OUT_OF_RANGE

    def to_domain(self) -> Claim:
        return Claim(self.due_date, self.original_amount, self.outstanding_amount, self.reference)


def _plain_amount(sent: object) -> int | None:
    """Read an amount for a comparison. None if it is no amount: that fault is reported elsewhere."""
    try:
        return parse_amount(sent) if isinstance(sent, str) else None
    except ValueError:
        return None


class BreachInput(RequestModel):
    claims: list[ClaimInput] = Field(default_factory=list, max_length=36)
    deposited_amount: Amount = 0

    def to_domain(self) -> Breach:
        return Breach(tuple(claim.to_domain() for claim in self.claims), self.deposited_amount)


class PaymentInput(RequestModel):
    """Where the tenant can pay. A KID requires the account that it belongs to."""

    account_number: AccountNumber | None = None
    kid: Kid | None = None

    @classmethod
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, Code]]:
        if sent.get("kid") is not None and sent.get("account_number") is None:
            yield ("account_number",), Code.MISSING

    def to_domain(self) -> Payment:
        return Payment(self.account_number, self.kid)


class GroundInput(RequestModel):
    code: GroundCode
    warning_sent_on: Day | None = None

    def to_domain(self) -> Ground:
        return Ground(self.code, self.warning_sent_on)


class CopyGivenInput(RequestModel):
    on: Day
    how: Literal["letter", "email", "sms", "form", "portal", "hand"]

    def to_domain(self) -> CopyGiven:
        return CopyGiven(self.on, self.how)


class AttestationsInput(RequestModel):
    no_reservation_received: Flag
    power_of_attorney: Flag | None = None
    copy_given: CopyGivenInput | None = None

    def to_domain(self) -> Attestations:
        given = None if self.copy_given is None else self.copy_given.to_domain()
        return Attestations(self.no_reservation_received, self.power_of_attorney, given)


class NoticeInput(RequestModel):
    """A notice of a breach of the lease (husleieloven § 9-11)."""

    reference: Reference
    landlord: LandlordInput
    agent: AgentInput | None = None
    lease: LeaseInput
    dwelling: DwellingInput
    tenants: Annotated[list[TenantInput], Field(min_length=1, max_length=10)]
    breach: BreachInput = BreachInput()
    payment: PaymentInput | None = None
    ground: GroundInput
    planned_petition_date: Day | None = None
    petition_filed_on: Day | None = None
    children_in_dwelling: Flag | None = None
    attestations: AttestationsInput
    if_open: Literal["refuse", "update"] = "refuse"

    @classmethod
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, Code]]:
        if sent.get("planned_petition_date") is not None and sent.get("petition_filed_on") is not None:
            yield ("petition_filed_on",), Code.INVALID_DATE

    def to_domain(self, tenant_ids: Sequence[TenantId]) -> Notice:
        """Give the notice with an id for each tenant, and with the dwelling as it was sent."""
        return Notice(
            reference=self.reference,
            landlord=self.landlord.to_domain(),
            agent=None if self.agent is None else self.agent.to_domain(),
            lease=self.lease.to_domain(),
            dwelling=self.dwelling.to_domain(),
            tenants=tuple(tenant.to_domain(one) for tenant, one in zip(self.tenants, tenant_ids, strict=True)),
            breach=self.breach.to_domain(),
            payment=Payment() if self.payment is None else self.payment.to_domain(),
            ground=self.ground.to_domain(),
            attestations=self.attestations.to_domain(),
            planned_petition_date=self.planned_petition_date,
            petition_filed_on=self.petition_filed_on,
            # False is taken as null: a landlord cannot vouch that there are no children.
            children_in_dwelling=self.children_in_dwelling or None,
        )


class BatchItemInput(RequestModel):
    """An item of a batch. Key and notice are taken as sent: a fault refuses this item alone."""

    idempotency_key: str | None = None
    notice: Annotated[Any, ShownAs(NoticeInput)]


class BatchInput(RequestModel):
    items: Annotated[list[BatchItemInput], Field(min_length=1, max_length=1000)]


class CheckInput(RequestModel):
    """A notice, or a batch."""

    model_config = ConfigDict(extra="allow")

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"oneOf": [handler(model.__pydantic_core_schema__) for model in (NoticeInput, BatchInput)]}


class NoticesQuery(RequestModel):
    """The filters of a list of notices. `cursor` is the last page's `next`, with the same filters."""

    landlord: OrganisationNumberText | None = None
    reference: Reference | None = None
    lease: Reference | None = None
    status: NoticeStatus | None = None
    updated_since: Instant | None = None
    petition_recommended_before: Day | None = None
    cursor: str | None = None
    limit: Limit = 100
