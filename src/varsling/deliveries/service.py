"""Deliveries for the packages above: notices queue letters and take them back; dispatch sends them.

Both import this module, and no other of the package.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.database.bulk import insert_rows
from varsling.database.changes import Change, Transaction
from varsling.deliveries import store
from varsling.deliveries.breaker import Breaker
from varsling.deliveries.channels.altinn import AltinnChannel
from varsling.deliveries.channels.chains import Chains, channel_at, channels_after, open_chains
from varsling.deliveries.channels.channel import (
    Addressee,
    AwaitsConfirmation,
    CannotTell,
    Channel,
    ChannelRefuses,
    Dispatched,
    Duplicate,
    Outcome,
    Parcel,
    Permanent,
    Retry,
    SlowDown,
    Unknown,
)
from varsling.deliveries.leases import (
    Dispatch,
    KeepLetters,
    Place,
    Places,
    RenewLease,
    ReturnDeliveries,
    TakeDeliveries,
    any_due,
    call_back,
    finish,
    hand_over,
    lock_leased,
    postpone,
    record_dispatches,
)
from varsling.deliveries.office_codes import CodedLetter, MakeOfficeCodes, close_code, letter_with_code, office_codes_of
from varsling.deliveries.outbox import Outbox, store_queued
from varsling.deliveries.readable import (
    ReadableLetter,
    codes_of_copies,
    codes_of_letters,
    letter,
    letters_to,
    mark_opened,
    opened_letters,
)
from varsling.deliveries.retries import ATTEMPTS, after_failure, after_unknown, next_check
from varsling.deliveries.steps import Step, StepOutcome, log_steps, steps_of
from varsling.deliveries.store import (
    LEASE,
    LETTER,
    OPENED,
    RETURNED,
    Delivery,
    DeliveryId,
    DeliveryKind,
    HurryDelivery,
    LetterToKeep,
    NewDelivery,
    NotSent,
    Waiting,
    find,
    kept_letters,
    mark_returned,
    number_queued,
    of_notices,
    second_letters_since,
    waiting,
    waits_for,
)
from varsling.deliveries.tables import deliveries, paused_channels
from varsling.deliveries.workers import Beat, Leave, Worker, seen_workers
from varsling.domain.actor import Actor
from varsling.domain.language import AnswerLanguage
from varsling.domain.lifecycle import CopyStatus
from varsling.letters.content import Language, Operator, SecondKind
from varsling.letters.texts import TO_OFFICES, texts
from varsling.privacy import audit
from varsling.privacy.audit import AuditAction, AuditRow

__all__ = [
    "ATTEMPTS",
    "LEASE",
    "LETTER",
    "OPENED",
    "RETURNED",
    "TO_OFFICES",
    "Addressee",
    "AltinnChannel",
    "AwaitsConfirmation",
    "Beat",
    "Breaker",
    "CannotTell",
    "Chains",
    "Channel",
    "ChannelRefuses",
    "CodedLetter",
    "Delivery",
    "DeliveryId",
    "DeliveryKind",
    "Dispatch",
    "Dispatched",
    "Duplicate",
    "HurryDelivery",
    "KeepLetters",
    "Leave",
    "LetterToKeep",
    "MakeOfficeCodes",
    "NewDelivery",
    "NotSent",
    "Operator",
    "Outbox",
    "Outcome",
    "Parcel",
    "Permanent",
    "Place",
    "Places",
    "ReadableLetter",
    "RenewLease",
    "Retry",
    "ReturnDeliveries",
    "SecondKind",
    "SlowDown",
    "Step",
    "StepOutcome",
    "TakeDeliveries",
    "Unknown",
    "Waiting",
    "Worker",
    "after_failure",
    "after_unknown",
    "any_due",
    "call_back",
    "channel_at",
    "channels_after",
    "close_code",
    "codes_of_copies",
    "codes_of_letters",
    "day_in",
    "find",
    "finish",
    "hand_over",
    "kept_letters",
    "letter",
    "letter_with_code",
    "letters_to",
    "lock_leased",
    "log_steps",
    "mark_opened",
    "mark_returned",
    "next_check",
    "number_queued",
    "of_notices",
    "office_codes_of",
    "open_chains",
    "opened_letters",
    "postpone",
    "record_dispatches",
    "second_letters_since",
    "seen_workers",
    "steps_of",
    "store_queued",
    "waiting",
    "waits_for",
]


@dataclass(frozen=True, slots=True)
class CopyState:
    """The state of a tenant's newest copy. `version` is the notice's version that it belongs to."""

    version: int
    status: CopyStatus
    dispatched_at: datetime | None


def day_in(language: AnswerLanguage, day: date) -> str:
    """Write a day as the letters of this language do."""
    return texts(Language(language.value)).formats.day(day)


def queue(transaction: Transaction, new: Sequence[NewDelivery]) -> None:
    """Queue letters for the worker, due at once (one that is held, when it is released)."""
    store.insert(transaction, [store.made(transaction, one) for one in new])


def copy_states(letters: Iterable[Delivery]) -> Mapping[UUID, Mapping[UUID, CopyState]]:
    """Give the state of each tenant's newest copy, by notice and tenant. The deliveries come oldest first.

    A copy of an update that was never sent does not hide the one that she has.
    """
    states: defaultdict[UUID, dict[UUID, CopyState]] = defaultdict(dict)
    for one in letters:
        if one.kind is not DeliveryKind.COPY or one.tenant_id is None:
            continue
        known = states[one.notice_id].get(one.tenant_id)
        hides = known is not None and known.status is CopyStatus.DISPATCHED and one.status is CopyStatus.NOT_SENT
        if known is None or (known.version <= one.version and not hides):
            states[one.notice_id][one.tenant_id] = CopyState(one.version, one.status, one.dispatched_at)
    return states


def notices_awaiting_copies() -> sa.Select[UUID]:
    """Select the notices with a queued copy, for use within a query."""
    return sa.select(deliveries.c.notice_id).where(deliveries.c.kind == DeliveryKind.COPY.value, store.QUEUED)


def paused(connection: sa.Connection) -> frozenset[str]:
    """Give the channels that an operator has paused."""
    return frozenset(connection.scalars(sa.select(paused_channels.c.channel)))


@dataclass(frozen=True, slots=True)
class PauseChannel(Change[None]):
    """`copies pause`: the channel's letters wait, at no cost, until `copies resume`."""

    channel: str

    def apply(self, transaction: Transaction) -> None:
        insert_rows(
            transaction.connection,
            paused_channels,
            [{"channel": self.channel, "paused_at": transaction.now}],
            keep_existing=True,
        )
        _log_channel(transaction, AuditAction.CHANNEL_PAUSED, self.channel)


@dataclass(frozen=True, slots=True)
class ResumeChannel(Change[None]):
    """`copies resume`: the channel's letters go on."""

    channel: str

    def apply(self, transaction: Transaction) -> None:
        transaction.connection.execute(paused_channels.delete().where(paused_channels.c.channel == self.channel))
        _log_channel(transaction, AuditAction.CHANNEL_RESUMED, self.channel)


def _log_channel(transaction: Transaction, action: AuditAction, channel: str) -> None:
    """Log a decision about a channel. A channel has a name and no id, so the decision is the row's subject."""
    audit.log(transaction, [AuditRow(action, Actor.OPERATOR, uuid7(), {"channel": channel})])


@dataclass(frozen=True, slots=True)
class RetryDeliveries(Change[int]):
    """`copies retry`: make deliveries due at once, with all attempts. Answers their number.

    Without an id it takes every queued delivery that failed before. An undeliverable one stays so: its notice was told,
    and a new copy requires new contact data.
    """

    delivery_id: UUID | None = None

    def apply(self, transaction: Transaction) -> int:
        c = deliveries.c
        which = c.attempts > 0 if self.delivery_id is None else c.id == self.delivery_id
        update = deliveries.update().where(store.QUEUED, c.due_at.is_not(None), which)
        update = update.values(attempts=0, due_at=transaction.now).returning(c.id, c.notice_id)
        retried = transaction.connection.execute(update).all()
        rows = [
            AuditRow(AuditAction.COPY_RETRIED, Actor.OPERATOR, row.notice_id, {"delivery": str(row.id)})
            for row in retried
        ]
        audit.log(transaction, rows)
        return len(retried)


def unfinished(connection: sa.Connection, *, limit: int = 100) -> list[Delivery]:
    """`copies list`: give the deliveries that are queued or undeliverable, the longest waiting first."""
    open_or_failed = deliveries.c.status.in_([CopyStatus.QUEUED.value, CopyStatus.UNDELIVERABLE.value])
    query = (
        sa.select(*store.COLUMNS)
        .where(open_or_failed)
        .order_by(deliveries.c.due_at.nulls_last(), deliveries.c.id)
        .limit(limit)
    )
    return [store.delivery(row) for row in connection.execute(query)]
