"""A published notice goes from one office to another: forwarded by the office, or taken over when one closes.

S stands, and so does a date that was confirmed (LAW, case 8). The landlord is told nothing: where a notice lies, and
above all that it lies with the office for protected people, is Nav's own business.
"""

from dataclasses import replace

import sqlalchemy as sa

from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.deliveries import service as copies
from varsling.deliveries.service import DeliveryKind, NotSent, SecondKind
from varsling.domain.events import Event, EventType
from varsling.domain.lifecycle import PUBLISHED
from varsling.domain.office import ForwardingReason, OfficeNumber
from varsling.domain.problems import Code, Fault, NoticeClosed, Problem, Refused
from varsling.feed import service as feed
from varsling.notices.events import named_office, office_event, receiving_office_of, still_told, write_to
from varsling.notices.locking import note, read_locked
from varsling.notices.schemas.changes import ForwardingShape
from varsling.notices.store import StoredNotice
from varsling.notices.tables import notice_versions
from varsling.notices.transitions.publish import publish, write_to_office
from varsling.privacy.audit import AuditAction, AuditRow, record


def forward(
    transaction: Transaction, context: Context, stored: StoredNotice, said: ForwardingShape, actor: str
) -> tuple[OfficeNumber | None, list[Event]]:
    """Do what an office said of a locked notice that it has: to whom it goes, and the events.

    Raises NoticeClosed, Refused (unknown-office), Problem (already-forwarded).
    """
    if stored.status not in PUBLISHED:
        raise NoticeClosed
    to = _meant(context, said)
    if to == receiving_office_of(transaction.connection, stored):
        raise Problem(Code.ALREADY_FORWARDED)
    events = hand_on(transaction, context, stored, to, said.reason.value, actor)
    told = to if said.reason is ForwardingReason.WRONG_AREA else None
    if told is not None and told != context.settings.protected_office:
        name_in_letters(transaction, stored, told)
    return to, events


def _meant(context: Context, said: ForwardingShape) -> OfficeNumber | None:
    """The office in use that is meant; one that has closed means the one that took over from it."""
    if said.office is None:
        return None
    found = context.offices.register.active_office(said.office)
    if found is None:
        raise Refused([Fault("/office", Code.UNKNOWN_OFFICE)])
    return found.number


def hand_on(
    transaction: Transaction,
    context: Context,
    stored: StoredNotice,
    to: OfficeNumber | None,
    reason: str,
    actor: str,
) -> list[Event]:
    """Give a locked published notice to another office, or (None) to a person who finds it; the events for both.

    The office that has it from now on is the one that fetches and opens it: what the former did is in the history.
    """
    connection, was = transaction.connection, receiving_office_of(transaction.connection, stored)
    feed.share_grants(transaction)
    connection.execute(
        sa.update(notice_versions)
        .where(notice_versions.c.notice_id == stored.id, notice_versions.c.version == stored.published_version)
        .values(receiving_office_number=to)
    )
    forwarded = note(transaction, stored, fetched_at=None, opened_at=None, forwarded_at=transaction.now)
    copies.cancel(transaction, stored.id, NotSent.FORWARDED, kinds=(DeliveryKind.OFFICE,))
    if to is not None and not feed.has_active_receiver(connection, to, transaction.now, context.settings):
        write_to_office(transaction, context, forwarded, to)
    facts = {"from": was, "to": to, "reason": reason}
    version = stored.published_version
    record(transaction, [AuditRow(AuditAction.NOTICE_FORWARDED, actor, stored.id, facts, version)])
    members = {"from_office": was, "to_office": to}
    told = [office_event(forwarded, EventType.NOTICE_FORWARDED, one, version, members) for one in (was, to) if one]
    # A newer version whose letter to the former office was just taken back, or that waited for an office, goes too.
    (newest,) = read_locked(transaction, context, [stored.id])
    return [*(replace(event, office=to) for event in told), *publish(transaction, context, newest)]


def name_in_letters(transaction: Transaction, stored: StoredNotice, office: OfficeNumber) -> None:
    """Name the office in all letters to tenants from now on, and write to those whose letter named another.

    Only where the register or the dwelling's area says so: where a tenant has moved to, and that one is protected, is
    told to nobody.
    """
    if named_office(transaction.connection, stored) == office:
        return
    transaction.connection.execute(
        sa.update(notice_versions)
        .where(notice_versions.c.notice_id == stored.id, notice_versions.c.version >= stored.published_version)
        .values(office_number=office)
    )
    tell_of_office(transaction, stored)


def tell_of_office(transaction: Transaction, stored: StoredNotice) -> None:
    """Write to the tenants whose letter named another office than the one that is named now."""
    write_to(transaction, stored, SecondKind.OFFICE_CHANGED, still_told(transaction.connection, stored))
