"""The lock on a landlord's row: the landlord is the unit of consistency (DESIGN § 4)."""

from collections.abc import Collection

import sqlalchemy as sa

from varsling.database.bulk import insert_rows
from varsling.database.changes import HeldElsewhere, Transaction
from varsling.landlords.tables import landlords


def lock_new_landlord(transaction: Transaction, key: str) -> None:
    """Lock a landlord's row by its key; a row that is missing is inserted first. Raises HeldElsewhere."""
    if lock_free_landlords(transaction, [key]):
        raise HeldElsewhere


def lock_free_landlords(transaction: Transaction, keys: Collection[str]) -> frozenset[str]:
    """Lock the rows of landlords by their keys; rows that are missing are inserted first.

    Gives the keys that another transaction holds: nobody else's change waits for them.
    """
    wanted = frozenset(keys)
    busy = wanted - _lock_free(transaction, wanted)
    if not busy:
        return busy
    known = transaction.connection.scalars(sa.select(landlords.c.key).where(landlords.c.key.in_(busy)))
    if new := busy - frozenset(known):
        insert_rows(transaction.connection, landlords, [{"key": key} for key in sorted(new)], keep_existing=True)
        busy -= _lock_free(transaction, new)
    return busy


def _lock_free(transaction: Transaction, keys: Collection[str]) -> frozenset[str]:
    """Lock those of the rows that nobody holds."""
    if not keys:
        return frozenset()
    free = sa.select(landlords.c.key).where(landlords.c.key.in_(sorted(keys))).order_by(landlords.c.key)
    return frozenset(transaction.connection.scalars(free.with_for_update(skip_locked=True)))


def lock_landlords(transaction: Transaction, which: sa.ColumnElement[bool]) -> None:
    """Lock the landlords' rows that `which` (over the table `landlords`) selects, until the commit.

    It is the first lock of every change. Under it nothing of a landlord races: references, open leases, limits, a
    reservation against a publication. It is a statement of its own: under READ COMMITTED only a later statement sees
    what the lock's previous holder committed. It does not wait: the writer runs the change again when the row is free,
    and stores others meanwhile.
    """
    locked = sa.select(landlords.c.key).where(which).order_by(landlords.c.key)
    transaction.connection.execute(locked.with_for_update(nowait=True))
