"""Reservations for the packages above: match the ones in force, store and revoke them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from varsling.database.bulk import Asked
from varsling.domain.reservation import ReservationScope, Traits, matches
from varsling.reservations import store
from varsling.reservations.keeping import PAGE, NewReservation, Reserving, keep, reservation_event
from varsling.reservations.registration import answer_to, find, first_answer, revoke
from varsling.reservations.schemas import RevocationInput
from varsling.reservations.store import (
    StoredReservation,
    join_indexes,
    made_on_page,
    split_indexes,
    tell,
)
from varsling.reservations.tables import reservations

__all__ = [
    "PAGE",
    "InForce",
    "NewReservation",
    "Reserving",
    "RevocationInput",
    "StoredReservation",
    "answer_to",
    "asked",
    "find",
    "first_answer",
    "in_force",
    "join_indexes",
    "keep",
    "made_on_page",
    "reservation_event",
    "revoke",
    "split_indexes",
    "tell",
    "traits",
    "traits_of",
]


def traits(
    birth_index: bytes, number_index: bytes | None, family_indexes: Collection[bytes], lease_reference: str
) -> Traits:
    """Make the traits that a tenant is matched by: blind indexes, made with the landlord's key, and the lease."""
    return Traits(
        birth_index=birth_index,
        number_index=number_index,
        family_indexes=frozenset(family_indexes),
        lease_reference=lease_reference,
    )


@dataclass(frozen=True, slots=True)
class InForce:
    """The reservations in force for some birth indexes."""

    by_birth: Mapping[bytes, Sequence[StoredReservation]]
    scope: ReservationScope

    def reserved(self, tenant: Traits) -> bool:
        """Tell whether one of them is, or may be, this tenant's (guarantee 11)."""
        return bool(self.that_may_be(tenant))

    def that_may_be(self, tenant: Traits) -> Sequence[StoredReservation]:
        """Give those that are, or may be, this tenant's."""
        return [one for one in self.by_birth.get(tenant.birth_index, ()) if matches(traits_of(one), tenant, self.scope)]


def asked(births: Collection[bytes]) -> Asked:
    """The question whether somebody with one of these birth indexes has a reservation in force."""
    return Asked(reservations, ("birth_index",), {(one,) for one in births}, "revoked_at IS NULL")


def in_force(connection: sa.Connection, births: Collection[bytes], scope: ReservationScope) -> InForce:
    """Find the reservations in force. Only under the landlords' locks may a command decide by them."""
    return InForce(store.in_force(connection, births), scope)


def traits_of(reservation: StoredReservation) -> Traits:
    """Give the traits that a reservation is matched by."""
    return traits(
        reservation.birth_index, reservation.number_index, reservation.family_indexes, reservation.lease_reference
    )
