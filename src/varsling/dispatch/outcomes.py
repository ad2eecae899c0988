"""Recording the outcome of a delivery: its row, and the consequences for its notice, in one transaction.

Locks are taken in the order of every change: landlords, deliveries, streams (guarantees 3 and 4). A worker that lost
the lease records nothing: another worker does, or the delivery was taken back.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from varsling.dispatch.consequences import End, follow
from varsling.domain.events import Event
from varsling.domain.lifecycle import CopyStatus
from varsling.domain.problems import Problem
from varsling.notices import service as notices
from varsling.notices.service import LockedNotice
from varsling.tenants.service import reopen_codes

_log = structlog.get_logger(__name__)

ATTEMPTS_SPENT = "attempts-spent"
OUTCOME_UNKNOWN = "outcome-unknown"
_TO_OFFICES = (DeliveryKind.OFFICE, DeliveryKind.OFFICE_SECOND)
_TO_TENANTS = (DeliveryKind.COPY, DeliveryKind.COPY_AGAIN, DeliveryKind.SECOND)


@dataclass(frozen=True, slots=True)
class Waits:
    """No attempt was spent: the channel is closed for `wait`, or (None) a person has to find the office.

    `may_have_arrived`: the channel could not be asked about an earlier hand-over.
    """

    wait: timedelta | None
    may_have_arrived: bool = False


@dataclass(frozen=True, slots=True)
class NothingToSend:
    """The content is erased, or belongs to an older version; or its reader has `opened` the copy before."""

    reason: str = "nothing-to-send"


Result = Dispatched | Duplicate | AwaitsConfirmation | Retry | Permanent | Unknown | Waits | NothingToSend


@dataclass(frozen=True, slots=True)
class TakeOfficeLetter(BatchCommand[Mapping[UUID, LockedNotice], bool]):
    """Say that a channel may have the office's letter from now on. False if a reservation or an end forbids it."""

    token: UUID
    delivery: Delivery

    @classmethod
    def lock(cls, transaction: Transaction, commands: Sequence[Self]) -> Mapping[UUID, LockedNotice]:
        ids = {command.delivery.notice_id for command in commands}
        locked = notices.lock_notices(transaction, commands[0].context, ids)
        notices.read_deliveries(transaction, locked)
        notices.read_tenants(transaction, locked)
        return {one.stored.id: one for one in locked}

    @classmethod
    def decide(
        cls, transaction: Transaction, locked: Mapping[UUID, LockedNotice], commands: Sequence[Self]
    ) -> Decision[Sequence[bool | Problem | Deferred]]:
        going: list[Self] = []
        events: list[Event] = []
        for command in commands:
            notice = locked.get(command.delivery.notice_id)
            if notice is None:
                continue
            may_go, told = notices.office_letter_may_go(notice, command.delivery.version)
            events += told
            if may_go:
                going.append(command)
        notices.store_changes(transaction, locked.values())
        taken = deliveries.hand_over(transaction, [(one.token, one.delivery.id) for one in going])
        return Decision([one.delivery.id in taken for one in commands], events)


class _Locked(NamedTuple):
    """The deliveries that the workers' leases still cover, and their notices by id."""

    ours: frozenset[DeliveryId]
    notices: Mapping[UUID, LockedNotice]


@dataclass(frozen=True, slots=True)
class RecordResult(BatchCommand[_Locked, bool]):
    """Record how a delivery went. Answers whether it was still this worker's to record.

    `channel` is where the letter went, `following` the next in its chain. `on_paper` is the next that brings paper, if
    this one does not. With `replaced` the letter could not show a character.
    """

    token: UUID
    delivery: Delivery
    result: Result
    channel: str
    following: str | None
    on_paper: str | None = None
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
        ends = [
            End(one.delivery, status, one.channel, one.on_paper, one.replaced)
            for one in ours
            if (status := _settle(transaction, one)) is not None
        ]
        by_notice: defaultdict[UUID, list[End]] = defaultdict(list)
        for end in ends:
            by_notice[end.delivery.notice_id].append(end)
        ended = [locked.notices[notice_id] for notice_id in sorted(by_notice)]
        _reopen_codes(transaction, ends)
        notices.read_deliveries(transaction, ended)  # as they stand now that all results are written
        notices.read_tenants(transaction, ended)
        events = [event for one in ended for event in follow(one, by_notice[one.stored.id])]
        notices.store_changes(transaction, ended)
        return Decision([command.delivery.id in locked.ours for command in commands], events)


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


def _reopen_codes(transaction: Transaction, ends: Sequence[End]) -> None:
    """A tenant whose new letter is on its way may try the code of its address again."""
    sent = [one.delivery.id for one in ends if one.status is CopyStatus.DISPATCHED and one.delivery.kind in _TO_TENANTS]
    if sent:
        reopen_codes(transaction, deliveries.codes_of_letters(sent))


def _settle(transaction: Transaction, one: RecordResult) -> CopyStatus | None:
    """Write the delivery's row. Gives the status that it ended with; None if it goes on."""
    end = None
    match one.result:
        case Dispatched() | Duplicate():
            end = CopyStatus.DISPATCHED  # written for all letters of the batch at once
        case NothingToSend(reason):
            end = CopyStatus.NOT_SENT
            deliveries.finish(transaction, one.delivery.id, end, handed_over_at=None, reason=reason)
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
        case AwaitsConfirmation(after, reference):
            due_at = deliveries.next_check(now, delivery.created_at, after)
            named = {} if reference is None else {"confirmation": reference}
            deliveries.postpone(transaction, delivery.id, due_at, channel=one.channel, **named)
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
    if one.following is None:
        deliveries.finish(transaction, delivery.id, CopyStatus.UNDELIVERABLE, reason=reason, channel=one.channel)
        return CopyStatus.UNDELIVERABLE
    deliveries.postpone(transaction, delivery.id, transaction.now, next_channel=one.following, attempts=0)
    return None
