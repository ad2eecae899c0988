"""Which reservations are certainly a tenant's own: to stop a notice doubt is enough, to show or undo one it is not."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from varsling.context import Context
from varsling.domain.notice import Tenant
from varsling.notices.service import StoredNotice
from varsling.reservations import service as reservations
from varsling.reservations.service import Reserving, StoredReservation


def own_reservations(
    connection: Connection, context: Context, stored: StoredNotice, tenant_id: UUID
) -> Sequence[StoredReservation]:
    """Find the reservations in force that name her: by her number, or where one names none by her whole name and birth
    date; none once her data are erased.

    One that might be a co-tenant's is missing: twins on one lease must not see, or undo, each other's.
    """
    row = next(row for row in stored.tenants if row.id == tenant_id)
    hers = reservations.traits(row.birth_index, row.number_index, row.family_indexes, stored.lease_reference)
    in_force = reservations.in_force(connection, [row.birth_index], context.settings.reservation_scope)
    said, cipher = named_in(stored, tenant_id), context.keyring.cipher

    def named(one: StoredReservation) -> bool:
        if one.number_index is not None:
            return one.number_index == row.number_index
        content = Reserving.of(cipher, connection, one.id)
        return said is not None and content is not None and content.name.casefold() == said.name.casefold()

    return [one for one in in_force.that_may_be(hers) if named(one)]


def named_in(stored: StoredNotice, tenant_id: UUID) -> Tenant | None:
    """Give what the landlord said of a tenant; None once it is erased."""
    return next((one for one in stored.notice.tenants if one.id == tenant_id), None) if stored.notice else None
