"""The lock on a landlord's row: the landlord is the unit of consistency (DESIGN § 4)."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

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
    connection, wanted = transaction.connection, sorted(set(keys))
    if connection.dialect.name != "postgresql":  # the transaction is alone
        insert_rows(connection, landlords, [{"key": key} for key in wanted], keep_existing=True)
        return frozenset()
    known, locked = _lock_free(connection, wanted)
    if new := [key for key in wanted if key not in known]:
        made = frozenset(connection.scalars(_MAKE, {"keys": new}))
        locked |= made
        if len(made) < len(new):  # others made them meanwhile
            locked |= _lock_free(connection, [key for key in new if key not in made])[1]
    return frozenset(wanted) - locked


_KEYS = sa.bindparam("keys", type_=postgresql.ARRAY(sa.Text))
_WANTED = landlords.c.key == sa.any_(_KEYS)
_FREE = (
    sa.select(landlords.c.key).where(_WANTED).order_by(landlords.c.key).with_for_update(skip_locked=True).cte("free")
)
_LOCK_FREE = (
    sa.select(landlords.c.key, _FREE.c.key.is_not(None))
    .select_from(landlords.outerjoin(_FREE, _FREE.c.key == landlords.c.key))
    .where(_WANTED)
)
_MAKE = (
    postgresql.insert(landlords)
    .from_select(["key"], sa.select(sa.func.unnest(_KEYS)))
    .on_conflict_do_nothing()
    .returning(landlords.c.key)
)


def _lock_free(connection: sa.Connection, keys: Sequence[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Lock those of the rows that nobody holds. Gives the keys that have a row, and those that are locked now."""
    if not keys:
        return frozenset(), frozenset()
    rows = connection.execute(_LOCK_FREE, {"keys": keys}).all()
    return frozenset(key for key, _ in rows), frozenset(key for key, locked in rows if locked)


def lock_landlords(transaction: Transaction, which: sa.ColumnElement[bool]) -> None:
    """Lock the landlords' rows that `which` (over the table `landlords`) selects, until the commit.

    It is the first lock of every change. Under it nothing of a landlord races: references, open leases, limits, a
    reservation against a publication. It is a statement of its own: under READ COMMITTED only a later statement sees
    what the lock's previous holder committed. It does not wait: the writer runs the change again when the row is free,
    and stores others meanwhile.
    """
    locked = sa.select(landlords.c.key).where(which).order_by(landlords.c.key)
    transaction.connection.execute(locked.with_for_update(nowait=True))
