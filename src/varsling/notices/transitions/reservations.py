"""What a reservation in force does to a notice (husleieloven § 9-11 first paragraph; LAW, rules 4 and 5)."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from varsling.deliveries.service import DeliveryKind, NotSent, SecondKind
from varsling.domain.events import Event
from varsling.domain.lifecycle import BlockedReason, WithdrawalReason
from varsling.domain.notice import TenantId
from varsling.domain.office import ReachedBy
from varsling.domain.policies import JointReservation, ReservationBeforeFetch
from varsling.domain.remarks import Remark
from varsling.domain.tenant import LeftOut
from varsling.notices import store
from varsling.notices.locking import LockedNotice
from varsling.notices.stored import StoredTenant, distinct
from varsling.notices.transitions.end import block, withdraw
from varsling.notices.transitions.letters import (
    informed_tenants,
    tenants_informed_of,
    version_on_paper,
    write_to_tenants,
)
from varsling.privacy.audit import AuditAction
from varsling.reservations import service as reservations


@dataclass(frozen=True, slots=True)
class Effect:
    """What reservations did to a notice. With `stopped` its newest version is not to be published."""

    stopped: bool = False
    left_out: bool = False
    events: tuple[Event, ...] = ()


def reserved_tenants(locked: LockedNotice) -> list[StoredTenant]:
    """The tenants whom the notice names in spite of a reservation in force."""
    stored = locked.stored
    found = locked.in_force
    return [
        tenant
        for tenant in stored.remaining_tenants
        if found.reserved(
            reservations.traits(tenant.birth_index, tenant.number_index, tenant.family_indexes, stored.lease_reference)
        )
    ]


def apply_reservations(locked: LockedNotice, actor: str, *, new_version: bool = False) -> Effect:
    """Do to the notice what the reservations in force ask.

    A notice that no office has, or that no office has read (policy `reservation_before_fetch`), stops, or goes on for
    the other tenants (policy `joint_reservation`). A notice that an office has read stands, and its newer version
    stops. `new_version`: such a version is about to be stored.
    """
    matched = reserved_tenants(locked) if locked.stored.is_open else []
    if not matched:
        return Effect()
    nobody_left = len(matched) == len(locked.stored.remaining_tenants)
    whole = nobody_left or locked.settings.joint_reservation is JointReservation.BLOCK
    version = locked.stored.version + new_version
    if _office_has_it(locked):
        return _stop_newer(locked, matched, actor, version, whole=whole)
    if not whole:
        _take_back_copies(locked, matched)
        return _leave_out(locked, matched, actor, version, informed_tenants(locked), SecondKind.LEFT_OUT)
    if locked.stored.published_version is None:
        return Effect(stopped=True, events=tuple(block(locked, BlockedReason.TENANT_RESERVED, actor)))
    return Effect(stopped=True, events=tuple(withdraw(locked, WithdrawalReason.RESERVED, actor)))


def _office_has_it(locked: LockedNotice) -> bool:
    """Whether an office read the notice from a stream, or a letter is on its way and cannot be called back."""
    stored = locked.stored
    if version_on_paper(locked) is not None:
        return True
    if stored.published_version is None:
        return False
    if stored.reached_by is ReachedBy.LETTER or stored.read_at is not None:
        return True
    return locked.settings.reservation_before_fetch is ReservationBeforeFetch.STAND


def _take_back_copies(locked: LockedNotice, matched: Collection[StoredTenant]) -> None:
    """Take back the copies of these tenants before asking who is informed: until then a worker may hand one over."""
    ids = {tenant.id for tenant in matched}
    locked.outbox.cancel(NotSent.RESERVED, tenants=ids, kinds=(DeliveryKind.COPY, DeliveryKind.COPY_AGAIN))


def _leave_out(
    locked: LockedNotice,
    matched: Collection[StoredTenant],
    actor: str,
    version: int,
    informed: frozenset[TenantId],
    letter: SecondKind,
) -> Effect:
    """Let the notice go on, or stand, for the other tenants alone. Informed tenants who are left out get a letter."""
    ids = {tenant.id for tenant in matched}
    write_to_tenants(locked, letter, ids & informed)
    store.leave_out(locked.transaction, ids, LeftOut.RESERVED)
    for _ in ids:
        locked.log(AuditAction.TENANT_LEFT_OUT, actor, version=version)
    tenants = tuple(
        replace(tenant, left_out_at=locked.now, left_out_for=LeftOut.RESERVED) if tenant.id in ids else tenant
        for tenant in locked.stored.tenants
    )
    locked.update(remarks=distinct((*locked.stored.remarks, Remark.TENANT_LEFT_OUT)))
    locked.stored = replace(locked.stored, tenants=tenants)
    return Effect(left_out=True)


def _stop_newer(
    locked: LockedNotice, matched: Collection[StoredTenant], actor: str, version: int, *, whole: bool
) -> Effect:
    """Leave the version that an office has as it is. Stop a newer one for the tenants who reserved, or wholly."""
    if (locked.stored.published_version or version_on_paper(locked)) in (None, version):
        return Effect()
    if not whole:
        _take_back_copies(locked, matched)
        informed = tenants_informed_of(locked, version)
        return _leave_out(locked, matched, actor, version, informed, SecondKind.UPDATE_NOT_PUBLISHED)
    locked.outbox.cancel(NotSent.RESERVED, even_sent=False)
    locked.outbox.cancel(NotSent.RESERVED, kinds=(DeliveryKind.COPY, DeliveryKind.COPY_AGAIN))
    write_to_tenants(locked, SecondKind.UPDATE_NOT_PUBLISHED, tenants_informed_of(locked, version))
    return Effect(stopped=True)
