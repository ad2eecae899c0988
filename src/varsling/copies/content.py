"""What a letter says, from a stored notice: each tenant's letters from what was said about her and the lease alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import assert_never

from varsling.copies.letters.content import (
    Access,
    Debt,
    Language,
    LetterContent,
    Office,
    OfficeLetter,
    OfficeTenant,
    Operator,
    Party,
    Petition,
    Recipient,
    SecondKind,
    SecondLetter,
    TenantCopy,
    letter_language,
)
from varsling.copies.store import Delivery, DeliveryKind
from varsling.domain.dates import notice_dates, oslo_date
from varsling.domain.dwelling import Dwelling
from varsling.domain.lifecycle import CopyStatus, SettlementReason, WithdrawalReason
from varsling.domain.notice import Agent, Contact, Notice, PostalAddress, Tenant
from varsling.domain.office import ReachedBy
from varsling.notices.service import StoredNotice
from varsling.offices.service import Office as RegisteredOffice
from varsling.settings import Settings

_TOLD = {reason.value: reason for reason in (*SettlementReason, *WithdrawalReason)}


class Unwritable(Exception):
    """There is nothing to write any more: the content is erased, or the delivery is of an older version."""


class OfficeUnknown(Exception):
    """The letter would name the office, which a person has still to find."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What one letter is made of.

    `siblings` are all deliveries of the notice, `code` the tenant's own, `today` Oslo's. `office` is the version's.
    """

    settings: Settings
    stored: StoredNotice
    siblings: Sequence[Delivery]
    office: RegisteredOffice | None
    code: str | None
    today: date


@dataclass(frozen=True, slots=True)
class Addressed:
    """A letter's content with what its envelope needs."""

    content: LetterContent
    access: Access | None = None
    office_number: str | None = None
    organisation_number: str | None = None

    @property
    def address(self) -> tuple[str, ...]:
        return (self.content.recipient.name, *self.content.recipient.lines)


def write(delivery: Delivery, sources: Sources) -> Addressed:
    """The letter of a delivery. Raises Unwritable where there is none any more."""
    notice = sources.stored.notice
    if notice is None:
        raise Unwritable
    match delivery.kind:
        case DeliveryKind.COPY:
            return _tenant_copy(delivery, sources, notice)
        case DeliveryKind.SECOND:
            return _second_letter(delivery, sources, notice)
        case DeliveryKind.OFFICE:
            return _office_letter(delivery, sources, notice)
        case _:
            assert_never(delivery.kind)


def _tenant_copy(delivery: Delivery, sources: Sources, notice: Notice) -> Addressed:
    tenant = _tenant(delivery, sources, notice)
    access = _access(sources)
    if access is None or delivery.version != sources.stored.content_version:
        raise Unwritable
    if sources.office is None:
        raise OfficeUnknown
    copy = TenantCopy(
        language=letter_language(tenant.language),
        rendered_on=sources.today,
        recipient=_recipient(tenant, notice),
        landlord=landlord(notice),
        agent=_agent(notice.agent),
        operator=operator(sources.settings),
        office=_office(sources, sources.office),
        dwelling=one_line(notice.dwelling),
        ground=notice.ground.code,
        warning_sent_on=notice.warning_sent_on,
        debt=_debt(notice),
        petition=_petition(sources, notice),
        other_tenants=tuple(said.name for row, said in sources.stored.named if row.id != tenant.id),
        children_in_dwelling=bool(notice.children_in_dwelling),
        identity_number_given=tenant.national_id is not None,
        phone=tenant.phone,
        email=tenant.email,
        reference=notice.reference,
        access=access,
        update=any(_is_copy_of(one, tenant) and one.version < delivery.version for one in sources.siblings),
    )
    return Addressed(copy, access)


def _second_letter(delivery: Delivery, sources: Sources, notice: Notice) -> Addressed:
    if delivery.second is None:
        raise Unwritable
    tenant = _tenant(delivery, sources, notice)
    copies = [one for one in sources.siblings if _is_copy_of(one, tenant)]
    # The wrong person has no business on another's page.
    access = None if delivery.second is SecondKind.WRONG_PERSON else _access(sources)
    letter = SecondLetter(
        kind=delivery.second,
        language=letter_language(tenant.language),
        rendered_on=sources.today,
        recipient=_recipient(tenant, notice),
        landlord=landlord(notice),
        operator=operator(sources.settings),
        reference=notice.reference,
        dwelling=one_line(notice.dwelling),
        office=_office(sources, sources.office) if sources.office and sources.stored.sent_at else None,
        copy_sent_on=oslo_date(copies[-1].dispatched_at or copies[-1].created_at) if copies else None,
        reason=_TOLD.get(sources.stored.reason or ""),
        access=access,
    )
    return Addressed(letter, access)


def _office_letter(delivery: Delivery, sources: Sources, notice: Notice) -> Addressed:
    office = sources.office
    if office is None or delivery.version != sources.stored.content_version:
        raise Unwritable
    dispatched = {
        one.tenant_id: one.dispatched_at
        for one in sources.siblings
        if one.kind is DeliveryKind.COPY and one.version == delivery.version and one.status is CopyStatus.DISPATCHED
    }
    letter = OfficeLetter(
        language=Language.NB,
        rendered_on=sources.today,
        # The registers have no postal address of an office: the printer looks it up by the number.
        recipient=Recipient(office.name, (f"Org.nr. {office.organisation_number}",)),
        office=Office(office.number, office.name, ReachedBy.LETTER.value),
        operator=operator(sources.settings),
        notice_id=str(sources.stored.id),
        version=delivery.version,
        tenants=tuple(
            OfficeTenant(
                name=said.name,
                birth_date=said.birth_date,
                national_id=said.national_id,
                phone=said.phone,
                email=said.email,
                copy_dispatched_on=oslo_date(at) if (at := dispatched.get(row.id)) else None,
            )
            for row, said in sources.stored.named
        ),
        children_in_dwelling=bool(notice.children_in_dwelling),
        dwelling=one_line(notice.dwelling),
        debt=_debt(notice),
        ground=notice.ground.code,
        warning_sent_on=notice.warning_sent_on,
        petition=_petition(sources, notice),
        landlord=landlord(notice),
        agent=_agent(notice.agent),
        reference=notice.reference,
    )
    return Addressed(letter, office_number=office.number, organisation_number=office.organisation_number)


def operator(settings: Settings) -> Operator:
    """Who sends the letters; production names it in full, a trial says that it is one."""
    return Operator(
        settings.operator_name or "Varsling (prøve)",
        settings.operator_kind,
        settings.operator_address or "Prøveveien 1, 0001 Prøvested",
        settings.operator_phone or "00 00 00 00",
        settings.operator_dpo_contact or "personvern@varsling.example",
    )


def landlord(notice: Notice) -> Party:
    said = notice.landlord
    name = said.name or said.contact.name or f"Org.nr. {said.organisation_number}"
    return _party(name, said.contact)


def one_line(dwelling: Dwelling) -> str:
    """A dwelling as text: "Sannergata 1 B, H0201, 0557 Oslo"."""
    return ", ".join((*_street_lines(dwelling), _place(dwelling)))


def _street_lines(dwelling: Dwelling) -> tuple[str, ...]:
    street = " ".join(part for part in (dwelling.street, dwelling.house_number, dwelling.house_letter) if part)
    return tuple(part for part in (street, dwelling.unit_number) if part)


def _place(dwelling: Dwelling) -> str:
    return " ".join(part for part in (dwelling.postal_code, dwelling.city) if part)


def _recipient(tenant: Tenant, notice: Notice) -> Recipient:
    if tenant.postal_address is not None:
        return Recipient(tenant.name, _lines(tenant.postal_address))
    return Recipient(tenant.name, (", ".join(_street_lines(notice.dwelling)), _place(notice.dwelling)))


def _lines(address: PostalAddress) -> tuple[str, ...]:
    country = () if address.country == "NO" else (address.country,)
    return (*address.lines, f"{address.postal_code} {address.city}", *country)


def _tenant(delivery: Delivery, sources: Sources, notice: Notice) -> Tenant:
    """Whom the letter is to. One who was left out meanwhile still gets a second letter, and no copy."""
    named = {row.id for row, _ in sources.stored.named}
    for tenant in notice.tenants:
        if tenant.id == delivery.tenant_id and (delivery.kind is DeliveryKind.SECOND or tenant.id in named):
            return tenant
    raise Unwritable


def _is_copy_of(delivery: Delivery, tenant: Tenant) -> bool:
    return delivery.kind is DeliveryKind.COPY and delivery.tenant_id == tenant.id and delivery.may_have_arrived


def _access(sources: Sources) -> Access | None:
    if sources.code is None:
        return None
    page = f"{sources.settings.public_url}/t"
    return Access(sources.code, f"{page}/{sources.code}", page.partition("://")[2])


def _office(sources: Sources, office: RegisteredOffice) -> Office:
    reached_by = sources.stored.reached_by or ReachedBy.LETTER
    return Office(office.number, office.name, reached_by.value)


def _debt(notice: Notice) -> Debt:
    return Debt(
        claims=notice.breach.claims,
        deposited=notice.breach.deposited,
        outstanding_total=notice.breach.outstanding_total,
        account_number=notice.payment.account_number,
        kid=notice.payment.kid,
    )


def _petition(sources: Sources, notice: Notice) -> Petition:
    """The recommended date if the notice were sent on the day of rendering: a lower bound, as dates only move later."""
    stored = sources.stored
    dates = stored.dates
    if stored.sent_on is None and sources.today > stored.assumed_sent_on:
        dates = notice_dates(
            assumed_sent_on=sources.today, warning_sent_on=stored.warning_sent_on, rule_version=stored.rule_version
        )
    return Petition(
        not_before=dates.petition.recommended,
        rule_version=dates.rule_version,
        planned=notice.planned_petition_date,
        filed_on=notice.petition_filed_on,
    )


def _agent(agent: Agent | None) -> Party | None:
    return None if agent is None else _party(agent.name, agent.contact)


def _party(name: str, contact: Contact) -> Party:
    address = _lines(contact.postal_address) if contact.postal_address else ()
    return Party(name, contact.phone, contact.email, address)
