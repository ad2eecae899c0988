"""Whether a reservation covers a tenant (husleieloven § 9-11 first paragraph, guarantee 11)."""

from dataclasses import dataclass
from enum import StrEnum


class ReservationForm(StrEnum):
    """How the tenant wrote to her landlord: any durable text counts (husleieloven § 9-11, "skriftlig melding")."""

    LETTER = "letter"
    EMAIL = "email"
    SMS = "sms"
    FORM = "form"
    PAGE = "page"
    """On her page; the landlord's side cannot revoke it."""


class ReservationScope(StrEnum):
    """Whether a reservation holds for every lease with the landlord, or for its own lease alone."""

    LANDLORD = "landlord"
    LEASE = "lease"


@dataclass(frozen=True, slots=True)
class Traits:
    """The facts by which a person is matched. The indexes are blind, and made with the landlord's key."""

    birth_index: bytes
    number_index: bytes | None
    family_indexes: frozenset[bytes]
    lease_reference: str


def certainly_same(reservation: Traits, tenant: Traits) -> bool:
    """Tell whether a reservation certainly is this tenant's: by her number, or without one by birth date and family
    name. To stop a notice doubt is enough; to let somebody read or revoke it, it is not."""
    numbers = reservation.number_index, tenant.number_index
    if None not in numbers:
        return numbers[0] == numbers[1]
    same_family = not reservation.family_indexes.isdisjoint(tenant.family_indexes)
    return reservation.birth_index == tenant.birth_index and same_family


def matches(reservation: Traits, tenant: Traits, scope: ReservationScope) -> bool:
    """Tell whether a reservation is, or may be, this tenant's. It is of her landlord and not revoked.

    Doubt counts as reserved: an unknown family name matches any.
    """
    same_lease = reservation.lease_reference.casefold() == tenant.lease_reference.casefold()
    if scope is ReservationScope.LEASE and not same_lease:
        return False
    if reservation.number_index is not None and reservation.number_index == tenant.number_index:
        return True
    if reservation.birth_index != tenant.birth_index:
        return False
    known = reservation.family_indexes and tenant.family_indexes
    return same_lease or not known or not reservation.family_indexes.isdisjoint(tenant.family_indexes)
