"""What a tenant says to the office that has her notice: that she wants to be called, that she disagrees.

The landlord hears nothing of it (LAW § Privacy).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from varsling.context import Context
from varsling.copies import service as copies
from varsling.copies.service import DeliveryKind, NewDelivery, SecondKind
from varsling.database.changes import Change, Transaction
from varsling.domain.events import Event, EventType
from varsling.domain.lifecycle import OPEN
from varsling.domain.problems import NoticeClosed
from varsling.domain.tenant import CallWish, Dispute
from varsling.feed import service as feed
from varsling.notices.locked import lock_notice
from varsling.notices.store import StoredNotice
from varsling.notices.telling import letters_there, office_event, receiving_office_of
from varsling.privacy.audit import AuditAction, AuditRow, record
from varsling.tenant import service as tenants
from varsling.tenant.service import Said, Word

TENANT = "tenant"


class _Told(NamedTuple):
    event: EventType
    letter: SecondKind
    action: AuditAction


_TOLD: Mapping[type[Word], _Told] = {
    CallWish: _Told(EventType.TENANT_WANTS_CALL, SecondKind.WANTS_CALL, AuditAction.TENANT_WANTS_CALL),
    Dispute: _Told(EventType.TENANT_DISPUTES, SecondKind.DISPUTES, AuditAction.TENANT_DISPUTES),
}


@dataclass(frozen=True, slots=True)
class Say(Change[None]):
    """A tenant says something on her page. The same again changes nothing.

    Raises NotFound, and NoticeClosed where the notice has ended or does not name her: then no office is to hear.
    """

    context: Context
    notice_id: UUID
    tenant_id: UUID
    word: Word

    def apply(self, transaction: Transaction) -> None:
        stored = lock_notice(transaction, self.context, self.notice_id)
        if stored.status not in OPEN or self.tenant_id not in {row.id for row, _ in stored.named}:
            raise NoticeClosed
        if not tenants.say(transaction, self.context.keyring.cipher, self.tenant_id, self.word):
            return
        facts = {"tenant": str(self.tenant_id)}
        action = _TOLD[type(self.word)].action
        record(transaction, [AuditRow(action, TENANT, stored.id, facts, stored.version)])
        if letters_there(transaction.connection, stored):
            _write(transaction, stored, self.tenant_id, self.word)
        feed.append(transaction, _events(transaction, stored, self.tenant_id, self.word))


def tell_said(transaction: Transaction, context: Context, stored: StoredNotice) -> list[Event]:
    """What the tenants whom a notice names said before its office had it: events for the office's stream."""
    return [
        event
        for tenant_id, said in _said(transaction, context, stored).items()
        for word in said.words
        for event in _events(transaction, stored, tenant_id, word)
    ]


def write_what_was_said(transaction: Transaction, context: Context, stored: StoredNotice) -> None:
    """The same on paper, for an office that has just got the notice so."""
    for tenant_id, said in _said(transaction, context, stored).items():
        for word in said.words:
            _write(transaction, stored, tenant_id, word)


def _said(transaction: Transaction, context: Context, stored: StoredNotice) -> Mapping[UUID, Said]:
    named = [row.id for row, _ in stored.named]
    return tenants.said_by(transaction.connection, context.keyring.cipher, named)


def _events(transaction: Transaction, stored: StoredNotice, tenant_id: UUID, word: Word) -> list[Event]:
    """Nothing before the notice is published: then `tell_said` tells it."""
    office = receiving_office_of(transaction.connection, stored)
    if office is None:
        return []
    members = {"tenant": str(tenant_id)}
    return [office_event(stored, _TOLD[type(word)].event, office, stored.published_version, members)]


def _write(transaction: Transaction, stored: StoredNotice, tenant_id: UUID, word: Word) -> None:
    office, version = receiving_office_of(transaction.connection, stored), stored.published_version
    if office is None or version is None:
        return
    letter = NewDelivery(
        stored.id,
        version,
        DeliveryKind.OFFICE_SECOND,
        tenant_id=tenant_id,
        office_number=office,
        second=_TOLD[type(word)].letter,
    )
    copies.queue(transaction, [letter])
