"""What a tenant tells the office that has her notice: she wants a call, disagrees, has wishes, lets Nav talk.

The landlord hears nothing of it (LAW § Privacy).
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from uuid import UUID

from varsling.deliveries.service import Delivery, DeliveryKind, NewDelivery, SecondKind
from varsling.domain.actor import Actor
from varsling.domain.events import Event, EventType
from varsling.domain.lifecycle import CopyStatus
from varsling.domain.tenant import CallWish, Consents, Dispute, Statement, Wish, Wishes
from varsling.notices.events import office_event
from varsling.notices.locking import LockedNotice
from varsling.notices.lookups import letters_to_receiving_office
from varsling.privacy.audit import AuditAction
from varsling.tenants import service as tenants


class _Told(NamedTuple):
    """How the office and the audit trail learn of a kind of statement."""

    event: EventType
    letter: SecondKind
    action: AuditAction


_TOLD: Mapping[type[Statement], _Told] = {
    CallWish: _Told(EventType.TENANT_WANTS_CALL, SecondKind.WANTS_CALL, AuditAction.TENANT_WANTS_CALL),
    Dispute: _Told(EventType.TENANT_DISPUTES, SecondKind.DISPUTES, AuditAction.TENANT_DISPUTES),
    Wishes: _Told(EventType.TENANT_WISHES, SecondKind.WISHES, AuditAction.TENANT_WISHES),
    Consents: _Told(EventType.TENANT_CONSENTS, SecondKind.CONSENTS, AuditAction.TENANT_CONSENTS),
}


def make_statement(locked: LockedNotice, tenant_id: UUID, code_id: UUID, statement: Statement) -> list[Event]:
    """Store what a tenant states, and tell her office. It is not told the same again."""
    if not tenants.store_statement(locked.transaction, locked.context.keyring.cipher, tenant_id, code_id, statement):
        return []
    if isinstance(statement, CallWish) or (isinstance(statement, Wishes) and Wish.CHILDREN in statement.kinds):
        locked.update_internal(tenant_urgent=True)
    locked.log(_TOLD[type(statement)].action, Actor.TENANT, {"tenant": str(tenant_id)})
    letters = {one.status for one in letters_to_receiving_office(locked.stored, locked.outbox.deliveries)}
    # A letter still on its way is followed by `write_statements`, which tells this statement with all others.
    if CopyStatus.DISPATCHED in letters and CopyStatus.QUEUED not in letters:
        _write(locked, tenant_id, statement)
    return _events(locked, tenant_id, statement)


def tell_statements(locked: LockedNotice) -> list[Event]:
    """The events that tell an office, once it has the notice, what its tenants stated before."""
    made = _statements_so_far(locked)
    return [event for tenant_id, statement in made for event in _events(locked, tenant_id, statement)]


def write_statements(locked: LockedNotice) -> None:
    """Queue a letter for each statement made so far, to an office that has just got the notice on paper."""
    for tenant_id, statement in _statements_so_far(locked):
        _write(locked, tenant_id, statement)


def _statements_so_far(locked: LockedNotice) -> Iterator[tuple[UUID, Statement]]:
    made = locked.statements
    named = [row.id for row, _ in locked.stored.named]
    return ((tenant_id, statement) for tenant_id in named if tenant_id in made for statement in made[tenant_id].main)


def _events(locked: LockedNotice, tenant_id: UUID, statement: Statement) -> list[Event]:
    """An event for the office that has the notice. None before publication: `tell_statements` tells it then."""
    stored, office = locked.stored, locked.stored.receiving_office
    if office is None:
        return []
    kind = _TOLD[type(statement)].event
    return [office_event(stored, kind, office, stored.published_version, {"tenant": str(tenant_id)})]


def _write(locked: LockedNotice, tenant_id: UUID, statement: Statement) -> None:
    stored, office = locked.stored, locked.stored.receiving_office
    if office is None or stored.published_version is None:
        return
    kind = _TOLD[type(statement)].letter
    # A letter that waits is written when it goes out, and then says what she has said by then.
    if any(_waits(one, tenant_id, office, kind) for one in locked.outbox.deliveries):
        return
    letter = NewDelivery(
        stored.id,
        stored.published_version,
        DeliveryKind.OFFICE_SECOND,
        tenant_id=tenant_id,
        office_number=office,
        second=kind,
    )
    locked.outbox.queue([letter])


def _waits(letter: Delivery, tenant_id: UUID, office: str, kind: SecondKind) -> bool:
    same = (letter.tenant_id, letter.office_number, letter.second) == (tenant_id, office, kind)
    return same and letter.status is CopyStatus.QUEUED and not letter.handed_over
