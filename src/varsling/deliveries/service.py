"""What other features ask of copies: queue letters, take them back, tell how they stand."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.database.changes import Change, Transaction
from varsling.database.rows import insert_rows
from varsling.deliveries import store
from varsling.deliveries.office_codes import CodedLetter, close_code, letter_with_code
from varsling.deliveries.store import LETTER, Delivery, DeliveryId, DeliveryKind, NewDelivery, NotSent
from varsling.deliveries.tables import deliveries, letters, paused_channels
from varsling.domain.dates import oslo_date
from varsling.domain.language import AnswerLanguage
from varsling.domain.lifecycle import CopyStatus
from varsling.domain.problems import NotFound
from varsling.letters.content import Language, Operator, SecondKind
from varsling.letters.texts import texts
from varsling.privacy.audit import AuditAction, AuditRow, record
from varsling.privacy.cipher import Cipher

__all__ = [
    "CodedLetter",
    "Delivery",
    "DeliveryId",
    "DeliveryKind",
    "NewDelivery",
    "NotSent",
    "Operator",
    "ReadableLetter",
    "SecondKind",
    "close_code",
    "day_in",
    "letter_with_code",
]


_TO_TENANTS = (DeliveryKind.COPY.value, DeliveryKind.SECOND.value)


@dataclass(frozen=True, slots=True)
class CopyState:
    """How a tenant's newest copy stands; `version` is the notice's that it belongs to."""

    version: int
    status: CopyStatus
    dispatched_at: datetime | None


def day_in(language: AnswerLanguage, day: date) -> str:
    """A day as the letters of this language write it."""
    return texts(Language(language.value)).formats.day(day)


def queue(transaction: Transaction, new: Sequence[NewDelivery]) -> list[DeliveryId]:
    """Letters for the worker, due at once (a held one when released); their ids, in order."""
    return store.insert(transaction, new)


def cancel(
    transaction: Transaction,
    notice_id: UUID,
    reason: NotSent,
    *,
    versions: Collection[int] | None = None,
    tenants: Collection[UUID] | None = None,
    kinds: Collection[DeliveryKind] = (DeliveryKind.COPY, DeliveryKind.OFFICE),
) -> list[Delivery]:
    """Take back what is queued for a notice whose row the transaction has locked; what was taken back, as it stood.

    `may_have_arrived` of those tells whose letter was with a channel already: its reader needs a second letter.
    """
    standing = [
        one.id
        for one in store.of_notices(transaction.connection, [notice_id])
        if one.status is CopyStatus.QUEUED
        and one.kind in kinds
        and (versions is None or one.version in versions)
        and (tenants is None or one.tenant_id in tenants)
    ]
    if not standing:
        return []
    closed = store.close(transaction, standing, reason)
    record(transaction, [_not_sent(one, reason) for one in closed])
    return closed


def _not_sent(delivery: Delivery, reason: NotSent) -> AuditRow:
    copy = delivery.kind is DeliveryKind.COPY
    action = AuditAction.COPY_NOT_SENT if copy else AuditAction.LETTER_NOT_SENT
    facts = {"delivery": str(delivery.id), "kind": delivery.kind.value, "reason": reason.value}
    return AuditRow(action, "varsling", delivery.notice_id, facts, delivery.version)


def release(transaction: Transaction, notice_id: UUID) -> None:
    """Let the held deliveries of a notice go."""
    transaction.connection.execute(
        deliveries.update()
        .where(deliveries.c.notice_id == notice_id, store.QUEUED, deliveries.c.due_at == store.HELD)
        .values(due_at=transaction.now)
    )


def copies_of(connection: sa.Connection, notice_ids: Collection[UUID]) -> Mapping[UUID, Mapping[UUID, CopyState]]:
    """By notice and tenant: how her newest copy stands."""
    copies: defaultdict[UUID, dict[UUID, CopyState]] = defaultdict(dict)
    for one in store.of_notices(connection, notice_ids):
        if one.kind is not DeliveryKind.COPY or one.tenant_id is None:
            continue
        known = copies[one.notice_id].get(one.tenant_id)
        if known is None or known.version <= one.version:
            copies[one.notice_id][one.tenant_id] = CopyState(one.version, one.status, one.dispatched_at)
    return copies


def deliveries_of(connection: sa.Connection, notice_id: UUID) -> list[Delivery]:
    """Every delivery of a notice, oldest first."""
    return store.of_notices(connection, [notice_id])


def tenants_with_copy(connection: sa.Connection, notice_id: UUID, version: int) -> frozenset[UUID]:
    """The tenants whose copy of this version is recorded as dispatched (guarantee 3)."""
    query = sa.select(deliveries.c.tenant_id).where(
        deliveries.c.notice_id == notice_id,
        deliveries.c.version == version,
        deliveries.c.kind == DeliveryKind.COPY.value,
        deliveries.c.status == CopyStatus.DISPATCHED.value,
    )
    return frozenset(connection.scalars(query))


def notices_awaiting_copies() -> sa.Select[UUID]:
    """The notices of which a copy is still queued, for use within a query."""
    return sa.select(deliveries.c.notice_id).where(deliveries.c.kind == DeliveryKind.COPY.value, store.QUEUED)


def paused(connection: sa.Connection) -> frozenset[str]:
    """The channels that an operator has stopped."""
    return frozenset(connection.scalars(sa.select(paused_channels.c.channel)))


@dataclass(frozen=True, slots=True)
class Pause(Change[None]):
    """`copies pause`: this channel's letters wait, at no cost, until `copies resume`."""

    channel: str

    def apply(self, transaction: Transaction) -> None:
        insert_rows(
            transaction.connection,
            paused_channels,
            [{"channel": self.channel, "paused_at": transaction.now}],
            keep_existing=True,
        )
        _record_channel(transaction, AuditAction.CHANNEL_PAUSED, self.channel)


@dataclass(frozen=True, slots=True)
class Resume(Change[None]):
    """`copies resume`."""

    channel: str

    def apply(self, transaction: Transaction) -> None:
        transaction.connection.execute(paused_channels.delete().where(paused_channels.c.channel == self.channel))
        _record_channel(transaction, AuditAction.CHANNEL_RESUMED, self.channel)


def _record_channel(transaction: Transaction, action: AuditAction, channel: str) -> None:
    """A channel has a name and no id: the row's subject is the decision itself."""
    record(transaction, [AuditRow(action, "operator", uuid7(), {"channel": channel})])


@dataclass(frozen=True, slots=True)
class Retry(Change[int]):
    """`copies retry`: due at once, all attempts back; how many. Without an id, everything queued that failed before.

    One that ended as undeliverable stays so: its notice was told, and a new copy takes a new contact.
    """

    delivery_id: UUID | None = None

    def apply(self, transaction: Transaction) -> int:
        c = deliveries.c
        which = c.attempts > 0 if self.delivery_id is None else c.id == self.delivery_id
        update = deliveries.update().where(store.QUEUED, c.due_at < store.HELD, which)
        update = update.values(attempts=0, due_at=transaction.now).returning(c.id, c.notice_id)
        retried = transaction.connection.execute(update).all()
        rows = [
            AuditRow(AuditAction.COPY_RETRIED, "operator", row.notice_id, {"delivery": str(row.id)}) for row in retried
        ]
        record(transaction, rows)
        return len(retried)


def standing(connection: sa.Connection, *, limit: int = 100) -> list[Delivery]:
    """`copies list`: what is not dispatched yet, and what ended without, the longest waiting first."""
    open_or_failed = deliveries.c.status.in_([CopyStatus.QUEUED.value, CopyStatus.UNDELIVERABLE.value])
    query = sa.select(*store.COLUMNS).where(open_or_failed).order_by(deliveries.c.due_at, deliveries.c.id).limit(limit)
    return [store.delivery(row) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True)
class ReadableLetter:
    """A letter that a tenant got and that is kept. `copy`: it is her copy, and no letter after it."""

    id: UUID
    copy: bool
    sent_on: date


def letters_to(connection: sa.Connection, tenant_id: UUID) -> list[ReadableLetter]:
    """The letters to a tenant that went out, oldest first."""
    c = deliveries.c
    query = (
        sa.select(c.id, c.kind, c.dispatched_at)
        .join(letters, letters.c.delivery_id == c.id)
        .where(c.tenant_id == tenant_id, c.kind.in_(_TO_TENANTS), c.dispatched_at.is_not(None))
        .where(letters.c.pdf.is_not(None))
        .order_by(c.id)
    )
    return [
        ReadableLetter(row.id, row.kind == DeliveryKind.COPY, oslo_date(row.dispatched_at))
        for row in connection.execute(query)
    ]


def letter(connection: sa.Connection, cipher: Cipher, delivery_id: UUID) -> bytes:
    """The PDF of a letter as it went out. Raises NotFound where it is not kept."""
    kept = connection.scalar(sa.select(letters.c.pdf).where(letters.c.delivery_id == delivery_id))
    if kept is None:
        raise NotFound
    return cipher.decrypt(LETTER, delivery_id, kept)
