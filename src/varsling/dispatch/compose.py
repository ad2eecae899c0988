"""The sources of letters, and how a notice's facts go into them: for tenants' and offices' letters alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from varsling.deliveries.service import Addressee, Delivery
from varsling.domain.dates import notice_dates
from varsling.domain.dwelling import Dwelling, place_name
from varsling.domain.lifecycle import SettlementReason, WithdrawalReason
from varsling.domain.notice import Agent, Contact, Notice, PostalAddress
from varsling.domain.office import ReachedBy
from varsling.letters.content import Access, Debt, LetterContent, Office, Party, Petition
from varsling.notices.service import StoredNotice
from varsling.offices.service import Office as RegisteredOffice
from varsling.settings import Settings
from varsling.tenants.service import Statements

REASONS = {reason.value: reason for reason in (*SettlementReason, *WithdrawalReason)}


class Unwritable(Exception):
    """There is nothing to write any more: the content is erased, or the delivery belongs to an older version."""


class Bounces(Exception):
    """The letter is for a test person whose copies no channel delivers."""


class OfficeUnknown(Exception):
    """The letter would name the office, which a person has still to find."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of one letter.

    `siblings` are all deliveries of the notice. `code` is the office letter's, or that of the tenant's address, which
    has the id `code_id`; `code_known`: a copy has brought it to her. `today` is Oslo's date. `office` belongs to the
    version. `statements` are the tenant's statements to her office.
    """

    settings: Settings
    stored: StoredNotice
    siblings: Sequence[Delivery]
    office: RegisteredOffice | None
    code: str | None
    today: date
    code_id: UUID | None = None
    code_known: bool = False
    statements: Statements = Statements()  # noqa: RUF009  (it is frozen)


@dataclass(frozen=True, slots=True)
class Addressed:
    """The content of a letter, with the data of its envelope. On `page` it can be read with a code from before."""

    content: LetterContent
    to: Addressee
    access: Access | None = None
    page: str | None = None
    office_number: str | None = None

    @property
    def address(self) -> tuple[str, ...]:
        return (self.content.recipient.name, *self.content.recipient.lines)


def access_to(sources: Sources, page: str) -> Access | None:
    """Give the code and its page ("t" a tenant's, "o" an office's); None once the code is erased."""
    if sources.code is None:
        return None
    address = f"{sources.settings.public_url}/{page}"
    return Access(sources.code, f"{address}/{sources.code}", address.partition("://")[2], address)


def landlord(notice: Notice) -> Party:
    said = notice.landlord
    name = said.shown_name or said.contact.name or f"Org.nr. {said.organisation_number}"
    return party(name, said.contact)


def one_line(dwelling: Dwelling) -> str:
    """Write a dwelling as text: "Sannergata 1 B, H0201, 0557 Oslo"."""
    return ", ".join((*street_lines(dwelling), place(dwelling)))


def street_lines(dwelling: Dwelling) -> tuple[str, ...]:
    street = " ".join(part for part in (dwelling.street, dwelling.house_number, dwelling.house_letter) if part)
    unit = dwelling.unit_number
    if unit is not None and unit in (dwelling.extra_line or ""):  # "Leilighet H0201" says it already
        unit = None
    return tuple(part for part in (dwelling.extra_line, street, unit) if part)


def place(dwelling: Dwelling) -> str:
    return " ".join(part for part in (dwelling.postal_code, place_name(dwelling.city or "")) if part)


def lines(address: PostalAddress) -> tuple[str, ...]:
    country = () if address.country == "NO" else (address.country,)
    return (*address.lines, f"{address.postal_code} {place_name(address.city)}", *country)


def named_office(sources: Sources, office: RegisteredOffice) -> Office:
    reached_by = sources.stored.reached_by or ReachedBy.LETTER
    return Office(office.number, office.name, reached_by.value)


def debt(notice: Notice) -> Debt:
    return Debt(
        claims=notice.breach.claims,
        deposited=notice.breach.deposited,
        outstanding_total=notice.breach.outstanding_total,
        account_number=notice.payment.account_number,
        kid=notice.payment.kid,
    )


def petition(sources: Sources, notice: Notice) -> Petition:
    """Give the recommended date if the notice were sent on the day of rendering: a lower bound, as dates only move
    later."""
    stored = sources.stored
    dates = stored.dates
    if stored.sent_on is None and sources.today > stored.assumed_sent_on:
        dates = notice_dates(
            assumed_sent_on=sources.today, warning_sent_on=stored.warning_sent_on, rule_version=stored.rule_version
        )
    said = notice.petition
    return Petition(
        not_before=None if said.is_lodged else dates.later.recommended,
        rule_version=dates.rule_version,
        planned=said.planned_on,
        filed_on=said.filed_on if said.is_lodged else None,
        withdrawn=(said.filed_on, said.withdrawn_on) if said.filed_on and said.withdrawn_on else None,
        held_until=said.held_until,
    )


def agent_party(agent: Agent | None) -> Party | None:
    return None if agent is None else party(agent.shown_name, agent.contact)


def party(name: str, contact: Contact) -> Party:
    address = lines(contact.postal_address) if contact.postal_address else ()
    return Party(name, contact.phone, contact.email, address)
