"""What a worker does to the rows of deliveries: claim under a lease, keep the letter, give back, end.

Every change is guarded by the lease's token: who lost the lease changes nothing (guarantee 6). A delivery that a dead
worker held is free again when its lease has run out.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from varsling.database.changes import Change, Transaction
from varsling.database.rows import insert_rows
from varsling.deliveries.store import COLUMNS, QUEUED, Delivery, DeliveryId, DeliveryKind, delivery
from varsling.deliveries.tables import deliveries, letters
from varsling.domain.lifecycle import CopyStatus

LEASE = timedelta(seconds=30)

# The kinds of delivery that may be claimed, and at which places of their chain the channel takes letters now.
Places = Mapping[DeliveryKind, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Claim(Change[list[Delivery]]):
    """Take up to `limit` due deliveries, for as long as a lease lasts."""

    token: UUID
    places: Places
    limit: int

    def apply(self, transaction: Transaction) -> list[Delivery]:
        query = sa.select(*COLUMNS).where(due(transaction.now, self.places))
        query = query.order_by(deliveries.c.due_at, deliveries.c.id).limit(self.limit).with_for_update(skip_locked=True)
        claimed = [delivery(row) for row in transaction.connection.execute(query)]
        if claimed:
            ids = [one.id for one in claimed]
            lease = {"lease_token": self.token, "leased_until": transaction.now + LEASE}
            transaction.connection.execute(deliveries.update().where(deliveries.c.id.in_(ids)).values(lease))
        return claimed


@dataclass(frozen=True, slots=True)
class Renew(Change[frozenset[DeliveryId]]):
    """Hold them for another lease; those that are still held."""

    token: UUID
    ids: Sequence[DeliveryId]

    def apply(self, transaction: Transaction) -> frozenset[DeliveryId]:
        update = deliveries.update().where(held(self.token), deliveries.c.id.in_(self.ids))
        update = update.values(leased_until=transaction.now + LEASE)
        return frozenset(transaction.connection.scalars(update.returning(deliveries.c.id)))


@dataclass(frozen=True, slots=True)
class KeepLetters(Change[frozenset[DeliveryId]]):
    """Keep the letters (encrypted) and say that a channel may have them from now on; those that are still held.

    The last thing before the hand-over: whoever takes a delivery back after it knows that its letter may arrive.
    """

    token: UUID
    ids: Sequence[DeliveryId]
    pdfs: Mapping[DeliveryId, bytes]

    def apply(self, transaction: Transaction) -> frozenset[DeliveryId]:
        update = deliveries.update().where(held(self.token), deliveries.c.id.in_(self.ids))
        update = update.values(handed_over=True, leased_until=transaction.now + LEASE)
        kept = frozenset(transaction.connection.scalars(update.returning(deliveries.c.id)))
        new = sorted(kept & self.pdfs.keys())
        drop_letters(transaction, new)
        rows = [{"delivery_id": one, "rendered_at": transaction.now, "pdf": self.pdfs[one]} for one in new]
        insert_rows(transaction.connection, letters, rows)
        return kept


@dataclass(frozen=True, slots=True)
class GiveBack(Change[None]):
    """Return what was claimed and not begun: it is due again at once, and no attempt is spent.

    `untouched` are those of them that no channel may have.
    """

    token: UUID
    ids: Sequence[DeliveryId]
    untouched: Sequence[DeliveryId]

    def apply(self, transaction: Transaction) -> None:
        ours = lock_held(transaction, self.token, self.ids)
        call_back(transaction, [one for one in self.untouched if one in ours])
        update = deliveries.update().where(deliveries.c.id.in_(list(ours)))
        transaction.connection.execute(update.values(lease_token=None, leased_until=None))


def any_due(connection: sa.Connection, now: datetime, places: Places) -> bool:
    return connection.execute(sa.select(deliveries.c.id).where(due(now, places)).limit(1)).first() is not None


def due(now: datetime, places: Places) -> sa.ColumnElement[bool]:
    """What may be claimed at this instant."""
    c = deliveries.c
    open_places = [sa.and_(c.kind == kind.value, c.channel_index.in_(indexes)) for kind, indexes in places.items()]
    # One that seems to last longer than any lease is from before the clock was set back: its holder is not waited for.
    free = sa.or_(c.leased_until.is_(None), c.leased_until < now, c.leased_until > now + LEASE)
    return sa.and_(QUEUED, c.due_at <= now, free, sa.or_(sa.false(), *open_places))


def held(token: UUID) -> sa.ColumnElement[bool]:
    """What the holder of the token still has; one whose lease ran out has it as long as nobody else took it."""
    return sa.and_(QUEUED, deliveries.c.lease_token == token)


def lock_held(transaction: Transaction, token: UUID, ids: Sequence[DeliveryId]) -> Mapping[DeliveryId, Delivery]:
    """Those of the ids that the token still holds, locked in the order of their ids."""
    query = sa.select(*COLUMNS).where(held(token), deliveries.c.id.in_(ids)).order_by(deliveries.c.id).with_for_update()
    return {one.id: one for one in map(delivery, transaction.connection.execute(query))}


def finish(transaction: Transaction, delivery_id: DeliveryId, status: CopyStatus, **values: object) -> None:
    """End a delivery; the lease goes with it."""
    _set(transaction, delivery_id, status=status.value, **values)


def postpone(transaction: Transaction, delivery_id: DeliveryId, due_at: datetime, **values: object) -> None:
    """Leave it queued for a later instant; the lease goes."""
    _set(transaction, delivery_id, due_at=due_at, **values)


def call_back(transaction: Transaction, ids: Collection[DeliveryId]) -> None:
    """No channel has these: nobody need be told of them, and their letters are written anew, of what is true then."""
    drop_letters(transaction, ids)
    transaction.connection.execute(deliveries.update().where(deliveries.c.id.in_(ids)).values(handed_over=False))


def drop_letters(transaction: Transaction, ids: Collection[DeliveryId]) -> None:
    """Forget letters that never went out."""
    transaction.connection.execute(letters.delete().where(letters.c.delivery_id.in_(ids)))


def _set(transaction: Transaction, delivery_id: DeliveryId, **values: object) -> None:
    values |= {"lease_token": None, "leased_until": None}
    transaction.connection.execute(deliveries.update().where(deliveries.c.id == delivery_id).values(values))
