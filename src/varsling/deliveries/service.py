"""Deliveries for the packages above: notices queue letters and take them back; dispatch sends them.

Both import this module, and no other of the package.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from varsling.database.changes import Transaction
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
from varsling.deliveries.conditions import (
    awaits_copy,
    awaits_office_letter,
    copied_since,
    office_may_have_letter,
    writes_to_office,
    wrote_to_office_before,
)
from varsling.deliveries.decisions import PauseChannel, ResumeChannel, RetryDeliveries, paused
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
from varsling.deliveries.sealed import open_letter, seal_letter
from varsling.deliveries.steps import Step, StepOutcome, log_steps, steps_of
from varsling.deliveries.store import (
    LEASE,
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
from varsling.deliveries.tables import deliveries
from varsling.deliveries.workers import Beat, Leave, Worker, seen_workers
from varsling.domain.language import AnswerLanguage
from varsling.domain.lifecycle import CopyStatus
from varsling.letters.content import Language, Operator, SecondKind
from varsling.letters.texts import TO_OFFICES, texts

__all__ = [
    "ATTEMPTS",
    "LEASE",
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
    "PauseChannel",
    "Permanent",
    "Place",
    "Places",
    "ReadableLetter",
    "RenewLease",
    "ResumeChannel",
    "Retry",
    "RetryDeliveries",
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
    "awaits_copy",
    "awaits_office_letter",
    "call_back",
    "channel_at",
    "channels_after",
    "close_code",
    "codes_of_copies",
    "codes_of_letters",
    "copied_since",
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
    "office_may_have_letter",
    "open_chains",
    "open_letter",
    "opened_letters",
    "paused",
    "postpone",
    "record_dispatches",
    "seal_letter",
    "second_letters_since",
    "seen_workers",
    "steps_of",
    "store_queued",
    "waiting",
    "waits_for",
    "writes_to_office",
    "wrote_to_office_before",
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
