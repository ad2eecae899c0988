"""Recording the outcome of a delivery: its row, and the consequences for its notice, in one transaction.

Locks are taken in the order of every change: landlords, deliveries, streams (guarantees 3 and 4). A worker that lost
the lease records nothing: another worker does, or the delivery was taken back.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, NamedTuple, Self, assert_never
from uuid import UUID

import structlog

from varsling.command_base import BatchCommand, Decision
from varsling.database.changes import Deferred, Transaction
from varsling.deliveries import service as deliveries
from varsling.deliveries.service import (
    AwaitsConfirmation,
    Delivery,
    DeliveryId,
    DeliveryKind,
    Dispatch,
    Dispatched,
    Duplicate,
    Permanent,
    Retry,
    Step,
    StepOutcome,
    Unknown,
)
from varsling.domain.actor import Actor
from varsling.domain.events import Event, EventType
from varsling.domain.lifecycle import CopyStatus
from varsling.domain.problems import Problem
from varsling.domain.remarks import Remark
from varsling.notices import service as notices
from varsling.notices.service import LockedNotice, NoticeCommand, StoredNotice
from varsling.privacy.audit import AuditAction, AuditRow
from varsling.tenants.service import reopen_codes

_log = structlog.get_logger(__name__)

ATTEMPTS_SPENT = "attempts-spent"
OUTCOME_UNKNOWN = "outcome-unknown"
_TO_OFFICES = (DeliveryKind.OFFICE, DeliveryKind.OFFICE_SECOND)
_TO_TENANTS = (DeliveryKind.COPY, DeliveryKind.SECOND)
_NOTHING_TO_SEND = "nothing-to-send"


@dataclass(frozen=True, slots=True)
class Waits:
    """No attempt was spent: the channel is closed for `wait`, or (None) a person has to find the office.

    `may_have_arrived`: the channel could not be asked about an earlier hand-over.
    """

    wait: timedelta | None
    may_have_arrived: bool = False


@dataclass(frozen=True, slots=True)
class NothingToSend:
    """The content is erased, or belongs to an older version."""


Result = Dispatched | Duplicate | AwaitsConfirmation | Retry | Permanent | Unknown | Waits | NothingToSend


@dataclass(frozen=True, slots=True)
class TakeOfficeLetter(NoticeCommand[bool]):
    """Say that a channel may have the office's letter from now on. False if a reservation or an end forbids it."""

    token: UUID
    delivery: Delivery

    def decide(self, locked: LockedNotice) -> Decision[bool]:
        may_go, events = notices.office_letter_may_go(locked, self.delivery.version)
        taken = may_go and deliveries.hand_over(locked.transaction, self.token, self.delivery.id)
        return Decision(taken, events)


class _Locked(NamedTuple):
    """The deliveries that the workers' leases still cover, and their notices by id."""

    ours: frozenset[DeliveryId]
    notices: Mapping[UUID, LockedNotice]


@dataclass(frozen=True, slots=True)
class RecordResult(BatchCommand[_Locked, bool]):
    """Record how a delivery went. Answers whether it was still this worker's to record.

    `channel` is where the letter went; `last` tells that no other channel follows it. With `replaced` the letter could
    not show a character.
    """

    token: UUID
    delivery: Delivery
    result: Result
    channel: str
    last: bool
    replaced: bool = False

    batch_limit: ClassVar[int] = 64

    @classmethod
    def lock(cls, transaction: Transaction, commands: Sequence[Self]) -> _Locked:
        """Lock the landlords of all notices before the first delivery."""
        ids = {command.delivery.notice_id for command in commands}
        locked = notices.lock_notices(transaction, commands[0].context, ids)
        ours: set[DeliveryId] = set()
        for token in sorted({command.token for command in commands}):
            held = [one.delivery.id for one in commands if one.token == token]
            ours |= deliveries.lock_leased(transaction, token, held).keys()
        return _Locked(frozenset(ours), {one.stored.id: one for one in locked})

    @classmethod
    def decide(
        cls, transaction: Transaction, locked: _Locked, commands: Sequence[Self]
    ) -> Decision[Sequence[bool | Problem | Deferred]]:
        ours = [command for command in commands if command.delivery.id in locked.ours]
        deliveries.record_dispatches(transaction, [*_dispatches(ours)])
        deliveries.log_steps(transaction, [*_steps(ours)])
        ends = [_End(one, status) for one in ours if (status := _settle(transaction, one)) is not None]
        by_notice: defaultdict[UUID, list[_End]] = defaultdict(list)
        for end in ends:
            by_notice[end.result.delivery.notice_id].append(end)
        ended = [locked.notices[notice_id] for notice_id in sorted(by_notice)]
        _reopen_codes(transaction, ends)
        notices.read_deliveries(transaction, ended)  # as they stand now that all results are written
        events = [event for one in ended for event in _follow(one, by_notice[one.stored.id])]
        notices.store_changes(transaction, ended)
        return Decision([command.delivery.id in locked.ours for command in commands], events)


class _End(NamedTuple):
    """A delivery that has ended, and how."""

    result: RecordResult
    status: CopyStatus


def _dispatches(results: Iterable[RecordResult]) -> Iterator[Dispatch]:
    for one in results:
        if isinstance(one.result, Dispatched | Duplicate):
            yield Dispatch(one.delivery.id, one.channel, one.result.confirmation)


def _steps(results: Iterable[RecordResult]) -> Iterator[Step]:
    """Tell what stands nowhere else: a letter's end stands in its row, and waiting again is no step."""
    for one in results:
        match one.result:
            case AwaitsConfirmation() if one.delivery.channel != one.channel:
                yield Step(one.delivery.id, one.channel, StepOutcome.HANDED_OVER, None)
            case Retry(reason):
                yield Step(one.delivery.id, one.channel, StepOutcome.FAILED, reason)
            case Unknown(reason):
                yield Step(one.delivery.id, one.channel, StepOutcome.UNKNOWN, reason)
            case Permanent(reason):
                yield Step(one.delivery.id, one.channel, StepOutcome.REFUSED, reason)
            case _:
                pass


def _reopen_codes(transaction: Transaction, ends: Sequence[_End]) -> None:
    """A tenant whose new letter is on its way may try the code of its address again."""
    sent = [
        one.result.delivery.id
        for one in ends
        if one.status is CopyStatus.DISPATCHED and one.result.delivery.kind in _TO_TENANTS
    ]
    if sent:
        reopen_codes(transaction, deliveries.codes_of_letters(sent))


def _follow(locked: LockedNotice, ends: Sequence[_End]) -> list[Event]:
    """Log how the letters of a notice ended, tell the landlord, and do what follows for the notice."""
    events: list[Event] = []
    for end in ends:
        locked.audit.append(_audit_row(end.result, end.status))
        events += landlord_told(locked.stored, end.result.delivery, end.status)
    if any(end.result.replaced for end in ends):
        remarks = notices.distinct((*locked.stored.remarks, Remark.NAME_CHARACTERS_REPLACED))
        locked.update(remarks=remarks)
    kinds = {(end.result.delivery.kind, end.result.delivery.version, end.status) for end in ends}
    return [*events, *_published_or_stopped(locked, kinds)]


def _published_or_stopped(
    locked: LockedNotice, ends: Collection[tuple[DeliveryKind, int, CopyStatus]]
) -> Sequence[Event]:
    """Publish the notice after its last copy or its office's letter; stop it after an undeliverable copy."""
    newest, published = locked.stored.version, locked.stored.published_version
    if (DeliveryKind.COPY, newest, CopyStatus.UNDELIVERABLE) in ends:
        return notices.stop_for_undeliverable_copy(locked)
    if (DeliveryKind.COPY, newest, CopyStatus.DISPATCHED) in ends:
        return notices.publish(locked)
    for version in (newest, published):
        if version is not None and (DeliveryKind.OFFICE, version, CopyStatus.DISPATCHED) in ends:
            return notices.office_letter_dispatched(locked, version)
    notice = str(locked.stored.id)
    if any(kind in _TO_OFFICES and status is CopyStatus.UNDELIVERABLE for kind, _, status in ends):
        _log.error("office_letter_undeliverable", notice=notice)
    if any(kind is DeliveryKind.LANDLORD and status is CopyStatus.UNDELIVERABLE for kind, _, status in ends):
        _log.error("landlord_letter_undeliverable", notice=notice)  # the tenant's own message has not reached him
    return []


def landlord_told(stored: StoredNotice, delivery: Delivery, status: CopyStatus) -> list[Event]:
    """Make the event that tells the landlord of a copy, with the tenant's id. Other letters make none."""
    if delivery.kind is not DeliveryKind.COPY or status is CopyStatus.NOT_SENT:
        return []
    dispatched = status is CopyStatus.DISPATCHED
    kind = EventType.COPY_DISPATCHED if dispatched else EventType.COPY_UNDELIVERABLE
    return [notices.landlord_event(stored, kind, delivery.version, {"tenant": str(delivery.tenant_id)})]


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
    return AuditRow(action, Actor.WORKER, delivery.notice_id, facts, delivery.version)


def _settle(transaction: Transaction, one: RecordResult) -> CopyStatus | None:
    """Write the delivery's row. Gives the status that it ended with; None if it goes on."""
    end = None
    match one.result:
        case Dispatched() | Duplicate():
            end = CopyStatus.DISPATCHED  # written for all letters of the batch at once
        case NothingToSend():
            end = CopyStatus.NOT_SENT
            deliveries.finish(transaction, one.delivery.id, end, handed_over_at=None, reason=_NOTHING_TO_SEND)
        case Permanent(reason):
            end = _next_channel(transaction, one, reason)
        case Retry() if one.delivery.attempts + 1 >= deliveries.ATTEMPTS:
            end = _next_channel(transaction, one, ATTEMPTS_SPENT)
        case AwaitsConfirmation() | Retry() | Unknown() | Waits():
            _wait(transaction, one, one.result)
        case _:
            assert_never(one.result)
    return end


def _wait(transaction: Transaction, one: RecordResult, result: AwaitsConfirmation | Retry | Unknown | Waits) -> None:
    delivery, now = one.delivery, transaction.now
    failed = delivery.attempts + 1
    match result:
        case AwaitsConfirmation(after):
            due_at = deliveries.next_check(now, delivery.created_at, after)
            deliveries.postpone(transaction, delivery.id, due_at, channel=one.channel)
        case Unknown(_, after):
            # Never on to the next channel: this one may have it.
            due_at = deliveries.after_unknown(now, failed, after)
            deliveries.postpone(transaction, delivery.id, due_at, attempts=failed)
        case Retry():
            deliveries.call_back(transaction, [delivery.id])
            deliveries.postpone(transaction, delivery.id, deliveries.after_failure(now, failed), attempts=failed)
        case Waits(wait, may_have_arrived):
            if not may_have_arrived:
                deliveries.call_back(transaction, [delivery.id])
            deliveries.postpone(transaction, delivery.id, None if wait is None else now + wait)
        case _:
            assert_never(result)


def _next_channel(transaction: Transaction, one: RecordResult, reason: str) -> CopyStatus | None:
    delivery = one.delivery
    deliveries.call_back(transaction, [delivery.id])
    if one.last:
        deliveries.finish(transaction, delivery.id, CopyStatus.UNDELIVERABLE, reason=reason, channel=one.channel)
        return CopyStatus.UNDELIVERABLE
    deliveries.postpone(transaction, delivery.id, transaction.now, channel_index=delivery.channel_index + 1, attempts=0)
    return None
