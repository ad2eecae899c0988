"""Publication to Nav and reception there: the only places at which an office comes to have a notice.

Each takes a notice locked by `lock_notice` and gives the events to append, as the transaction's last act, with
`feed.service.append`.
"""

from dataclasses import replace
from datetime import date, datetime

import sqlalchemy as sa
import structlog

from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.database.pauses import pause
from varsling.deliveries import service as copies
from varsling.deliveries.service import Delivery, DeliveryKind, NewDelivery, NotSent
from varsling.domain.dates import oslo_date
from varsling.domain.events import Event, EventType
from varsling.domain.lifecycle import OPEN, BlockedReason, CopyStatus, NoticeStatus, NoticeStep, after
from varsling.domain.office import OfficeNumber, ReachedBy
from varsling.domain.protection import Protection
from varsling.feed import service as feed
from varsling.notices.events import landlord_event, office_event, receiving_office_of
from varsling.notices.locking import note, redate, write
from varsling.notices.store import StoredNotice
from varsling.notices.tables import notice_versions
from varsling.notices.transitions.end import block
from varsling.notices.transitions.reservations import apply_reservations, reserved_tenants
from varsling.notices.transitions.statements import tell_said, write_what_was_said
from varsling.privacy.audit import AuditAction, AuditRow, record

_log = structlog.get_logger(__name__)

SYSTEM = "varsling"


def publish(transaction: Transaction, context: Context, stored: StoredNotice, actor: str = SYSTEM) -> list[Event]:
    """Publish the newest version if nothing stands in its way; call it after whatever may have been the last thing.

    In its way stand: a copy that is not recorded as dispatched (guarantee 3), a reservation (guarantee 4), a question
    for a person, an unknown office, a register of persons that has not answered. An office with an active integration
    has it from this commit on; to any other a letter is queued, whose dispatch is the publication. Without a channel
    for letters the notice waits for an integration.
    """
    if stored.status not in OPEN or stored.held_for is not None or stored.published_version == stored.version:
        return []
    applied = apply_reservations(transaction, context, stored, actor)
    pause("notice.reservations-checked")
    stored, events = applied.stored, applied.events
    office = _receiving_office(transaction.connection, context, stored)
    if applied.stopped or office is None or not _every_copy_dispatched(transaction.connection, stored):
        return events
    feed.share_grants(transaction)
    # By the way of the office that everybody sees, whichever has it: how and when must not tell where (guarantee 10).
    seen = stored.version_office or stored.office or office
    active = feed.has_active_receiver(transaction.connection, seen, transaction.now, context.settings)
    letters = _letters_under_way(transaction.connection, stored)
    if active and not any(one.may_have_arrived for one in letters):
        copies.cancel(transaction, stored.id, NotSent.PUBLISHED, kinds=(DeliveryKind.OFFICE,))
        return [*events, *_published(transaction, context, stored, office, ReachedBy.FEED, actor)]
    if not active and not letters and context.settings.office_channels:
        letter = NewDelivery(stored.id, stored.version, DeliveryKind.OFFICE, office_number=office)
        copies.queue(transaction, [letter])
    return events


def office_letter_may_go(
    transaction: Transaction, context: Context, stored: StoredNotice, version: int
) -> tuple[bool, list[Event]]:
    """Whether the letter to the office may still be handed over, and what to append.

    To be asked in the transaction that says that a channel may have it: from then on a reservation comes too late.
    """
    if stored.status not in OPEN:
        return False, []
    if version == stored.published_version:
        return _escalation_may_go(transaction, context, stored, version), []
    if version != stored.version:
        return False, []
    applied = apply_reservations(transaction, context, stored, SYSTEM)
    return not applied.stopped and applied.stored.status in OPEN, applied.events


def office_letter_dispatched(
    transaction: Transaction, context: Context, stored: StoredNotice, version: int
) -> list[Event]:
    """The office's letter is on its way for good: that is the publication of its version (LAW: S)."""
    if stored.status not in OPEN:
        return []
    if version == stored.published_version:  # escalated or forwarded: S stands, and so does what the landlord sees
        write_what_was_said(transaction, context, stored)
        return []
    office = _receiving_office(transaction.connection, context, stored)
    if version != stored.version or office is None:
        return []
    return _published(transaction, context, stored, office, ReachedBy.LETTER, SYSTEM)


def escalate(transaction: Transaction, context: Context, stored: StoredNotice) -> None:
    """An integration has not fetched what was published: its office gets it as a letter too (LAW, case 7)."""
    version, office = stored.published_version, receiving_office_of(transaction.connection, stored)
    if version is None or office is None:
        return
    letter = write_to_office(transaction, context, stored, office)
    record(transaction, [AuditRow(AuditAction.NOTICE_ESCALATED, SYSTEM, stored.id, {"letter": letter}, version)])
    # Not which office has it: a log must not tell that it is the one for protected people.
    _log.error("notice_not_fetched", notice=str(stored.id), letter=letter)


def write_to_office(transaction: Transaction, context: Context, stored: StoredNotice, office: OfficeNumber) -> bool:
    """Queue what is published as a letter to the office that has it; False where no channel takes such letters."""
    version = stored.published_version
    if version is None or not context.settings.office_channels:
        return False
    copies.queue(transaction, [NewDelivery(stored.id, version, DeliveryKind.OFFICE, office_number=office)])
    return True


def _escalation_may_go(transaction: Transaction, context: Context, stored: StoredNotice, version: int) -> bool:
    """Not after a fetch, which makes it needless, nor after a reservation that let the published notice stand.

    What one office handed on to another is Nav's own: a reservation that came after the landlord sent it does not keep
    it from the right one.
    """
    fetched = stored.fetched_at is not None or stored.opened_at is not None
    if not fetched and (
        stored.forwarded_at is not None or not reserved_tenants(transaction.connection, context, stored)
    ):
        return True
    reason = NotSent.RECEIVED if fetched else NotSent.RESERVED
    copies.cancel(transaction, stored.id, reason, kinds=(DeliveryKind.OFFICE,), versions={version})
    return False


def copy_undeliverable(transaction: Transaction, stored: StoredNotice) -> list[Event]:
    """The newest version's copy has no way left: an unpublished notice stops (LAW, case 6), a published one stands."""
    if stored.status is not NoticeStatus.ACCEPTED:
        return []
    return block(transaction, stored, BlockedReason.COPY_UNDELIVERABLE, SYSTEM)


def receive(
    transaction: Transaction,
    stored: StoredNotice,
    *,
    actor: str,
    fetched_at: datetime | None = None,
    opened_at: datetime | None = None,
    received_on: date | None = None,
) -> list[Event]:
    """The office has it: by a fetch, by an acknowledgement, or (`received_on`) by a letter's way.

    R is what comes first; a date that was once confirmed does not move any more.
    """
    seen = {
        name: instant
        for name, instant in (("fetched_at", fetched_at), ("opened_at", opened_at))
        if instant is not None and getattr(stored, name) is None
    }
    if seen:
        stored = note(transaction, stored, **seen, read_at=stored.read_at or transaction.now)
        record(transaction, [AuditRow(_SEEN[name], actor, stored.id, {}, stored.published_version) for name in seen])
    if stored.received_on is not None or stored.status not in OPEN or stored.sent_on is None:
        return []
    at = min(seen.values(), default=transaction.now)
    stored, moved = redate(
        transaction,
        stored,
        status=after(stored.status, NoticeStep.RECEIVE),
        received_at=at,
        received_on=max(received_on or oslo_date(at), stored.sent_on),
    )
    record(transaction, [AuditRow(AuditAction.NOTICE_RECEIVED, SYSTEM, stored.id, {}, stored.published_version)])
    return [landlord_event(stored, EventType.NOTICE_RECEIVED, stored.published_version), *moved]


_SEEN = {"fetched_at": AuditAction.NOTICE_FETCHED, "opened_at": AuditAction.NOTICE_OPENED}


def _receiving_office(connection: sa.Connection, context: Context, stored: StoredNotice) -> OfficeNumber | None:
    """Where the newest version goes: a published notice's newer versions to the office that has it.

    None while it is not known, be it by a person or by the register of persons.
    """
    if stored.published_version is not None:
        return receiving_office_of(connection, stored)
    named = stored.version_office or stored.office
    if named is None or (context.protections.asks and stored.protection is None):
        return None
    return OfficeNumber(context.settings.protected_office) if stored.protection is Protection.STRICT else named


def _every_copy_dispatched(connection: sa.Connection, stored: StoredNotice) -> bool:
    named = {tenant.id for tenant in stored.tenants if tenant.left_out_at is None}
    return bool(named) and named <= copies.tenants_with_copy(connection, stored.id, stored.version)


def _letters_under_way(connection: sa.Connection, stored: StoredNotice) -> list[Delivery]:
    return [
        one
        for one in copies.deliveries_of(connection, stored.id)
        if one.kind is DeliveryKind.OFFICE and one.version == stored.version and one.status is not CopyStatus.NOT_SENT
    ]


def _published(
    transaction: Transaction,
    context: Context,
    stored: StoredNotice,
    office: OfficeNumber,
    reached_by: ReachedBy,
    actor: str,
) -> list[Event]:
    """The version is with the office. Only a notice's first publication starts the clock (LAW, case 2)."""
    transaction.connection.execute(
        sa.update(notice_versions)
        .where(notice_versions.c.id == stored.version_id)
        .values(published_at=transaction.now, receiving_office_number=office)
    )
    first = stored.published_version is None
    kind = EventType.NOTICE_SENT if first else EventType.NOTICE_UPDATED
    moved: list[Event] = []
    if first:
        stored, moved = redate(
            transaction,
            stored,
            status=after(stored.status, NoticeStep.PUBLISH),
            sent_at=transaction.now,
            sent_on=oslo_date(transaction.now),
        )
    stored = write(transaction, stored, published_version=stored.version, reached_by=reached_by)
    stored = replace(stored, receiving_office=office)
    row = AuditRow(AuditAction.NOTICE_SENT, actor, stored.id, {"reached_by": reached_by.value}, stored.version)
    record(transaction, [row])
    if first and reached_by is ReachedBy.LETTER:
        write_what_was_said(transaction, context, stored)
    said = tell_said(transaction, context, stored) if first else []
    return [office_event(stored, kind, office), *said, landlord_event(stored, kind), *moved]
