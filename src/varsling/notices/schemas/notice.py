"""The request of a landlord's system: a notice (CONTRACT § A notice). Form only: the law is in `domain.law`.

The models use lists, not tuples: of a tuple with a faulty item pydantic reports also that it is too short.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from varsling.domain.grounds import FACTS
from varsling.domain.lifecycle import NoticeStatus
from varsling.domain.money import parse_amount
from varsling.domain.notice import (
    Attestations,
    Breach,
    BreachKind,
    Claim,
    ContactOutcome,
    CopyGiven,
    Ground,
    GroundCode,
    Notice,
    Payment,
    PetitionFacts,
    PriorContact,
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
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
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
    """The sums owed. `balance_as_of` is the Oslo date of the sums; without it, the day of the call."""

    claims: list[ClaimInput] = Field(default_factory=list, max_length=36)
    deposited_amount: Annotated[Amount, Field(json_schema_extra={"default": "0.00"})] = 0
    balance_as_of: Day | None = None

    def to_domain(self) -> Breach:
        return Breach(tuple(claim.to_domain() for claim in self.claims), self.deposited_amount, self.balance_as_of)


class PaymentInput(RequestModel):
    """Where the tenant can pay. A KID requires the account that it belongs to."""

    account_number: AccountNumber | None = None
    kid: Kid | None = None

    @classmethod
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
        if sent.get("kid") is not None and sent.get("account_number") is None:
            yield ("account_number",), Code.MISSING

    def to_domain(self) -> Payment:
        return Payment(self.account_number, self.kid)


class GroundInput(RequestModel):
    """The ground for eviction, with the facts that the law asks of it (tvangsfullbyrdelsesloven § 13-2).

    `lease_expired`: `expired_on`, and `move_out_requested_on` within three months of it. `lease_terminated`:
    `terminated_on`. `rescission`: `rescinded_on` and `breach_kind`, a letter of husleieloven § 9-9 first paragraph.
    `judgment`: `decided_on`. All need the § 4-18 warning, but a judgment less than a year old.
    """

    code: GroundCode
    warning_sent_on: Day | None = None
    expired_on: Day | None = None
    move_out_requested_on: Day | None = None
    terminated_on: Day | None = None
    rescinded_on: Day | None = None
    breach_kind: BreachKind | None = None
    decided_on: Day | None = None

    @classmethod
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
        code = sent.get("code")
        if not isinstance(code, str) or code not in set(GroundCode):
            return
        needed = FACTS[GroundCode(code)]
        for name in cls.model_fields:
            if name in needed and sent.get(name) is None:
                yield (name,), Code.MISSING
            elif name not in ("code", "warning_sent_on", *needed) and sent.get(name) is not None:
                yield (name,), Code.UNKNOWN_FIELD

    def to_domain(self) -> Ground:
        return Ground(**{name: getattr(self, name) for name in type(self).model_fields})


class PriorContactInput(RequestModel):
    """What the landlord did before the notice; the tenant's copy and the office tell it."""

    reminder_sent_on: Day | None = None
    outcome: ContactOutcome
    tenant_wants_help: Flag | None = None

    def to_domain(self) -> PriorContact:
        # False is taken as null: that she does not want help is for herself to say.
        return PriorContact(self.reminder_sent_on, self.outcome, self.tenant_wants_help or None)


class CopyGivenInput(RequestModel):
    on: Day
    how: Literal["letter", "email", "sms", "form", "portal", "hand"]

    def to_domain(self) -> CopyGiven:
        return CopyGiven(self.on, self.how)


class AttestationsInput(RequestModel):
    """`reason_to_notify`: this case was looked at ("dersom det er grunn til det", husleieloven § 9-11)."""

    no_reservation_received: Flag
    reason_to_notify: Flag
    power_of_attorney: Flag | None = None
    copy_given: CopyGivenInput | None = None

    def to_domain(self) -> Attestations:
        given = None if self.copy_given is None else self.copy_given.to_domain()
        return Attestations(self.no_reservation_received, self.reason_to_notify, self.power_of_attorney, given)


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
    prior_contact: PriorContactInput | None = None
    planned_petition_date: Day | None = None
    petition_filed_on: Day | None = None
    petition_held_until: Day | None = None
    children_in_dwelling: Flag | None = None
    attestations: AttestationsInput
    if_open: Literal["refuse", "update"] = "refuse"

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
            petition=PetitionFacts(
                self.planned_petition_date, self.petition_filed_on, held_until=self.petition_held_until
            ),
            prior_contact=None if self.prior_contact is None else self.prior_contact.to_domain(),
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
