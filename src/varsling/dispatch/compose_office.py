"""The letters to an office: the notice itself, and what happened to it."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from varsling.deliveries.service import Addressee, Delivery, DeliveryKind
from varsling.dispatch.compose import (
    REASONS,
    Addressed,
    Sources,
    Unwritable,
    access_to,
    agent_party,
    debt,
    landlord,
    one_line,
    petition,
)
from varsling.domain.dates import oslo_date
from varsling.domain.lifecycle import CopyStatus
from varsling.domain.notice import Notice, Tenant
from varsling.domain.office import ReachedBy
from varsling.domain.tenant import CallWish, Consents, Dispute, Statement, Through, Wishes
from varsling.letters.content import (
    Language,
    Office,
    OfficeLetter,
    OfficeSecondLetter,
    OfficeTenant,
    Operator,
    Recipient,
    SecondKind,
)
from varsling.notices.service import dated
from varsling.offices.service import Office as RegisteredOffice
from varsling.tenants.service import Said


def compose_office_letter(delivery: Delivery, sources: Sources, notice: Notice) -> Addressed:
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
        recipient=_desk(office),
        office=Office(office.number, office.name, ReachedBy.LETTER.value),
        operator=Operator.of(sources.settings),
        notice_id=str(sources.stored.id),
        version=delivery.version,
        tenants=tuple(_tenant(said, dispatched.get(row.id)) for row, said in sources.stored.named),
        children_in_dwelling=bool(notice.children_in_dwelling),
        dwelling=one_line(notice.dwelling),
        debt=debt(notice),
        balance_as_of=dated(notice, sources.stored).breach.balance_as_of,
        ground=notice.ground,
        prior_contact=notice.prior_contact,
        petition=petition(sources, notice),
        landlord=landlord(notice),
        agent=agent_party(notice.agent),
        reference=notice.reference,
        acknowledgement=(access := access_to(sources, "o")),
    )
    return Addressed(letter, _addressee(office), access, office_number=office.number)


def _tenant(said: Tenant, dispatched_at: datetime | None) -> OfficeTenant:
    return OfficeTenant(
        name=said.name,
        birth_date=said.birth_date,
        national_id=said.national_id,
        phone=said.phone,
        email=said.email,
        copy_dispatched_on=None if dispatched_at is None else oslo_date(dispatched_at),
    )


def compose_office_second_letter(delivery: Delivery, sources: Sources, notice: Notice) -> Addressed:
    """Compose a second letter to an office that has the notice on paper. An integration's office reads it in its
    stream."""
    office, stored = sources.office, sources.stored
    if office is None or delivery.second is None:
        raise Unwritable
    # About the wrong person the letter says nothing more, not even to the office.
    named = delivery.second is not SecondKind.WRONG_PERSON
    said = _said(delivery, sources)
    statement = None if said is None else said.statement
    removed = delivery.second is SecondKind.TENANT_REMOVED
    about = (
        [said.name for said in notice.tenants if said.id == delivery.tenant_id]
        if removed
        else [said.name for row, said in stored.named if delivery.tenant_id in (None, row.id)]
    )
    letter = OfficeSecondLetter(
        kind=delivery.second,
        language=Language.NB,
        rendered_on=sources.today,
        recipient=_desk(office),
        office=Office(office.number, office.name, ReachedBy.LETTER.value),
        operator=Operator.of(sources.settings),
        notice_id=str(stored.id),
        version=delivery.version,
        sent_on=_first_sent_on(sources.siblings, office),
        tenants=tuple(about) if named else (),
        dwelling=one_line(notice.dwelling) if named else None,
        landlord=landlord(notice).name,
        reference=notice.reference,
        reason=REASONS.get(stored.reason or "") if statement is None else None,
        statement=statement,
        through=Through.HOME if said is None else said.through,
        elsewhere=tuple(
            (one.statement, one.through)
            for one in sources.statements.elsewhere
            if type(one.statement) is type(statement)
        ),
    )
    return Addressed(letter, _addressee(office), office_number=office.number)


_STATED: Mapping[SecondKind, type[Statement]] = {
    SecondKind.WANTS_CALL: CallWish,
    SecondKind.DISPUTES: Dispute,
    SecondKind.WISHES: Wishes,
    SecondKind.CONSENTS: Consents,
}


def _said(delivery: Delivery, sources: Sources) -> Said | None:
    """Find the statement that the letter passes on.

    Raises Unwritable if it is erased, the notice names her no more or has ended, or the office has it no more.
    """
    kind = _STATED.get(delivery.second) if delivery.second else None
    if kind is None:
        return None
    said, stored = sources.statements.of(kind), sources.stored
    theirs = stored.is_published and stored.receiving_office == delivery.office_number
    if said is None or not theirs or delivery.tenant_id not in {row.id for row, _ in stored.named}:
        raise Unwritable
    return said


def _first_sent_on(siblings: Collection[Delivery], office: RegisteredOffice) -> date | None:
    return next(
        (
            oslo_date(one.dispatched_at)
            for one in siblings
            if one.kind is DeliveryKind.OFFICE and one.dispatched_at and one.office_number == office.number
        ),
        None,
    )


def _addressee(office: RegisteredOffice) -> Addressee:
    return Addressee(office.name, organisation_number=office.organisation_number)


def _desk(office: RegisteredOffice) -> Recipient:
    """Give the office as addressee. The registers have no postal address of it: the printer uses the number."""
    return Recipient(office.name, (f"Org.nr. {office.organisation_number}",))
