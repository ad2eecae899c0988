"""The answers about notices; `notices.views` makes them."""

from typing import Literal, NotRequired

from pydantic import BaseModel, RootModel
from typing_extensions import TypedDict

from varsling.domain.dates import Basis
from varsling.domain.lifecycle import BlockedReason, CopyStatus, NoticeStatus
from varsling.domain.notice import BreachKind, ContactOutcome, GroundCode, LeaseUse
from varsling.domain.office import FoundBy, ReachedBy
from varsling.domain.remarks import Remark
from varsling.landlords.schemas import ContactAnswer, LandlordAnswer, PostalAddressAnswer
from varsling.offices.schemas import DwellingAnswer
from varsling.shapes import AmountText, DayText, IdText, InstantText
from varsling.web.problem_schemas import Problem


class NoticeOffice(TypedDict):
    """The NAV office, and how it is reached. Null while a person has to find it (remark `office-to-be-found`)."""

    number: str
    name: str
    found_by: FoundBy
    reached_by: ReachedBy | None


class CopyAnswer(TypedDict):
    status: CopyStatus
    dispatched_at: InstantText | None


class NoticeTenant(TypedDict):
    """`id` is null in the answer of a check: nothing is stored."""

    id: IdText | None
    copy: CopyAnswer


class NoticePeriod(TypedDict):
    """Two weeks in three readings. `recommended` never precedes another (domstolloven §§ 148, 149)."""

    literal: DayText
    whole_weeks: DayText
    recommended: DayText


class PetitionDates(TypedDict):
    """The later of the two clocks: most callers need only this."""

    refused_before: DayText
    recommended: DayText
    recommended_working_day: DayText


class NoticeDatesAnswer(TypedDict):
    """`petition` is null once a petition is lodged: then no date is recommended any more."""

    rule_version: str
    basis: Basis
    assumed_sent_on: DayText
    sent_on: DayText | None
    received_on: DayText | None
    notice: NoticePeriod
    warning: NoticePeriod | None
    petition: PetitionDates | None


class NoticeRemark(TypedDict):
    code: Remark
    detail: str


class BlockedAnswer(TypedDict):
    reason: BlockedReason


class _NoticeMembers(TypedDict):
    id: IdText | None
    reference: str
    version: int
    status: NoticeStatus
    accepted_at: InstantText
    office: NoticeOffice | None
    dwelling: DwellingAnswer | None
    outstanding_total: AmountText | None
    dates: NoticeDatesAnswer
    remarks: list[NoticeRemark]
    blocked: BlockedAnswer | None


class NoticeAnswer(_NoticeMembers):
    """A notice after a change. `id` is null in the answer of a check."""

    landlord: LandlordAnswer
    tenants: list[NoticeTenant]


class NoticesPage(TypedDict):
    """A page; `next` is null on the last one."""

    items: list[NoticeAnswer]
    next: str | None


class BatchResult(BaseModel):
    """The outcome of one item: `notice` or `problem`."""

    status: int
    notice: NoticeAnswer | None = None
    problem: Problem | None = None


class BatchAnswer(BaseModel):
    """The results in the order of the items."""

    results: list[BatchResult]
    accepted: int
    refused: int


class CheckAnswer(RootModel[NoticeAnswer | BatchAnswer]):
    """The verdict on a notice, or on each item of a batch."""


class AgentAnswer(TypedDict):
    organisation_number: str
    name: str
    contact: ContactAnswer


class LeaseAnswer(TypedDict):
    reference: str
    use: LeaseUse
    eviction_clause: bool
    start_date: DayText | None


class ClaimAnswer(TypedDict):
    due_date: DayText
    original_amount: AmountText
    outstanding_amount: AmountText
    reference: str | None


class BreachAnswer(TypedDict):
    claims: list[ClaimAnswer]
    deposited_amount: AmountText
    balance_as_of: DayText | None


class PaymentAnswer(TypedDict):
    account_number: str | None
    kid: str | None


class GroundAnswer(TypedDict):
    """The ground with its facts; those of other grounds are null. `breach_kind`: husleieloven § 9-9 first paragraph."""

    code: GroundCode
    warning_sent_on: DayText | None
    expired_on: DayText | None
    move_out_requested_on: DayText | None
    terminated_on: DayText | None
    rescinded_on: DayText | None
    breach_kind: BreachKind | None
    decided_on: DayText | None


class PriorContactAnswer(TypedDict):
    """What the landlord did before the notice."""

    reminder_sent_on: DayText | None
    outcome: ContactOutcome
    tenant_wants_help: Literal[True] | None


class CopyGivenAnswer(TypedDict):
    on: DayText
    how: str


class AttestationsAnswer(TypedDict):
    no_reservation_received: bool
    reason_to_notify: bool
    power_of_attorney: bool | None
    copy_given: CopyGivenAnswer | None


class HistoryEntry(TypedDict):
    at: InstantText
    event: str
    version: int | None


class ClosedAnswer(TypedDict):
    reason: str | None
    at: InstantText


class SentTenant(NoticeTenant):
    """A tenant as the landlord named her. Of a number it tells only `national_id_given`. After erasure, her id and copy
    are left."""

    name: NotRequired[str]
    national_id_given: NotRequired[bool]
    birth_date: NotRequired[DayText | None]
    language: NotRequired[str | None]
    email: NotRequired[str | None]
    phone: NotRequired[str | None]
    postal_address: NotRequired[PostalAddressAnswer | None]


class SentContent(TypedDict, total=False):
    """The information that the landlord's side sent, while it is kept."""

    agent: AgentAnswer | None
    lease: LeaseAnswer
    breach: BreachAnswer
    payment: PaymentAnswer
    ground: GroundAnswer
    prior_contact: PriorContactAnswer | None
    planned_petition_date: DayText | None
    petition_filed_on: DayText | None
    petition_withdrawn_on: DayText | None
    petition_held_until: DayText | None
    children_in_dwelling: Literal[True] | None
    attestations: AttestationsAnswer


class _Whole(_NoticeMembers):
    landlord: LandlordAnswer
    tenants: list[SentTenant]
    closed: ClosedAnswer | None
    updated_at: InstantText
    sent_at: InstantText | None
    received_at: InstantText | None
    history: list[HistoryEntry]


class WholeNotice(_Whole, SentContent):
    """A notice with the information that was sent, while it is kept, and with its history."""
