"""The answers to a NAV office about its notices; `notices.views_office` makes them."""

from typing import Literal

from typing_extensions import TypedDict

from varsling.domain.lifecycle import NoticeStatus
from varsling.domain.tenant import CallTime, Consent, DisputeReason, Through, Wish
from varsling.landlords.schemas import LandlordAnswer
from varsling.notices.schemas.answers import (
    AgentAnswer,
    BreachAnswer,
    GroundAnswer,
    HistoryEntry,
    NoticeDatesAnswer,
    PaymentAnswer,
    PriorContactAnswer,
)
from varsling.offices.schemas import DwellingAnswer
from varsling.shapes import AmountText, DayText, IdText, InstantText


class OfficeCopy(TypedDict):
    dispatched_at: InstantText | None


class _Statement(TypedDict):
    """`through`: `login`: after her own login, so she said it. `home`: with the code of a letter to her home. With
    `elsewhere`, the code of an e-mail or of a letter to an address that the landlord's side gave, perhaps somebody else
    did: ask her before you act."""

    through: Through


class WantsCall(_Statement):
    """Her own entries when she asked for a call. `language` is a BCP 47 tag."""

    phone: str
    time: CallTime
    language: str
    interpreter: bool


class Disputes(_Statement):
    """The parts of the notice that she disagrees with."""

    reasons: list[DisputeReason]


class WishesAnswer(_Statement):
    """What she wants help with, in her own codes; `children`: there are children in the home."""

    kinds: list[Wish]


class ConsentsAnswer(_Statement):
    """With whom she lets Nav talk about her. Empty: with nobody any more."""

    to: list[Consent]


class Stated(TypedDict):
    wants_call: WantsCall | None
    disputes: Disputes | None
    wishes: WishesAnswer | None
    consents: ConsentsAnswer | None


class SaidElsewhere(Stated):
    """What was said, beside the statement of its kind above, by a less sure way: perhaps not by her. It has replaced
    nothing."""

    said_at: InstantText


class TenantForOffice(Stated):
    id: IdText
    name: str
    national_id: str | None
    birth_date: DayText
    phone: str | None
    email: str | None
    copy: OfficeCopy
    said_elsewhere: list[SaidElsewhere]


class NumberedOffice(TypedDict):
    number: str
    name: str | None


class BreachForOffice(BreachAnswer):
    outstanding_total: AmountText
    overdue_claims: int
    oldest_due_date: DayText | None


class OfficeView(TypedDict):
    """The newest published version, for its office: the members that a caseworker needs first stand first.

    `earlier_notices` counts the landlord's earlier notices about these tenants that came to Nav, while they are kept.
    """

    id: IdText
    version: int
    status: NoticeStatus
    office: NumberedOffice | None
    tenants: list[TenantForOffice]
    children_in_dwelling: Literal[True] | None
    earlier_notices: int
    prior_contact: PriorContactAnswer | None
    dwelling: DwellingAnswer
    breach: BreachForOffice
    payment: PaymentAnswer
    ground: GroundAnswer
    dates: NoticeDatesAnswer
    planned_petition_date: DayText | None
    petition_filed_on: DayText | None
    petition_withdrawn_on: DayText | None
    petition_held_until: DayText | None
    landlord: LandlordAnswer
    agent: AgentAnswer | None
    reference: str
    history: list[HistoryEntry]


class ForwardingAnswer(TypedDict):
    """The office that got the notice. Null: a person finds it."""

    id: IdText
    version: int
    status: NoticeStatus
    office: NumberedOffice | None
    forwarded_at: InstantText


class AcknowledgementAnswer(TypedDict):
    id: IdText
    version: int
    status: NoticeStatus
    fetched_at: InstantText | None
    opened_at: InstantText | None
    received_on: DayText | None
