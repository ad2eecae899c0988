"""How a pass over a letter is recorded: the delivery's row, and what follows for its notice, in one transaction.

The locks go in the order of every change: landlords, deliveries, streams (guarantees 3 and 4). Who has lost the
lease records nothing: another worker does, or the delivery was taken back.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self, assert_never
from uuid import UUID

import structlog

from varsling.context import Context
from varsling.database.changes import BatchChange, Change, Transaction
from varsling.deliveries import retries, store
from varsling.deliveries.channels.channel import Accepted, Dispatched, Duplicate, Permanent, Retry, Unknown
from varsling.deliveries.leases import LEASE, call_back, finish, held, lock_held, postpone
from varsling.deliveries.store import Delivery, DeliveryId, DeliveryKind
from varsling.deliveries.tables import deliveries
from varsling.domain.events import Event, EventType
from varsling.domain.lifecycle import CopyStatus
from varsling.domain.remarks import Remark
from varsling.feed import service as feed
from varsling.notices import service as notices
from varsling.notices.service import StoredNotice, landlord_event, lock_landlords_of, lock_notice, write
from varsling.privacy.audit import AuditAction, AuditRow, record
from varsling.tenants.service import open_again

_log = structlog.get_logger(__name__)

WORKER = "worker"
_ATTEMPTS_SPENT = "attempts-spent"
_TO_OFFICES = (DeliveryKind.OFFICE, DeliveryKind.OFFICE_SECOND)
_TO_TENANTS = (DeliveryKind.COPY, DeliveryKind.SECOND)
_NOTHING_TO_SEND = "nothing-to-send"


@dataclass(frozen=True, slots=True)
class Waits:
    """Nothing was spent: the channel is closed for `wait`, or (None) a person has to find the office.

    `may_have_arrived`: it could not be asked about an earlier hand-over.
    """

    wait: timedelta | None
    may_have_arrived: bool = False


@dataclass(frozen=True, slots=True)
class NothingToSend:
    """The content is erased, or of an older version."""


Result = Dispatched | Duplicate | Accepted | Retry | Permanent | Unknown | Waits | NothingToSend


@dataclass(frozen=True, slots=True)
class TakeOfficeLetter(Change[bool]):
    """Say that a channel may have the office's letter from now on; False where a reservation or an end forbids it."""

    context: Context
    token: UUID
    delivery: Delivery

    def apply(self, transaction: Transaction) -> bool:
        stored = lock_notice(transaction, self.context, self.delivery.notice_id)
        version = self.delivery.version
        may_go, events = notices.office_letter_may_go(transaction, self.context, stored, version)
        taken = False
        if may_go:
            update = deliveries.update().where(held(self.token), deliveries.c.id == self.delivery.id)
            update = update.values(handed_over=True, leased_until=transaction.now + LEASE)
            taken = transaction.connection.execute(update).rowcount == 1
        feed.append(transaction, events)
        return taken


@dataclass(frozen=True, slots=True)
class RecordResult(BatchChange[bool]):
    """Record how a delivery went; whether it was still this worker's to record.

    `channel` is where it went, `last` whether no other channel follows it. `replaced`: the letter could not show a
    character.
    """

    context: Context
    token: UUID
    delivery: Delivery
    result: Result
    channel: str
    last: bool
    replaced: bool = False

    batch_limit: ClassVar[int] = 64

    @classmethod
    def apply_all(cls, transaction: Transaction, changes: Sequence[Self]) -> Sequence[bool]:
        by_notice: defaultdict[UUID, list[Self]] = defaultdict(list)
        for change in changes:
            by_notice[change.delivery.notice_id].append(change)
        lock_landlords_of(transaction, by_notice)  # all of them before the first delivery
        ours: set[DeliveryId] = set()
        for token in sorted({change.token for change in changes}):
            ours |= lock_held(transaction, token, [one.delivery.id for one in changes if one.token == token]).keys()
        events: list[Event] = []
        for notice_id in sorted(by_notice):
            events += _record(transaction, [one for one in by_notice[notice_id] if one.delivery.id in ours])
        feed.append(transaction, events)
        return [change.delivery.id in ours for change in changes]


def _record(transaction: Transaction, results: Sequence[RecordResult]) -> list[Event]:
    """The results of one notice's deliveries, and what follows for the notice once all of them are written."""
    if not results:
        return []
    ended = {one.delivery.id: _settle(transaction, one) for one in results}
    if not any(ended.values()):
        return []
    context = results[0].context
    stored = lock_notice(transaction, context, results[0].delivery.notice_id)
    events: list[Event] = []
    for one in results:
        status = ended[one.delivery.id]
        if status is not None:
            if status is CopyStatus.DISPATCHED and one.delivery.kind in _TO_TENANTS and one.delivery.tenant_id:
                open_again(transaction, [one.delivery.tenant_id])
            record(transaction, [_audit_row(one, status)])
            events += landlord_told(stored, one.delivery, status)
    if any(one.replaced for one in results):
        remarks = tuple(dict.fromkeys((*stored.remarks, Remark.NAME_CHARACTERS_REPLACED)))
        stored = write(transaction, stored, remarks=remarks)
    return [*events, *_follow(transaction, context, stored, {(d.kind, d.version, s) for d, s in _ends(results, ended)})]


def _ends(
    results: Sequence[RecordResult], ended: dict[DeliveryId, CopyStatus | None]
) -> list[tuple[Delivery, CopyStatus]]:
    return [(one.delivery, status) for one in results if (status := ended[one.delivery.id]) is not None]


def _follow(
    transaction: Transaction,
    context: Context,
    stored: StoredNotice,
    ends: set[tuple[DeliveryKind, int, CopyStatus]],
) -> list[Event]:
    """What the ends of a notice's deliveries mean for it: published, stopped, or nothing."""
    newest = stored.version
    if (DeliveryKind.COPY, newest, CopyStatus.UNDELIVERABLE) in ends:
        return notices.copy_undeliverable(transaction, stored)
    if (DeliveryKind.COPY, newest, CopyStatus.DISPATCHED) in ends:
        return notices.publish(transaction, context, stored)
    for version in (newest, stored.published_version):
        if version is not None and (DeliveryKind.OFFICE, version, CopyStatus.DISPATCHED) in ends:
            return notices.office_letter_dispatched(transaction, context, stored, version)
    if any(kind in _TO_OFFICES and status is CopyStatus.UNDELIVERABLE for kind, _, status in ends):
        _log.error("office_letter_undeliverable", notice=str(stored.id))
    if any(kind is DeliveryKind.LANDLORD and status is CopyStatus.UNDELIVERABLE for kind, _, status in ends):
        _log.error("landlord_letter_undeliverable", notice=str(stored.id))  # he has not had what she wrote to him
    return []


def landlord_told(stored: StoredNotice, delivery: Delivery, status: CopyStatus) -> list[Event]:
    """The landlord hears of each copy, and whose it is by the id that the answer gave her; of no other letter."""
    if delivery.kind is not DeliveryKind.COPY or status is CopyStatus.NOT_SENT:
        return []
    dispatched = status is CopyStatus.DISPATCHED
    kind = EventType.COPY_DISPATCHED if dispatched else EventType.COPY_UNDELIVERABLE
    return [landlord_event(stored, kind, delivery.version, {"tenant": str(delivery.tenant_id)})]


_ACTIONS = {
    (True, CopyStatus.DISPATCHED): AuditAction.COPY_DISPATCHED,
    (True, CopyStatus.UNDELIVERABLE): AuditAction.COPY_UNDELIVERABLE,
    (True, CopyStatus.NOT_SENT): AuditAction.COPY_NOT_SENT,
    (False, CopyStatus.DISPATCHED): AuditAction.LETTER_DISPATCHED,
    (False, CopyStatus.UNDELIVERABLE): AuditAction.LETTER_UNDELIVERABLE,
    (False, CopyStatus.NOT_SENT): AuditAction.LETTER_NOT_SENT,
}


def _audit_row(result: RecordResult, status: CopyStatus) -> AuditRow:
    delivery = result.delivery
    facts = {
        "delivery": str(delivery.id),
        "kind": delivery.kind.value,
        "channel": result.channel,
        "tenant": str(delivery.tenant_id) if delivery.tenant_id else None,
    }
    action = _ACTIONS[delivery.kind is DeliveryKind.COPY, status]
    return AuditRow(action, WORKER, delivery.notice_id, facts, delivery.version)


def _settle(transaction: Transaction, one: RecordResult) -> CopyStatus | None:
    """Write the delivery's row; the status that it ended with, None where it goes on."""
    end = None
    match one.result:
        case Dispatched(confirmation) | Duplicate(confirmation):
            end = CopyStatus.DISPATCHED
            sent = {"handed_over": True, "dispatched_at": transaction.now, "confirmation": confirmation}
            finish(transaction, one.delivery.id, end, channel=one.channel, **sent)
        case NothingToSend():
            end = CopyStatus.NOT_SENT
            finish(transaction, one.delivery.id, end, handed_over=False, reason=_NOTHING_TO_SEND)
        case Permanent(reason):
            end = _next_channel(transaction, one, reason)
        case Retry() | Unknown() if one.delivery.attempts + 1 >= retries.ATTEMPTS:
            end = _next_channel(transaction, one, _ATTEMPTS_SPENT)
        case Accepted() | Retry() | Unknown() | Waits():
            _wait(transaction, one, one.result)
        case _:
            assert_never(one.result)
    return end


def _wait(transaction: Transaction, one: RecordResult, result: Accepted | Retry | Unknown | Waits) -> None:
    delivery, now = one.delivery, transaction.now
    failed = delivery.attempts + 1
    match result:
        case Accepted():
            postpone(transaction, delivery.id, retries.next_check(now, delivery.created_at), channel=one.channel)
        case Unknown():
            postpone(transaction, delivery.id, retries.after_unknown(now), attempts=failed)
        case Retry():
            call_back(transaction, [delivery.id])
            postpone(transaction, delivery.id, retries.after_failure(now, failed), attempts=failed)
        case Waits(wait, may_have_arrived):
            if not may_have_arrived:
                call_back(transaction, [delivery.id])
            postpone(transaction, delivery.id, store.HELD if wait is None else now + wait)
        case _:
            assert_never(result)


def _next_channel(transaction: Transaction, one: RecordResult, reason: str) -> CopyStatus | None:
    delivery = one.delivery
    call_back(transaction, [delivery.id])
    if one.last:
        finish(transaction, delivery.id, CopyStatus.UNDELIVERABLE, reason=reason, channel=one.channel)
        return CopyStatus.UNDELIVERABLE
    postpone(transaction, delivery.id, transaction.now, channel_index=delivery.channel_index + 1, attempts=0)
    return None
