"""Reading of reservations: one, or a list, oldest first."""

from uuid import UUID

from varsling.access.principal import Principal
from varsling.context import Context
from varsling.database.engine import reading
from varsling.database.sides import first_of_sides
from varsling.reservations import store
from varsling.reservations.keeping import Reserving
from varsling.reservations.registration import find
from varsling.reservations.schemas import ReservationAnswer, ReservationsPage, ReservationsQuery
from varsling.reservations.tables import reservations
from varsling.reservations.views import reservation_answer
from varsling.web.cursors import cursor, read_cursor


def read(context: Context, principal: Principal, reservation_id: UUID) -> ReservationAnswer:
    """Read a reservation. Raises NotFound if there is none or the caller may not read it."""
    with reading(context.engine) as connection:
        stored = find(connection, principal, reservation_id)
        return reservation_answer(stored, Reserving.of(context.keyring.cipher, connection, stored.id))


def page(context: Context, principal: Principal, query: ReservationsQuery) -> ReservationsPage:
    """A page of the reservations that the caller may read; `next` is null on the last."""
    key, cipher = context.keyring.cursor_key, context.keyring.cipher
    conditions = []
    if (after := read_cursor(key, principal, query, query.cursor)) is not None:
        conditions.append(reservations.c.id > after)
    if query.lease is not None:
        conditions.append(reservations.c.lease_reference == query.lease)
    where = first_of_sides(reservations.c.id, store.readable_sides(principal), conditions, query.limit + 1)
    with reading(context.engine) as connection:
        found = store.select(connection, where)
        items = found[: query.limit]
        told = [reservation_answer(one, Reserving.of(cipher, connection, one.id)) for one in items]
    return {
        "items": told,
        "next": cursor(key, principal, query, items[-1].id) if len(found) > len(items) else None,
    }
