"""What an office is answered about its notices, for the OpenAPI document; `office_view` makes it."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from varsling.domain.lifecycle import NoticeStatus
from varsling.domain.tenant import CallTime, DisputeReason
from varsling.notices.schemas.answers import (
    AgentAnswer,
    AmountAnswer,
    BreachAnswer,
    ContactAnswer,
    GroundAnswer,
    HistoryEntry,
    NoticeDatesAnswer,
    PaymentAnswer,
)
from varsling.offices.schemas import DwellingAnswer


class OfficeCopy(BaseModel):
    dispatched_at: datetime | None


class WantsCall(BaseModel):
    """What she wrote when she asked to be called; `language` is a BCP 47 tag."""

    phone: str
    time: CallTime
    language: str
    interpreter: bool


class Disputes(BaseModel):
    """What she disagrees with."""

    reasons: list[DisputeReason]


class TenantForOffice(BaseModel):
    id: UUID
    name: str
    national_id: str | None
    birth_date: date
    phone: str | None
    email: str | None
    copy_: Annotated[OfficeCopy, Field(alias="copy")]
    wants_call: WantsCall | None
    disputes: Disputes | None


class NumberedOffice(BaseModel):
    number: str
    name: str | None


class BreachForOffice(BreachAnswer):
    outstanding_total: AmountAnswer
    overdue_claims: int
    oldest_due_date: date | None


class LandlordForOffice(BaseModel):
    name: str | None
    contact: ContactAnswer


class OfficeView(BaseModel):
    """The newest published version, for its office: what a caseworker needs first stands first."""

    id: UUID
    version: int
    status: NoticeStatus
    office: NumberedOffice | None
    tenants: list[TenantForOffice]
    children_in_dwelling: Literal[True] | None
    dwelling: DwellingAnswer
    breach: BreachForOffice
    payment: PaymentAnswer
    ground: GroundAnswer
    dates: NoticeDatesAnswer
    planned_petition_date: date | None
    petition_filed_on: date | None
    landlord: LandlordForOffice
    agent: AgentAnswer | None
    reference: str
    history: list[HistoryEntry]


class ForwardingAnswer(BaseModel):
    """`office` null: a person finds it."""

    id: UUID
    version: int
    status: NoticeStatus
    office: NumberedOffice | None
    forwarded_at: datetime


class AcknowledgementAnswer(BaseModel):
    id: UUID
    version: int
    status: NoticeStatus
    fetched_at: datetime | None
    opened_at: datetime | None
    received_on: date | None
