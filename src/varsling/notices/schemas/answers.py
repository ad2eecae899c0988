"""What is answered about notices, for the OpenAPI document; `representation` and `office_view` make it."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, RootModel

from varsling.domain.dates import Basis
from varsling.domain.lifecycle import BlockedReason, CopyStatus, NoticeStatus
from varsling.domain.notice import GroundCode, LeaseUse
from varsling.domain.office import FoundBy, ReachedBy
from varsling.domain.remarks import Remark
from varsling.offices.schemas import DwellingAnswer
from varsling.web.openapi import ProblemAnswer

AmountAnswer = Annotated[str, Field(pattern=r"^-?\d{1,10}\.\d{2}$", examples=["12500.00"])]


class NoticeOffice(BaseModel):
    """The NAV office, and how it is reached; null while a person has to find it (remark `office-to-be-found`)."""

    number: str
    name: str
    found_by: FoundBy
    reached_by: ReachedBy | None


class CopyAnswer(BaseModel):
    status: CopyStatus
    dispatched_at: datetime | None


class NoticeTenant(BaseModel):
    """`id` is null in the answer of a check: nothing is stored."""

    id: UUID | None
    copy_: Annotated[CopyAnswer, Field(alias="copy")]


class NoticePeriod(BaseModel):
    """Two weeks in three readings; `recommended` is never before another (domstolloven §§ 148, 149)."""

    literal: date
    whole_weeks: date
    recommended: date


class PetitionDates(BaseModel):
    """The later of the two clocks: what most callers need."""

    refused_before: date
    recommended: date
    recommended_working_day: date


class NoticeDatesAnswer(BaseModel):
    rule_version: str
    basis: Basis
    assumed_sent_on: date
    sent_on: date | None
    received_on: date | None
    notice: NoticePeriod
    warning: NoticePeriod | None
    petition: PetitionDates


class NoticeRemark(BaseModel):
    code: Remark
    detail: str


class BlockedAnswer(BaseModel):
    reason: BlockedReason


class LandlordNumber(BaseModel):
    """A person has no number here."""

    organisation_number: str | None


class NoticeAnswer(BaseModel):
    """A notice after a change. `id` is null in the answer of a check."""

    id: UUID | None
    reference: str
    version: int
    status: NoticeStatus
    accepted_at: datetime
    landlord: LandlordNumber
    office: NoticeOffice | None
    dwelling: DwellingAnswer | None
    tenants: list[NoticeTenant]
    outstanding_total: AmountAnswer | None
    dates: NoticeDatesAnswer
    remarks: list[NoticeRemark]
    blocked: BlockedAnswer | None


class NoticesPage(BaseModel):
    """A page; `next` is null on the last one."""

    items: list[NoticeAnswer]
    next: str | None


class BatchResult(BaseModel):
    """What became of one item: `notice` or `problem`."""

    status: int
    notice: NoticeAnswer | None = None
    problem: ProblemAnswer | None = None


class BatchAnswer(BaseModel):
    """The results in the order of the items."""

    results: list[BatchResult]
    accepted: int
    refused: int


class CheckAnswer(RootModel[NoticeAnswer | BatchAnswer]):
    """The verdict on a notice, or on each item of a batch."""


class PostalAddressAnswer(BaseModel):
    lines: list[str]
    postal_code: str
    city: str
    country: str


class ContactAnswer(BaseModel):
    name: str | None
    email: str | None
    phone: str | None
    postal_address: PostalAddressAnswer | None


class LandlordAnswer(BaseModel):
    organisation_number: str | None
    name: str | None = None
    national_id_given: bool | None = None
    contact: ContactAnswer | None = None


class AgentAnswer(BaseModel):
    organisation_number: str
    name: str
    contact: ContactAnswer


class LeaseAnswer(BaseModel):
    reference: str
    use: LeaseUse
    eviction_clause: bool
    start_date: date | None


class ClaimAnswer(BaseModel):
    due_date: date
    original_amount: AmountAnswer
    outstanding_amount: AmountAnswer
    reference: str | None


class BreachAnswer(BaseModel):
    claims: list[ClaimAnswer]
    deposited_amount: AmountAnswer


class PaymentAnswer(BaseModel):
    account_number: str | None
    kid: str | None


class GroundAnswer(BaseModel):
    code: GroundCode
    warning_sent_on: date | None


class HistoryEntry(BaseModel):
    at: datetime
    event: str
    version: int | None


class ClosedAnswer(BaseModel):
    reason: str | None
    at: datetime


class SaidTenant(NoticeTenant):
    """What was sent of a tenant; a number only as `national_id_given`."""

    name: str | None = None
    national_id_given: bool | None = None
    birth_date: date | None = None
    language: str | None = None
    email: str | None = None
    phone: str | None = None
    postal_address: PostalAddressAnswer | None = None


class WholeNotice(NoticeAnswer):
    """A notice with all that was sent, while it is kept, and what became of it."""

    landlord: LandlordAnswer  # type: ignore[assignment]  # the schema says more than its base, and nothing else
    tenants: list[SaidTenant]  # type: ignore[assignment]  # likewise
    agent: AgentAnswer | None = None
    lease: LeaseAnswer | None = None
    breach: BreachAnswer | None = None
    payment: PaymentAnswer | None = None
    ground: GroundAnswer | None = None
    planned_petition_date: date | None = None
    petition_filed_on: date | None = None
    children_in_dwelling: Literal[True] | None = None
    attestations: dict[str, Any] | None = None
    closed: ClosedAnswer | None
    updated_at: datetime
    sent_at: datetime | None
    received_at: datetime | None
    history: list[HistoryEntry]
