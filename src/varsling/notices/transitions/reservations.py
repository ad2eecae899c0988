"""What a reservation in force does to a notice (husleieloven § 9-11 first paragraph; LAW, rules 4 and 5)."""

from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.deliveries import service as copies
from varsling.deliveries.service import DeliveryKind, NotSent, SecondKind
from varsling.domain.events import Event
from varsling.domain.lifecycle import OPEN, BlockedReason, WithdrawalReason
from varsling.domain.notice import TenantId
from varsling.domain.office import ReachedBy
from varsling.domain.remarks import Remark
from varsling.notices.events import still_told, with_copy_of, write_to
from varsling.notices.locking import write
from varsling.notices.store import StoredNotice, StoredTenant
from varsling.notices.tables import notice_tenants
from varsling.notices.transitions.end import block, withdraw
from varsling.privacy.audit import AuditAction, AuditRow, record
from varsling.reservations import service as reservations
from varsling.settings import JointReservation, ReservationBeforeFetch


@dataclass(frozen=True, slots=True)
class Applied:
    """The notice as reservations leave it. `stopped`: its newest version is not to be published."""

    stored: StoredNotice
    stopped: bool = False
    events: list[Event] = field(default_factory=list)


def reserved_tenants(connection: sa.Connection, context: Context, stored: StoredNotice) -> list[StoredTenant]:
    """The tenants whom the notice names in spite of a reservation; to decide by, ask under the landlord's lock."""
    standing = [tenant for tenant in stored.tenants if tenant.left_out_at is None]
    found = reservations.in_force(
        connection, [tenant.birth_index for tenant in standing], context.settings.reservation_scope
    )
    return [
        tenant
        for tenant in standing
        if found.reserved(
            reservations.traits(tenant.birth_index, tenant.number_index, tenant.family_indexes, stored.lease_reference)
        )
    ]


def apply_reservations(transaction: Transaction, context: Context, stored: StoredNotice, actor: str) -> Applied:
    """Do to a locked notice what the reservations in force ask.

    Nobody got it yet, or nobody has read it (policy `reservation_before_fetch`): it stops, or goes on for the other
    tenants (policy `joint_reservation`). What an office has stands; a newer version of it stops all the same.
    """
    matched = reserved_tenants(transaction.connection, context, stored) if stored.status in OPEN else []
    if not matched:
        return Applied(stored)
    nobody_left = all(tenant in matched for tenant in stored.tenants if tenant.left_out_at is None)
    whole = nobody_left or context.settings.joint_reservation is JointReservation.BLOCK
    if _with_office(transaction.connection, context, stored):
        return _stop_newer(transaction, stored, matched, actor, whole=whole)
    if not whole:
        _call_off(transaction, stored, matched)
        told = still_told(transaction.connection, stored)
        return Applied(_leave_out(transaction, stored, matched, actor, told))
    if stored.published_version is None:
        return Applied(stored, stopped=True, events=block(transaction, stored, BlockedReason.TENANT_RESERVED, actor))
    return Applied(stored, stopped=True, events=withdraw(transaction, stored, WithdrawalReason.RESERVED, actor))


def _with_office(connection: sa.Connection, context: Context, stored: StoredNotice) -> bool:
    """Whether an office has it: read from a stream, or a letter is on its way and cannot be called back."""
    on_paper = any(
        one.kind is DeliveryKind.OFFICE and one.may_have_arrived
        for one in copies.deliveries_of(connection, stored.id)
        if one.version == (stored.published_version or stored.version)
    )
    if on_paper or stored.published_version is None:
        return on_paper
    if stored.reached_by is ReachedBy.LETTER or stored.read_at is not None:
        return True
    return context.settings.reservation_before_fetch is ReservationBeforeFetch.STAND


def _call_off(transaction: Transaction, stored: StoredNotice, matched: list[StoredTenant]) -> None:
    """Take back her copies, before it is asked who was told: until then a worker may hand one over."""
    ids = {tenant.id for tenant in matched}
    copies.cancel(transaction, stored.id, NotSent.RESERVED, tenants=ids, kinds=(DeliveryKind.COPY,))


def _leave_out(
    transaction: Transaction,
    stored: StoredNotice,
    matched: list[StoredTenant],
    actor: str,
    told: frozenset[TenantId],
) -> StoredNotice:
    """The notice goes, or stands, for the others alone and does not name her; she hears so if she is among `told`."""
    ids = {tenant.id for tenant in matched}
    write_to(transaction, stored, SecondKind.NOT_PUBLISHED, ids & told)
    transaction.connection.execute(
        sa.update(notice_tenants).where(notice_tenants.c.id.in_(ids)).values(left_out_at=transaction.now)
    )
    record(transaction, [AuditRow(AuditAction.TENANT_LEFT_OUT, actor, stored.id, {}, stored.version) for _ in ids])
    tenants = tuple(
        replace(tenant, left_out_at=transaction.now) if tenant.id in ids else tenant for tenant in stored.tenants
    )
    remarks = tuple(dict.fromkeys((*stored.remarks, Remark.TENANT_LEFT_OUT)))
    return replace(write(transaction, stored, remarks=remarks), tenants=tenants)


def _stop_newer(
    transaction: Transaction, stored: StoredNotice, matched: list[StoredTenant], actor: str, *, whole: bool
) -> Applied:
    """The office keeps what it has; a version that it has not got yet stops for those who reserved, or whole."""
    if stored.published_version is None or stored.published_version == stored.version:
        return Applied(stored)
    if whole:
        copies.cancel(transaction, stored.id, NotSent.RESERVED)
    else:
        _call_off(transaction, stored, matched)
    have_newer = with_copy_of(transaction.connection, stored, stored.version)
    if not whole:
        return Applied(_leave_out(transaction, stored, matched, actor, have_newer))
    write_to(transaction, stored, SecondKind.NOT_PUBLISHED, have_newer)
    return Applied(stored, stopped=True)
