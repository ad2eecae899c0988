"""The deliveries of one notice, for a command that holds its landlord's lock."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from varsling.database.changes import Transaction
from varsling.deliveries import store
from varsling.deliveries.store import Delivery, DeliveryKind, NewDelivery, NotSent
from varsling.domain.actor import Actor
from varsling.domain.lifecycle import CopyStatus
from varsling.privacy.audit import AuditAction, AuditRow


class Outbox:
    """The letters of a notice: read once, then kept in step with what the command queues and takes back.

    New letters are collected in `queued`; the command's base inserts them. Taking a letter back is a statement at
    once, because only the database knows whether a worker has handed it over meanwhile. `audit` gets a row for each
    letter taken back.
    """

    def __init__(self, transaction: Transaction, notice_id: UUID, audit: list[AuditRow]) -> None:
        self.queued: list[Delivery] = []
        self._transaction = transaction
        self._notice_id = notice_id
        self._audit = audit
        self._read: list[Delivery] | None = None

    @property
    def deliveries(self) -> Sequence[Delivery]:
        """Every delivery of the notice, oldest first, the new ones included."""
        return [*self._loaded, *self.queued]

    def fill(self, deliveries: Iterable[Delivery]) -> None:
        """Take over what was read for several notices at once."""
        self._read = list(deliveries)

    def queue(self, new: Iterable[NewDelivery]) -> None:
        """Queue letters for the worker. They are due at once, or never while the notice is held."""
        self.queued += [store.made(self._transaction, one) for one in new]

    def cancel(
        self,
        reason: NotSent,
        *,
        versions: Collection[int] | None = None,
        tenants: Collection[UUID] | None = None,
        kinds: Collection[DeliveryKind] = (DeliveryKind.COPY, DeliveryKind.COPY_AGAIN, DeliveryKind.OFFICE),
        even_sent: bool = True,
    ) -> None:
        """Take back the letters that are still queued; `even_sent`: those too that a channel may have.

        A cancelled letter that `may_have_arrived` was with a channel already: its reader needs a second letter.
        """
        wanted = {
            one.id
            for one in self.deliveries
            if one.status is CopyStatus.QUEUED
            and one.kind in kinds
            and (versions is None or one.version in versions)
            and (tenants is None or one.tenant_id in tenants)
        }
        self.queued = [one for one in self.queued if one.id not in wanted]
        stored = [one.id for one in self._loaded if one.id in wanted]
        closed = store.close(self._transaction, stored, reason, even_sent=even_sent) if stored else []
        self._audit += [_taken_back(one, reason) for one in closed]
        fresh = {one.id: one for one in closed}
        self._read = [fresh.get(one.id, one) for one in self._loaded]

    def release(self) -> None:
        """Let the letters go that waited for a decision about the notice."""
        store.release(self._transaction, self._notice_id)

    @property
    def _loaded(self) -> list[Delivery]:
        if self._read is None:
            self._read = store.of_notices(self._transaction.connection, [self._notice_id])
        return self._read


def store_queued(transaction: Transaction, outboxes: Iterable[Outbox]) -> None:
    """Insert the letters that commands queued, in one statement."""
    store.insert(transaction, [one for outbox in outboxes for one in outbox.queued])


def _taken_back(delivery: Delivery, reason: NotSent) -> AuditRow:
    copy = delivery.kind is DeliveryKind.COPY
    action = AuditAction.COPY_NOT_SENT if copy else AuditAction.LETTER_NOT_SENT
    facts = {"delivery": str(delivery.id), "kind": delivery.kind.value, "reason": reason.value}
    return AuditRow(action, Actor.SYSTEM, delivery.notice_id, facts, delivery.version)
