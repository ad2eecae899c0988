"""What a tenant says to the office that has her notice: that she wants to be called, that she disagrees.

The landlord hears nothing of it (LAW § Privacy).
"""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.deliveries import service as copies
from varsling.deliveries.service import DeliveryKind, NewDelivery, SecondKind
from varsling.domain.events import Event, EventType
from varsling.domain.tenant import CallWish, Dispute
from varsling.notices.events import office_event, receiving_office_of
from varsling.notices.store import StoredNotice
from varsling.privacy.audit import AuditAction
from varsling.tenants import service as tenants
from varsling.tenants.service import Said, Word


class _Told(NamedTuple):
    event: EventType
    letter: SecondKind
    action: AuditAction


TOLD: Mapping[type[Word], _Told] = {
    CallWish: _Told(EventType.TENANT_WANTS_CALL, SecondKind.WANTS_CALL, AuditAction.TENANT_WANTS_CALL),
    Dispute: _Told(EventType.TENANT_DISPUTES, SecondKind.DISPUTES, AuditAction.TENANT_DISPUTES),
}


def tell_said(transaction: Transaction, context: Context, stored: StoredNotice) -> list[Event]:
    """What the tenants whom a notice names said before its office had it: events for the office's stream."""
    return [
        event
        for tenant_id, said in _said(transaction, context, stored).items()
        for word in said.words
        for event in statement_events(transaction, stored, tenant_id, word)
    ]


def write_what_was_said(transaction: Transaction, context: Context, stored: StoredNotice) -> None:
    """The same on paper, for an office that has just got the notice so."""
    for tenant_id, said in _said(transaction, context, stored).items():
        for word in said.words:
            write_statement(transaction, stored, tenant_id, word)


def _said(transaction: Transaction, context: Context, stored: StoredNotice) -> Mapping[UUID, Said]:
    named = [row.id for row, _ in stored.named]
    return tenants.said_by(transaction.connection, context.keyring.cipher, named)


def statement_events(transaction: Transaction, stored: StoredNotice, tenant_id: UUID, word: Word) -> list[Event]:
    """Nothing before the notice is published: then `tell_said` tells it."""
    office = receiving_office_of(transaction.connection, stored)
    if office is None:
        return []
    members = {"tenant": str(tenant_id)}
    return [office_event(stored, TOLD[type(word)].event, office, stored.published_version, members)]


def write_statement(transaction: Transaction, stored: StoredNotice, tenant_id: UUID, word: Word) -> None:
    office, version = receiving_office_of(transaction.connection, stored), stored.published_version
    if office is None or version is None:
        return
    letter = NewDelivery(
        stored.id,
        version,
        DeliveryKind.OFFICE_SECOND,
        tenant_id=tenant_id,
        office_number=office,
        second=TOLD[type(word)].letter,
    )
    copies.queue(transaction, [letter])
