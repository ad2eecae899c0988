"""The lock on a landlord's row: the landlord is the unit of consistency (DESIGN § 4)."""

from collections.abc import Collection

import sqlalchemy as sa

from varsling.database.changes import Transaction
from varsling.database.rows import insert_rows
from varsling.landlords.tables import landlords


def lock_landlords(transaction: Transaction, keys: Collection[str]) -> None:
    """Lock the landlords' rows until the commit. Missing rows are inserted first. It is the first lock of every change.

    Under the lock nothing of a landlord races: references, open leases, limits, a reservation against a publication.
    The lock is a statement of its own: under READ COMMITTED only a later statement sees what the previous holder of
    the lock committed.
    """
    ordered = sorted(set(keys))
    if not ordered:
        return
    insert_rows(transaction.connection, landlords, [{"key": key} for key in ordered], keep_existing=True)
    locked = sa.select(landlords.c.key).where(landlords.c.key.in_(ordered)).order_by(landlords.c.key)
    transaction.connection.execute(locked.with_for_update())
