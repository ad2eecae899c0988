"""Rows of deliveries: what is queued, how it stands, and how it ends. What the worker does to a row is in `claims`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.database.changes import Transaction
from varsling.database.rows import insert_rows
from varsling.deliveries.tables import deliveries
from varsling.domain.lifecycle import CopyStatus
from varsling.letters.content import SecondKind

DeliveryId = NewType("DeliveryId", UUID)

# What a kept letter is encrypted as.
LETTER = "letters.pdf"

# When a held delivery is due: a person sets the day, by `release`.
HELD = datetime(9999, 1, 1, tzinfo=UTC)


class DeliveryKind(StrEnum):
    COPY = "copy"
    SECOND = "second"
    OFFICE = "office"
    OFFICE_SECOND = "office_second"
    LANDLORD = "landlord"


class NotSent(StrEnum):
    """Why a queued delivery is not sent any more."""

    NEWER_VERSION = "newer_version"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"
    RESERVED = "reserved"
    BLOCKED = "blocked"
    LAPSED = "lapsed"
    PUBLISHED = "published"
    RECEIVED = "received"
    FORWARDED = "forwarded"


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A letter to send: a copy or a second letter to a tenant; the notice, or what became of it, to an office; a
    tenant's reservation to her landlord.

    `held`: a person must decide first; it goes when released. `not_before`: it waits until then. `channel_index`: the
    place in its chain of channels that it starts from.
    """

    notice_id: UUID
    version: int
    kind: DeliveryKind
    tenant_id: UUID | None = None
    office_number: str | None = None
    second: SecondKind | None = None
    held: bool = False
    not_before: datetime | None = None
    channel_index: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One letter on its way, as stored.

    `handed_over`: a channel may have it, whatever the status says; who counts those that a letter may have reached
    counts it too.
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
    channel_index: int
    attempts: int
    handed_over: bool
    due_at: datetime
    lease_token: UUID | None
    leased_until: datetime | None
    created_at: datetime
    dispatched_at: datetime | None
    confirmation: str | None

    @property
    def may_have_arrived(self) -> bool:
        return self.handed_over or self.status is CopyStatus.DISPATCHED


COLUMNS = tuple(deliveries.c[field.name] for field in fields(Delivery))
QUEUED = deliveries.c.status == CopyStatus.QUEUED


def delivery(row: sa.Row[tuple[object, ...]]) -> Delivery:
    """A row of COLUMNS."""
    values = dict(row._mapping)  # noqa: SLF001  (public API despite its name)
    values["kind"] = DeliveryKind(values["kind"])
    values["second"] = SecondKind(values["second"]) if values["second"] else None
    values["status"] = CopyStatus(values["status"])
    return Delivery(**values)


def insert(transaction: Transaction, new: Sequence[NewDelivery]) -> list[DeliveryId]:
    """Queue them; their ids, in order."""
    ids = [DeliveryId(uuid7()) for _ in new]
    rows = [
        {
            "id": delivery_id,
            "notice_id": one.notice_id,
            "version": one.version,
            "kind": one.kind.value,
            "second": one.second.value if one.second else None,
            "tenant_id": one.tenant_id,
            "office_number": one.office_number,
            "status": CopyStatus.QUEUED.value,
            "channel_index": one.channel_index,
            "attempts": 0,
            "handed_over": False,
            "due_at": HELD if one.held else max(one.not_before or transaction.now, transaction.now),
            "created_at": transaction.now,
        }
        for delivery_id, one in zip(ids, new, strict=True)
    ]
    insert_rows(transaction.connection, deliveries, rows)
    return ids


def of_notices(connection: sa.Connection, notice_ids: Collection[UUID]) -> list[Delivery]:
    """Every delivery of these notices, oldest first."""
    query = sa.select(*COLUMNS).where(deliveries.c.notice_id.in_(notice_ids)).order_by(deliveries.c.id)
    return [delivery(row) for row in connection.execute(query)]


def close(transaction: Transaction, ids: Collection[UUID], reason: NotSent) -> list[Delivery]:
    """End those of these that are queued; they come back as they stood. A worker that holds one finds it gone."""
    wanted = sa.select(*COLUMNS).where(QUEUED, deliveries.c.id.in_(ids)).order_by(deliveries.c.id).with_for_update()
    closed = [delivery(row) for row in transaction.connection.execute(wanted)]
    if closed:
        transaction.connection.execute(
            deliveries.update()
            .where(deliveries.c.id.in_([one.id for one in closed]))
            .values(status=CopyStatus.NOT_SENT.value, reason=reason.value, lease_token=None, leased_until=None)
        )
    return closed
