"""The contents of letters: values only, amounts in øre. The words stand in `texts/`, the layout in `letter.typ`.
A tenant's letter contains nothing about another tenant but the name."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from varsling.domain.lifecycle import SettlementReason, WithdrawalReason
from varsling.domain.notice import Claim, Ground, GroundCode, PriorContact
from varsling.domain.policies import OperatorKind
from varsling.domain.tenant import Statement, Through
from varsling.settings import Settings


class Language(StrEnum):
    """The languages with a full text: bokmål, nynorsk, North Sámi, English."""

    NB = "nb"
    NN = "nn"
    SE = "se"
    EN = "en"


TAGS = {language.value: language for language in Language} | {
    "no": Language.NB,
    "nob": Language.NB,
    "nno": Language.NN,
    "sme": Language.SE,
    "eng": Language.EN,
}


def letter_language(tag: str | None) -> Language:
    """Choose the language of a tenant's letters for a BCP 47 tag: bokmål if the tag has no full text."""
    return TAGS.get((tag or "").lower().partition("-")[0], Language.NB)


@dataclass(frozen=True, slots=True)
class Recipient:
    """The addressee. `lines` are the address below the name: street lines, postal code and place, country."""

    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Party:
    """A landlord or an agent, with its own contact data."""

    name: str
    phone: str | None = None
    email: str | None = None
    address: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operator:
    """The operator of the service: sender of letters, processor for the landlord, controller of the tenant's page."""

    name: str
    kind: OperatorKind
    address: str
    phone: str
    dpo_contact: str

    @classmethod
    def of(cls, settings: Settings) -> "Operator":
        """Give the operator of an installation. Production names it in full; a trial says that it is a trial."""
        return cls(
            settings.operator_name or "Varsling (prøve)",
            settings.operator_kind,
            settings.operator_address or "Prøveveien 1, 0001 Prøvested",
            settings.operator_phone or "00 00 00 00",
            settings.operator_dpo_contact or "personvern@varsling.example",
        )


@dataclass(frozen=True, slots=True)
class Office:
    """The NAV office. `reached_by` is CONTRACT's: its stream, or a letter."""

    number: str
    name: str
    reached_by: Literal["feed", "letter"]


@dataclass(frozen=True, slots=True)
class Access:
    """A code (16 characters, shown in fours) and its page: the link, and the address to type.

    `page` is the page without the code, for the picture that a camera reads: an envelope's window could show it.
    """

    code: str
    link: str
    page_address: str
    page: str = ""


@dataclass(frozen=True, slots=True)
class Debt:
    """The sum owed, according to the landlord. `deposited` is disputed rent under husleieloven § 3-8."""

    claims: tuple[Claim, ...] = ()
    deposited: int = 0
    outstanding_total: int = 0
    account_number: str | None = None
    kid: str | None = None


@dataclass(frozen=True, slots=True)
class Petition:
    """The known facts about a petition.

    `not_before`: `petition.recommended` on the day of rendering, a lower bound; None once one is lodged (LAW, case 4).
    """

    not_before: date | None
    rule_version: str
    planned: date | None = None
    filed_on: date | None = None
    withdrawn: tuple[date, date] | None = None  # when it was sent, and when it was withdrawn
    held_until: date | None = None


class CopyNews(StrEnum):
    """Why she gets another copy of the same notice."""

    UPDATED = "updated"
    RESUMED = "resumed"
    PETITION_FILED = "petition_filed"
    PETITION_WITHDRAWN = "petition_withdrawn"


@dataclass(frozen=True, slots=True)
class TenantCopy:
    """One tenant's copy of the notice (husleieloven § 9-11 second paragraph).

    `identity_number_given`, `phone` and `email` tell what the office gets about this tenant. Neither the number nor the
    birth date is printed, since the birth date together with the code opens the page. `news`: an earlier copy of the
    same notice went out. `reference` is the landlord's name for the notice. `balance_as_of` is the day of the sums.
    """

    language: Language
    rendered_on: date
    recipient: Recipient
    landlord: Party
    agent: Party | None
    operator: Operator
    office: Office
    dwelling: str
    ground: Ground
    prior_contact: PriorContact | None
    debt: Debt
    balance_as_of: date | None
    petition: Petition
    other_tenants: tuple[str, ...]
    children_in_dwelling: bool
    identity_number_given: bool
    phone: str | None
    email: str | None
    reference: str
    access: Access
    news: CopyNews | None = None


class SecondKind(StrEnum):
    """The reason for another letter to a tenant, or to an office that has the notice on paper."""

    SETTLED = "settled"
    WITHDRAWN = "withdrawn"
    WRONG_PERSON = "wrong_person"
    NOT_PUBLISHED = "not_published"
    """No office will ever read it."""
    STOPPED = "stopped"
    LEFT_OUT = "left_out"
    """It goes on, or stands, for the others in the home alone."""
    UPDATE_NOT_PUBLISHED = "update_not_published"
    """What the office had before stands; the newer version does not go there about her."""
    LAPSED = "lapsed"
    TENANT_REMOVED = "tenant_removed"
    OFFICE_CHANGED = "office_changed"
    RESERVATION_REVOKED = "reservation_revoked"
    REMINDER = "reminder"
    WANTS_CALL = "wants_call"
    DISPUTES = "disputes"
    WISHES = "wishes"
    CONSENTS = "consents"


@dataclass(frozen=True, slots=True)
class SecondLetter:
    """A short letter after the copy.

    `reason` is that of a settlement, or of a withdrawal by the landlord; never a reservation, which may be another
    tenant's. `office`: the one that letters name; `told`: Nav had the notice, and hears the same. `copy_sent_on`: None
    if there was no copy. `ground` and `petition_lodged` decide what stands (LAW, row 8a); the days are a reminder's.
    """

    kind: SecondKind
    language: Language
    rendered_on: date
    recipient: Recipient
    landlord: Party
    operator: Operator
    reference: str
    dwelling: str | None = None
    office: Office | None = None
    copy_sent_on: date | None = None
    reason: SettlementReason | WithdrawalReason | None = None
    told: bool = False
    ground: GroundCode = GroundCode.RENT_UNPAID
    petition_lodged: bool = False
    not_before: date | None = None
    held_until: date | None = None


@dataclass(frozen=True, slots=True)
class OfficeTenant:
    """A tenant in the office's view (CONTRACT § Office's view)."""

    name: str
    birth_date: date
    national_id: str | None = None
    phone: str | None = None
    email: str | None = None
    copy_dispatched_on: date | None = None


@dataclass(frozen=True, slots=True)
class OfficeLetter:
    """The notice itself, to an office without an integration, in the order of CONTRACT § Office's view.

    `recipient` is the office's postal address. `acknowledgement` is the code and link with which it confirms receipt.
    """

    language: Language
    rendered_on: date
    recipient: Recipient
    office: Office
    operator: Operator
    notice_id: str
    version: int
    tenants: tuple[OfficeTenant, ...]
    children_in_dwelling: bool
    dwelling: str
    debt: Debt
    balance_as_of: date | None
    ground: Ground
    prior_contact: PriorContact | None
    petition: Petition
    landlord: Party
    agent: Party | None
    reference: str
    acknowledgement: Access | None = None


@dataclass(frozen=True, slots=True)
class OfficeSecondLetter:
    """News of a notice that an office has by letter, or a statement of its tenant (she is `tenants`).

    `through`: how she said it. `sent_on`: None if uncertain. The wrong person is not named.
    """

    kind: SecondKind
    language: Language
    rendered_on: date
    recipient: Recipient
    office: Office
    operator: Operator
    notice_id: str
    version: int
    sent_on: date | None
    tenants: tuple[str, ...]
    dwelling: str | None
    landlord: str
    reference: str
    reason: SettlementReason | WithdrawalReason | None = None
    statement: Statement | None = None
    through: Through = Through.HOME
    elsewhere: tuple[tuple[Statement, Through], ...] = ()


@dataclass(frozen=True, slots=True)
class LandlordLetter:
    """A reservation made on the tenant's page, for the landlord, whom the law makes its addressee."""

    language: Language
    rendered_on: date
    recipient: Recipient
    operator: Operator
    tenant: str
    dwelling: str
    lease: str
    reserved_on: date
    reference: str


LetterContent = TenantCopy | SecondLetter | OfficeLetter | OfficeSecondLetter | LandlordLetter
