"""What a worker does to the rows of deliveries: take under a lease, keep the letter, return, end.

Every change is guarded by the lease's token: a worker that lost the lease changes nothing (guarantee 6). A delivery
that a dead worker has leased is free again when the lease has run out.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from varsling.database.changes import Change, Transaction
from varsling.deliveries.store import COLUMNS, LEASE, QUEUED, Delivery, DeliveryId, DeliveryKind, LetterToKeep, delivery
from varsling.deliveries.tables import deliveries, letters
from varsling.domain.lifecycle import CopyStatus


class Place(NamedTuple):
    """A chain as it is now: its channels' names, those that take letters, and whether the letters may be taken that
    have begun nowhere yet, and those whose channel is in the chain no more."""

    chain: Sequence[str]
    open: Sequence[str]
    begins: bool
    strays: bool


# The kinds of delivery that may be taken.
Places = Mapping[DeliveryKind, Place]


@dataclass(frozen=True, slots=True)
class TakeDeliveries(Change[list[Delivery]]):
    """Take up to `limit` due deliveries, for as long as a lease lasts. It locks nothing else."""

    token: UUID
    places: Places
    limit: int

    def apply(self, transaction: Transaction) -> list[Delivery]:
        free = sa.select(deliveries.c.id).where(due(transaction.now, self.places))
        free = free.order_by(deliveries.c.due_at, deliveries.c.id).limit(self.limit).with_for_update(skip_locked=True)
        # A common table expression runs once; a subquery might run again for each row, and take more than the limit.
        ids = sa.select(free.cte("free").c.id)
        lease = {"lease_token": self.token, "leased_until": transaction.now + LEASE}
        take = deliveries.update().where(deliveries.c.id.in_(ids)).values(lease).returning(*COLUMNS)
        taken = [delivery(row) for row in transaction.connection.execute(take)]
        return sorted(taken, key=lambda one: (one.due_at or transaction.now, one.id))


@dataclass(frozen=True, slots=True)
class RenewLease(Change[frozenset[DeliveryId]]):
    """Renew the lease of these deliveries. Answers those that it still covers."""

    token: UUID
    ids: Sequence[DeliveryId]

    def apply(self, transaction: Transaction) -> frozenset[DeliveryId]:
        update = deliveries.update().where(leased(self.token), deliveries.c.id.in_(self.ids))
        update = update.values(leased_until=transaction.now + LEASE)
        return frozenset(transaction.connection.scalars(update.returning(deliveries.c.id)))


@dataclass(frozen=True, slots=True)
class KeepLetters(Change[frozenset[DeliveryId]]):
    """Keep the letters (encrypted), and say that a channel may have them from now on. Answers those still leased.

    It is the last thing before the hand-over: a command that takes a delivery back after it knows that its letter may
    arrive. `channels` names each letter's channel: the chain may be another one when it is looked up. `resent` are
    those that a channel may have had before, and could not tell.
    """

    token: UUID
    channels: Mapping[DeliveryId, str]
    rendered: Mapping[DeliveryId, LetterToKeep]
    resent: Collection[DeliveryId] = ()

    def apply(self, transaction: Transaction) -> frozenset[DeliveryId]:
        update = deliveries.update().where(leased(self.token), deliveries.c.id.in_(list(self.channels)))
        update = update.values(
            handed_over_at=transaction.now,
            leased_until=transaction.now + LEASE,
            next_channel=sa.case(*self._channels()),
        )
        if self.resent:
            again = sa.case((deliveries.c.id.in_(self.resent), 1), else_=0)
            update = update.values(resends=deliveries.c.resends + again)
        kept = frozenset(transaction.connection.scalars(update.returning(deliveries.c.id)))
        new = sorted(kept & self.rendered.keys())
        drop_letters(transaction, new)
        rows = [
            {
                "delivery_id": one,
                "rendered_at": transaction.now,
                "code_id": self.rendered[one].code_id,
                "pdf": self.rendered[one].encrypted,
            }
            for one in new
        ]
        transaction.insert(letters, rows)
        return kept

    def _channels(self) -> list[tuple[sa.ColumnElement[bool], str]]:
        ids: defaultdict[str, list[DeliveryId]] = defaultdict(list)
        for one, channel in self.channels.items():
            ids[channel].append(one)
        return [(deliveries.c.id.in_(those), channel) for channel, those in ids.items()]


@dataclass(frozen=True, slots=True)
class ReturnDeliveries(Change[None]):
    """Return what was taken and not begun: it is due again at once, and no attempt is spent.

    No channel may have the letters of `untouched`.
    """

    token: UUID
    ids: Sequence[DeliveryId]
    untouched: Sequence[DeliveryId]

    def apply(self, transaction: Transaction) -> None:
        ours = lock_leased(transaction, self.token, self.ids)
        call_back(transaction, [one for one in self.untouched if one in ours])
        update = deliveries.update().where(deliveries.c.id.in_(list(ours)))
        transaction.connection.execute(update.values(lease_token=None, leased_until=None))


def hand_over(transaction: Transaction, leases: Collection[tuple[UUID, DeliveryId]]) -> frozenset[DeliveryId]:
    """Say that a channel may have these letters from now on, each of a lease. Gives those that it still covers."""
    if not leases:
        return frozenset()
    c = deliveries.c
    covered = sa.or_(*(c.lease_token == token for token in {token for token, _ in leases}))
    update = deliveries.update().where(QUEUED, covered, c.id.in_([delivery_id for _, delivery_id in leases]))
    update = update.values(handed_over_at=transaction.now, leased_until=transaction.now + LEASE)
    return frozenset(transaction.connection.scalars(update.returning(c.id)))


def any_due(connection: sa.Connection, now: datetime, places: Places) -> bool:
    return connection.execute(sa.select(deliveries.c.id).where(due(now, places)).limit(1)).first() is not None


def due(now: datetime, places: Places) -> sa.ColumnElement[bool]:
    """Select the deliveries that may be taken at this instant."""
    c = deliveries.c
    open_places = [sa.and_(c.kind == kind.value, _at(place)) for kind, place in places.items()]
    # A lease that seems to last longer than any dates from before the clock was set back: its worker is not waited for.
    free = sa.or_(c.leased_until.is_(None), c.leased_until < now, c.leased_until > now + LEASE)
    return sa.and_(QUEUED, c.due_at <= now, free, sa.or_(sa.false(), *open_places))


def _at(place: Place) -> sa.ColumnElement[bool]:
    c = deliveries.c.next_channel
    found = [c.in_(place.open)]
    if place.begins:
        found.append(c.is_(None))
    if place.strays:
        found.append(c.not_in(place.chain))
    return sa.or_(*found)


def leased(token: UUID) -> sa.ColumnElement[bool]:
    """Select the deliveries of a lease: one that ran out covers them until another worker takes them."""
    return sa.and_(QUEUED, deliveries.c.lease_token == token)


def lock_leased(transaction: Transaction, token: UUID, ids: Sequence[DeliveryId]) -> Mapping[DeliveryId, Delivery]:
    """Lock those of the deliveries that the lease still covers, in the order of their ids."""
    query = (
        sa.select(*COLUMNS).where(leased(token), deliveries.c.id.in_(ids)).order_by(deliveries.c.id).with_for_update()
    )
    return {one.id: one for one in map(delivery, transaction.connection.execute(query))}


def finish(transaction: Transaction, delivery_id: DeliveryId, status: CopyStatus, **values: object) -> None:
    """End a delivery and its lease."""
    _set(transaction, delivery_id, status=status.value, **values)


class Dispatch(NamedTuple):
    """A delivery that a channel has dispatched, with the channel's own reference."""

    delivery_id: DeliveryId
    channel: str
    confirmation: str | None


def record_dispatches(transaction: Transaction, dispatches: Sequence[Dispatch]) -> None:
    """End dispatched deliveries and their leases, by one statement."""
    if not dispatches:
        return
    values = {
        "status": CopyStatus.DISPATCHED.value,
        "dispatched_at": transaction.now,
        "lease_token": None,
        "leased_until": None,
        "channel": sa.bindparam("_channel"),
        "confirmation": sa.bindparam("_confirmation"),
    }
    update = deliveries.update().where(deliveries.c.id == sa.bindparam("_id")).values(values)
    rows = [{"_id": one.delivery_id, "_channel": one.channel, "_confirmation": one.confirmation} for one in dispatches]
    transaction.connection.execute(update, rows)


def postpone(transaction: Transaction, delivery_id: DeliveryId, due_at: datetime | None, **values: object) -> None:
    """Leave a delivery queued for a later instant (None: due never), and end its lease."""
    _set(transaction, delivery_id, due_at=due_at, **values)


def call_back(transaction: Transaction, ids: Collection[DeliveryId]) -> None:
    """Record that no channel has these letters: they need no second letter, and are written anew."""
    drop_letters(transaction, ids)
    transaction.connection.execute(deliveries.update().where(deliveries.c.id.in_(ids)).values(handed_over_at=None))


def drop_letters(transaction: Transaction, ids: Collection[DeliveryId]) -> None:
    """Delete letters that never went out."""
    transaction.connection.execute(letters.delete().where(letters.c.delivery_id.in_(ids)))


def _set(transaction: Transaction, delivery_id: DeliveryId, **values: object) -> None:
    values |= {"lease_token": None, "leased_until": None}
    transaction.connection.execute(deliveries.update().where(deliveries.c.id == delivery_id).values(values))
