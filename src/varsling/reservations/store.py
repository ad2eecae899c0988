"""Rows of reservations."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from varsling.access.principal import Principal
from varsling.database.changes import Transaction
from varsling.domain.reservation import ReservationForm
from varsling.reservations.tables import reservation_told, reservations

CONTENT = "reservations.content"
INDEX_BYTES = 32


@dataclass(frozen=True, slots=True)
class StoredReservation:
    """A reservation without the tenant's readable data: enough to match, list and revoke it."""

    id: UUID
    birth_index: bytes
    acting_organisation: str
    landlord_organisation: str | None
    landlord_key: str
    lease_reference: str
    number_index: bytes | None
    family_indexes: frozenset[bytes]
    form: ReservationForm
    received_on: date
    created_at: datetime
    revoked_at: datetime | None
    body_digest: bytes
    answer_id: UUID


_COLUMNS = tuple(reservations.c[name] for name in StoredReservation.__dataclass_fields__)


def in_force(connection: sa.Connection, births: Collection[bytes]) -> Mapping[bytes, list[StoredReservation]]:
    """Find the reservations with these birth indexes that are not revoked."""
    found: defaultdict[bytes, list[StoredReservation]] = defaultdict(list)
    if not births:
        return found
    for one in select(connection, reservations.c.birth_index.in_(set(births)) & reservations.c.revoked_at.is_(None)):
        found[one.birth_index].append(one)
    return found


def select(
    connection: sa.Connection, where: sa.ColumnElement[bool], *, limit: int | None = None, for_update: bool = False
) -> list[StoredReservation]:
    """Give the reservations that `where` selects, oldest first."""
    statement = sa.select(*_COLUMNS).where(where).order_by(reservations.c.id).limit(limit)
    if for_update:
        statement = statement.with_for_update()
    return [_stored(row) for row in connection.execute(statement).mappings()]


def made_on_page(connection: sa.Connection, birth_index: bytes, since: datetime) -> Sequence[datetime]:
    """Give when reservations with this birth index were made on the page, revoked ones too, the oldest first."""
    c = reservations.c
    query = sa.select(c.created_at).where(c.birth_index == birth_index, c.form == ReservationForm.PAGE.value)
    return connection.scalars(query.where(c.created_at > since).order_by(c.created_at)).all()


def readable_by(principal: Principal) -> sa.ColumnElement[bool]:
    """Select the reservations that the caller sees: its own registrations, those that met its notices, and for a
    landlord's token all its own."""
    return sa.or_(*readable_sides(principal))


def readable_sides(principal: Principal) -> list[sa.ColumnElement[bool]]:
    """Select the same by the sides on which the caller stands, each with an index."""
    c = reservations.c
    told = sa.select(reservation_told.c.reservation_id).where(reservation_told.c.organisation == principal.acting)
    seen = [c.acting_organisation == principal.acting, c.id.in_(told)]
    if principal.own_landlord is None:
        return seen
    return [*seen, c.landlord_organisation == principal.own_landlord]


def tell(transaction: Transaction, reservation_id: UUID, organisations: Collection[str]) -> None:
    """Let these organisations read and revoke a reservation, beside its own side."""
    rows = [{"organisation": one, "reservation_id": reservation_id} for one in sorted(organisations)]
    if rows:
        transaction.connection.execute(reservation_told.insert(), rows)


def told_of(connection: sa.Connection, stored: StoredReservation) -> tuple[str, ...]:
    """Give the organisations that hear of a reservation: its own side first."""
    others = sa.select(reservation_told.c.organisation).where(reservation_told.c.reservation_id == stored.id)
    own = (stored.acting_organisation, stored.landlord_organisation)
    found = (*own, *connection.scalars(others.order_by(reservation_told.c.organisation)))
    return tuple(dict.fromkeys(one for one in found if one is not None))


def join_indexes(indexes: Iterable[bytes]) -> bytes:
    """Join blind indexes of family names into one value: each has the same length, and their order reveals nothing."""
    return b"".join(sorted(indexes))


def split_indexes(joined: bytes) -> frozenset[bytes]:
    return frozenset(joined[start : start + INDEX_BYTES] for start in range(0, len(joined), INDEX_BYTES))


def _stored(row: sa.RowMapping) -> StoredReservation:
    typed = {"family_indexes": split_indexes(row["family_indexes"]), "form": ReservationForm(row["form"])}
    return StoredReservation(**{**row, **typed})
