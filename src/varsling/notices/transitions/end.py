"""How a notice ends: settled, withdrawn, blocked, lapsed. Each takes a locked notice and gives the events to append."""

import structlog

from varsling.database.changes import Transaction
from varsling.deliveries import service as copies
from varsling.deliveries.service import DeliveryKind, NotSent, SecondKind
from varsling.domain.events import Event, EventType
from varsling.domain.lifecycle import BlockedReason, NoticeStep, SettlementReason, WithdrawalReason, after
from varsling.notices.events import (
    landlord_event,
    office_event,
    receiving_office_of,
    still_told,
    write_to,
    write_to_offices,
)
from varsling.notices.locking import write
from varsling.notices.store import StoredNotice
from varsling.privacy.audit import AuditAction, AuditRow, record

_log = structlog.get_logger(__name__)


def settle(transaction: Transaction, stored: StoredNotice, reason: SettlementReason, actor: str) -> list[Event]:
    """The breach is gone: before the first dispatch nothing goes out, after it whoever was told of it is told this."""
    return _end(
        transaction,
        stored,
        NoticeStep.SETTLE,
        reason.value,
        EventType.NOTICE_SETTLED,
        not_sent=NotSent.SETTLED,
        second=SecondKind.SETTLED,
        row=AuditRow(AuditAction.NOTICE_SETTLED, actor, stored.id, {"reason": reason.value}, stored.version),
        delete=False,
    )


def withdraw(transaction: Transaction, stored: StoredNotice, reason: WithdrawalReason, actor: str) -> list[Event]:
    """The notice is taken back. Where the reason closes the content, nobody can read it from this commit on."""
    if reason is WithdrawalReason.WRONG_PERSON:
        # GDPR art. 33: personal data may have reached an office that has nothing to do with them.
        _log.warning("notice_about_wrong_person", notice=str(stored.id), published=stored.published_version is not None)
    return _end(
        transaction,
        stored,
        NoticeStep.WITHDRAW,
        reason.value,
        EventType.NOTICE_WITHDRAWN,
        not_sent=NotSent.RESERVED if reason is WithdrawalReason.RESERVED else NotSent.WITHDRAWN,
        second=SecondKind.WRONG_PERSON if reason is WithdrawalReason.WRONG_PERSON else SecondKind.WITHDRAWN,
        row=AuditRow(AuditAction.NOTICE_WITHDRAWN, actor, stored.id, {"reason": reason.value}, stored.version),
        delete=reason.closes_content,
    )


def block(transaction: Transaction, stored: StoredNotice, reason: BlockedReason, actor: str) -> list[Event]:
    """An unpublished notice stops: no office ever gets it, and whoever has a copy is told so."""
    return _end(
        transaction,
        stored,
        NoticeStep.BLOCK,
        reason.value,
        EventType.NOTICE_BLOCKED,
        not_sent=NotSent.RESERVED if reason is BlockedReason.TENANT_RESERVED else NotSent.BLOCKED,
        second=SecondKind.NOT_PUBLISHED,
        row=AuditRow(AuditAction.NOTICE_BLOCKED, actor, stored.id, {"reason": reason.value}, stored.version),
        delete=False,
    )


def lapse(transaction: Transaction, stored: StoredNotice, actor: str) -> list[Event]:
    """Nothing was heard of it for so long that it says nothing any more."""
    return _end(
        transaction,
        stored,
        NoticeStep.LAPSE,
        None,
        EventType.NOTICE_LAPSED,
        not_sent=NotSent.LAPSED,
        second=None if stored.published_version is not None else SecondKind.NOT_PUBLISHED,
        row=AuditRow(AuditAction.NOTICE_LAPSED, actor, stored.id, {}, stored.version),
        delete=None,
    )


def _end(
    transaction: Transaction,
    stored: StoredNotice,
    step: NoticeStep,
    reason: str | None,
    event: EventType,
    *,
    not_sent: NotSent,
    second: SecondKind | None,
    row: AuditRow,
    delete: bool | None,
) -> list[Event]:
    """Take back what is queued, tell the tenants who were told of the notice, and the office if it has it."""
    status = after(stored.status, step)
    copies.cancel(transaction, stored.id, not_sent, kinds=(DeliveryKind.COPY, DeliveryKind.OFFICE))
    if second is not None:
        write_to(transaction, stored, second, still_told(transaction.connection, stored))
        if second is not SecondKind.NOT_PUBLISHED:
            write_to_offices(transaction, stored, second)
    ended = write(transaction, stored, status=status, reason=reason, held_for=None, closed_at=transaction.now)
    record(transaction, [row])
    members = {} if delete is None else {"reason": reason, "delete": delete}
    events = [landlord_event(ended, event, members=members)]
    office = receiving_office_of(transaction.connection, stored)
    if office is not None:
        events.append(office_event(ended, event, office, stored.published_version, members))
    return events
