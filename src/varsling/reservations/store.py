"""Rows of pairs and reservations."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from varsling.access.principal import Principal
from varsling.database.changes import Transaction
from varsling.database.rows import insert_rows
from varsling.reservations.tables import pairs, reservations

CONTENT = "reservations.content"
INDEX_BYTES = 32


@dataclass(frozen=True, slots=True)
class StoredReservation:
    """A reservation without what can be read of the tenant: enough to match, list and revoke it."""

    id: UUID
    pair_id: UUID
    acting_organisation: str
    landlord_organisation: str | None
    landlord_key: str
    lease_reference: str
    number_index: bytes | None
    family_indexes: frozenset[bytes]
    form: str
    received_on: date
    created_at: datetime
    revoked_at: datetime | None
    body_digest: bytes
    answer_id: UUID


_COLUMNS = tuple(reservations.c[name] for name in StoredReservation.__dataclass_fields__)


def lock_pairs(transaction: Transaction, pair_ids: Collection[UUID]) -> None:
    """Lock the rows of these (landlord, birth date) pairs until the commit, those that are missing made first.

    The first lock of every change that meets a reservation (guarantee 4). It stands in a statement of its own: under
    READ COMMITTED only a later statement sees what the one who held the lock has committed.
    """
    ordered = sorted(set(pair_ids))
    if not ordered:
        return
    insert_rows(transaction.connection, pairs, [{"id": pair_id} for pair_id in ordered], keep_existing=True)
    transaction.connection.execute(
        sa.select(pairs.c.id).where(pairs.c.id.in_(ordered)).order_by(pairs.c.id).with_for_update()
    )


def in_force(connection: sa.Connection, pair_ids: Collection[UUID]) -> Mapping[UUID, list[StoredReservation]]:
    """The reservations of these pairs that are not revoked, by pair."""
    found: defaultdict[UUID, list[StoredReservation]] = defaultdict(list)
    for one in select(connection, reservations.c.pair_id.in_(set(pair_ids)) & reservations.c.revoked_at.is_(None)):
        found[one.pair_id].append(one)
    return found


def select(
    connection: sa.Connection, where: sa.ColumnElement[bool], *, limit: int | None = None, for_update: bool = False
) -> list[StoredReservation]:
    """The reservations that `where` selects, oldest first."""
    statement = sa.select(*_COLUMNS).where(where).order_by(reservations.c.id).limit(limit)
    if for_update:
        statement = statement.with_for_update()
    return [_stored(row) for row in connection.execute(statement).mappings()]


def readable_by(principal: Principal) -> sa.ColumnElement[bool]:
    """The reservations that the caller sees: what it registered, and a landlord with its own token all its own."""
    registered = reservations.c.acting_organisation == principal.acting
    if principal.own_landlord is None:
        return registered
    return sa.or_(registered, reservations.c.landlord_organisation == principal.own_landlord)


def join_indexes(indexes: Iterable[bytes]) -> bytes:
    """Blind indexes of family names as one value: each has the same length, and their order tells nothing."""
    return b"".join(sorted(indexes))


def split_indexes(joined: bytes) -> frozenset[bytes]:
    return frozenset(joined[start : start + INDEX_BYTES] for start in range(0, len(joined), INDEX_BYTES))


def _stored(row: sa.RowMapping) -> StoredReservation:
    return StoredReservation(**{**row, "family_indexes": split_indexes(row["family_indexes"])})
