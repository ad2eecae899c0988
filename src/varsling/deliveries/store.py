"""Rows of deliveries: what is queued, how it stands, and how it ends. How a worker changes a row: `leases`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, NewType
from uuid import UUID

import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.database.changes import Change, Transaction
from varsling.deliveries.tables import deliveries, letters, paused_channels
from varsling.domain.lifecycle import CopyStatus
from varsling.letters.content import SecondKind

LEASE = timedelta(seconds=30)

OPENED = "opened"
"""Why a copy on paper is not sent: its reader has opened the one before."""
RETURNED = "returned"
"""Why a dispatched letter did not arrive: it came back."""

DeliveryId = NewType("DeliveryId", UUID)


class DeliveryKind(StrEnum):
    COPY = "copy"
    COPY_AGAIN = "copy_again"
    """The copy on paper, of one that lies unopened in an inbox."""
    SECOND = "second"
    OFFICE = "office"
    OFFICE_SECOND = "office_second"
    LANDLORD = "landlord"


class NotSent(StrEnum):
    """The reason why a queued delivery is not sent any more."""

    NEWER_VERSION = "newer_version"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"
    RESERVED = "reserved"
    BLOCKED = "blocked"
    LAPSED = "lapsed"
    PUBLISHED = "published"
    RECEIVED = "received"
    FORWARDED = "forwarded"
    RETURNED = "returned_copy"


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A letter to send.

    It goes to a tenant (copy, second letter), to an office (the notice, or what became of it), or to a landlord (a
    tenant's reservation). With `held` it is due never, until it is released. `not_before` is the earliest instant.
    `next_channel` is the channel that it starts from; None: the first of its chain.
    """

    notice_id: UUID
    version: int
    kind: DeliveryKind
    tenant_id: UUID | None = None
    office_number: str | None = None
    second: SecondKind | None = None
    held: bool = False
    not_before: datetime | None = None
    next_channel: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One letter on its way, as stored.

    Since `handed_over_at` a channel may have it, whatever the status says. `resends` counts how often it was sent again
    although the channel could not tell whether it had it. `due_at` is None for a letter that is due never:
    it waits for a person.
    """

    id: DeliveryId
    notice_id: UUID
    version: int
    kind: DeliveryKind
    second: SecondKind | None
    tenant_id: UUID | None
    office_number: str | None
    status: CopyStatus
    reason: str | None
    channel: str | None
    next_channel: str | None
    attempts: int
    handed_over_at: datetime | None
    resends: int
    due_at: datetime | None
    lease_token: UUID | None
    leased_until: datetime | None
    created_at: datetime
    dispatched_at: datetime | None
    confirmation: str | None

    @property
    def handed_over(self) -> bool:
        return self.handed_over_at is not None

    @property
    def handed_over_for(self) -> timedelta:
        """How long before its lease was taken the letter was handed over."""
        if self.handed_over_at is None or self.leased_until is None:
            return timedelta()
        return self.leased_until - LEASE - self.handed_over_at

    @property
    def may_have_arrived(self) -> bool:
        return self.handed_over or self.status is CopyStatus.DISPATCHED


COLUMNS = tuple(deliveries.c[field.name] for field in fields(Delivery))
QUEUED = deliveries.c.status == CopyStatus.QUEUED


def delivery(row: sa.Row[tuple[object, ...]]) -> Delivery:
    """Build a delivery of a row of COLUMNS."""
    values = dict(row._mapping)  # noqa: SLF001  (public API despite its name)
    values["kind"] = DeliveryKind(values["kind"])
    values["second"] = SecondKind(values["second"]) if values["second"] else None
    values["status"] = CopyStatus(values["status"])
    return Delivery(**values)


def made(transaction: Transaction, new: NewDelivery) -> Delivery:
    """The row of a new delivery, for `insert`."""
    now = transaction.now
    return Delivery(
        id=DeliveryId(uuid7()),
        notice_id=new.notice_id,
        version=new.version,
        kind=new.kind,
        second=new.second,
        tenant_id=new.tenant_id,
        office_number=new.office_number,
        status=CopyStatus.QUEUED,
        reason=None,
        channel=None,
        next_channel=new.next_channel,
        attempts=0,
        handed_over_at=None,
        resends=0,
        due_at=None if new.held else max(new.not_before or now, now),
        lease_token=None,
        leased_until=None,
        created_at=now,
        dispatched_at=None,
        confirmation=None,
    )


def insert(transaction: Transaction, new: Sequence[Delivery]) -> None:
    """Queue new deliveries."""
    rows = [{name: getattr(one, name) for name in _INSERTED} for one in new]
    transaction.insert(deliveries, [_as_stored(row) for row in rows])


_INSERTED = (
    "id",
    "notice_id",
    "version",
    "kind",
    "second",
    "tenant_id",
    "office_number",
    "status",
    "next_channel",
    "attempts",
    "resends",
    "due_at",
    "created_at",
)


def _as_stored(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.value if isinstance(value, StrEnum) else value for name, value in row.items()}


def release(transaction: Transaction, notice_id: UUID) -> None:
    """Make the deliveries of a notice due that were due never."""
    due = deliveries.update().where(deliveries.c.notice_id == notice_id, QUEUED, deliveries.c.due_at.is_(None))
    transaction.connection.execute(due.values(due_at=transaction.now))


def of_notices(connection: sa.Connection, notice_ids: Collection[UUID]) -> list[Delivery]:
    """Give every delivery of these notices, oldest first."""
    query = sa.select(*COLUMNS).where(deliveries.c.notice_id.in_(notice_ids)).order_by(deliveries.c.id)
    return [delivery(row) for row in connection.execute(query)]


def second_letters_since(
    connection: sa.Connection, notice_id: UUID, tenant_id: UUID, second: SecondKind, since: datetime
) -> int:
    """Count the second letters of a kind that were queued for a notice's tenant since then."""
    c = deliveries.c
    hers = sa.and_(c.notice_id == notice_id, c.tenant_id == tenant_id, c.second == second.value, c.created_at > since)
    return connection.execute(sa.select(sa.func.count()).where(hers)).scalar_one()


def waits_for(connection: sa.Connection, channel: str, reference: str) -> bool:
    """Tell whether a letter waits for the confirmation of what a channel calls so."""
    return connection.execute(sa.select(deliveries.c.id).where(_awaited(channel, reference))).first() is not None


@dataclass(frozen=True, slots=True)
class HurryDelivery(Change[None]):
    """Ask a channel now for the confirmation of what it calls so: it has told that there is news."""

    channel: str
    reference: str

    def apply(self, transaction: Transaction) -> None:
        awaited = sa.and_(_awaited(self.channel, self.reference), deliveries.c.due_at > transaction.now)
        transaction.connection.execute(deliveries.update().where(awaited).values(due_at=transaction.now))


def _awaited(channel: str, reference: str) -> sa.ColumnElement[bool]:
    c = deliveries.c
    return sa.and_(QUEUED, c.confirmation == reference, c.next_channel == channel, c.handed_over_at.is_not(None))


def number_queued(connection: sa.Connection, kind: DeliveryKind) -> int:
    return connection.scalar(sa.select(sa.func.count()).where(QUEUED, deliveries.c.kind == kind.value)) or 0


def find(connection: sa.Connection, delivery_id: UUID) -> Delivery | None:
    row = connection.execute(sa.select(*COLUMNS).where(deliveries.c.id == delivery_id)).first()
    return None if row is None else delivery(row)


def mark_returned(transaction: Transaction, delivery_id: UUID, reason: str) -> None:
    """End a dispatched delivery whose letter came back."""
    returned = {"status": CopyStatus.UNDELIVERABLE.value, "reason": reason, "handed_over_at": None}
    transaction.connection.execute(deliveries.update().where(deliveries.c.id == delivery_id).values(returned))


class LetterToKeep(NamedTuple):
    """A letter as rendered, encrypted, with the code of the tenant's address that it goes to."""

    encrypted: bytes
    code_id: UUID | None


def kept_letters(
    connection: sa.Connection, changed_at: Mapping[DeliveryId, datetime]
) -> Mapping[DeliveryId, LetterToKeep]:
    """Give the letters that were written before and not before their notice's last change.

    An older one may name a tenant who has reserved since. No channel has it, or it would not be asked for.
    """
    query = sa.select(letters).where(letters.c.delivery_id.in_(changed_at), letters.c.pdf.is_not(None))
    return {
        row.delivery_id: LetterToKeep(row.pdf, row.code_id)
        for row in connection.execute(query)
        if row.rendered_at >= changed_at[row.delivery_id]
    }


def close(transaction: Transaction, ids: Collection[UUID], reason: NotSent, *, even_sent: bool) -> list[Delivery]:
    """End the queued ones among these deliveries, and give them as they ended.

    `even_sent`: those too that a channel may have. They are locked in the order of their ids first. A worker that has
    leased one finds it gone.
    """
    wanted = sa.select(deliveries.c.id).where(QUEUED, deliveries.c.id.in_(ids)).order_by(deliveries.c.id)
    if not even_sent:
        wanted = wanted.where(deliveries.c.handed_over_at.is_(None))
    locked = sa.select(wanted.with_for_update().cte("locked").c.id)
    ended = {"status": CopyStatus.NOT_SENT.value, "reason": reason.value, "lease_token": None, "leased_until": None}
    end = deliveries.update().where(deliveries.c.id.in_(locked)).values(ended).returning(*COLUMNS)
    return sorted((delivery(row) for row in transaction.connection.execute(end)), key=lambda one: one.id)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The letters that wait to go out, and since when the longest waiting one has been due; None if none is."""

    letters: int
    due_since: datetime | None


def waiting(connection: sa.Connection, now: datetime) -> Waiting:
    """Count the letters that wait. Those of a paused channel, or of a notice that waits for a person, are not due."""
    c = deliveries.c
    stopped = sa.and_(c.next_channel.is_not(None), c.next_channel.in_(sa.select(paused_channels.c.channel)))
    due = sa.case((sa.and_(c.due_at <= now, sa.not_(stopped)), c.due_at))
    row = connection.execute(sa.select(sa.func.count(c.due_at), sa.func.min(due)).where(QUEUED)).one()
    return Waiting(*row)
