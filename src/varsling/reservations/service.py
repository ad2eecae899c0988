"""What other features ask of reservations: lock the pairs, then see whom a reservation in force matches."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from varsling.database.changes import Transaction
from varsling.domain.reservation import ReservationScope, Traits, matches
from varsling.reservations import store
from varsling.reservations.store import StoredReservation, join_indexes, lock_pairs, split_indexes

__all__ = ["InForce", "StoredReservation", "in_force", "join_indexes", "lock_pairs", "split_indexes", "traits"]


def traits(
    pair_id: UUID, number_index: bytes | None, family_indexes: Collection[bytes], lease_reference: str
) -> Traits:
    """What a tenant of a notice is matched by. The pair stands for her birth date: it is an index of it."""
    return Traits(
        birth_key=pair_id.hex,
        number_index=number_index,
        family_indexes=frozenset(family_indexes),
        lease_reference=lease_reference,
    )


@dataclass(frozen=True, slots=True)
class InForce:
    """The reservations in force of some pairs, as they stood under the pairs' locks."""

    by_pair: Mapping[UUID, Sequence[StoredReservation]]
    scope: ReservationScope

    def reserved(self, pair_id: UUID, tenant: Traits) -> bool:
        """Whether any of them is, or may be, this tenant's (guarantee 11)."""
        return any(matches(_traits_of(one), tenant, self.scope) for one in self.by_pair.get(pair_id, ()))


def in_force(connection: sa.Connection, pair_ids: Collection[UUID], scope: ReservationScope) -> InForce:
    """To decide by, call it after `lock_pairs` in the same transaction; without the locks it is a glimpse."""
    return InForce(store.in_force(connection, pair_ids), scope)


def lock_and_read(transaction: Transaction, pair_ids: Collection[UUID], scope: ReservationScope) -> InForce:
    """Lock the pairs, then read what is in force: what a decision about their tenants stands on."""
    lock_pairs(transaction, pair_ids)
    return in_force(transaction.connection, pair_ids, scope)


def _traits_of(reservation: StoredReservation) -> Traits:
    return traits(
        reservation.pair_id, reservation.number_index, reservation.family_indexes, reservation.lease_reference
    )
