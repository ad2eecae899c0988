"""The lock on a landlord's row: the landlord is the unit of consistency (DESIGN § 4)."""

from collections.abc import Collection

import sqlalchemy as sa

from varsling.database.bulk import insert_rows
from varsling.database.changes import Transaction
from varsling.landlords.tables import landlords


def lock_new_landlords(transaction: Transaction, keys: Collection[str]) -> None:
    """Lock the rows of landlords by their keys; a row that is missing is inserted first."""
    ordered = sorted(set(keys))
    if not ordered:
        return
    insert_rows(transaction.connection, landlords, [{"key": key} for key in ordered], keep_existing=True)
    lock_landlords(transaction, landlords.c.key.in_(ordered))


def lock_landlords(transaction: Transaction, which: sa.ColumnElement[bool]) -> None:
    """Lock the landlords' rows that `which` (over the table `landlords`) selects, until the commit.

    It is the first lock of every change. Under it nothing of a landlord races: references, open leases, limits, a
    reservation against a publication. It is a statement of its own: under READ COMMITTED only a later statement sees
    what the lock's previous holder committed.
    """
    locked = sa.select(landlords.c.key).where(which).order_by(landlords.c.key)
    transaction.connection.execute(locked.with_for_update())
