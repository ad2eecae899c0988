"""Landlords whom an operator stopped from sending notices, for misuse (`varsling landlords suspend|resume`).

A suspended landlord can still settle and withdraw its notices: that helps the tenants.
"""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from varsling.database.bulk import Asked
from varsling.database.changes import Transaction
from varsling.landlords.locking import lock_new_landlord
from varsling.landlords.tables import landlords


def asked(keys: Collection[str]) -> Asked:
    """The question whether one of the landlords is suspended."""
    return Asked(landlords, ("key",), {(key,) for key in keys}, "suspended_at IS NOT NULL")


def suspended(connection: sa.Connection, keys: Collection[str]) -> frozenset[str]:
    """The keys of those landlords that may send no notice now."""
    if not keys:
        return frozenset()
    c = landlords.c
    return frozenset(connection.scalars(sa.select(c.key).where(c.key.in_(sorted(keys)), c.suspended_at.is_not(None))))


def suspend(transaction: Transaction, key: str) -> None:
    _set(transaction, key, transaction.now)


def resume(transaction: Transaction, key: str) -> None:
    _set(transaction, key, None)


def _set(transaction: Transaction, key: str, suspended_at: datetime | None) -> None:
    lock_new_landlord(transaction, key)
    transaction.connection.execute(landlords.update().where(landlords.c.key == key).values(suspended_at=suspended_at))
