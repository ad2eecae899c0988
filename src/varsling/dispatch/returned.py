"""A letter that came back after its dispatch (LAW, case 6): it goes by post, or the landlord hears of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from varsling.context import Context
from varsling.database.changes import Change, Transaction
from varsling.deliveries import store
from varsling.deliveries.channels.chains import Chains
from varsling.deliveries.store import Delivery, DeliveryId, DeliveryKind, NewDelivery
from varsling.deliveries.tables import deliveries
from varsling.dispatch.outcomes import WORKER, landlord_told
from varsling.domain.events import Event
from varsling.domain.lifecycle import OPEN, CopyStatus
from varsling.feed import service as feed
from varsling.notices import service as notices
from varsling.notices.service import StoredNotice, lock_notice
from varsling.privacy.audit import AuditAction, AuditRow, record

_RETURNED = "returned"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Returned(Change[bool | None]):
    """Say that a dispatched letter did not arrive; whether it goes out again by post.

    None where there is nothing to do: it is not there, was not dispatched, or came back before.
    """

    context: Context
    chains: Chains
    delivery_id: DeliveryId

    def apply(self, transaction: Transaction) -> bool | None:
        known = self._find(transaction.connection)
        if known is None:
            return None
        stored = lock_notice(transaction, self.context, known.notice_id)
        delivery = self._find(transaction.connection)  # now that nothing races
        if delivery is None or delivery.status is not CopyStatus.DISPATCHED:
            return None
        ended = {"status": CopyStatus.UNDELIVERABLE.value, "reason": _RETURNED, "handed_over": False}
        transaction.connection.execute(deliveries.update().where(deliveries.c.id == delivery.id).values(ended))
        copy = delivery.kind is DeliveryKind.COPY
        action = AuditAction.COPY_UNDELIVERABLE if copy else AuditAction.LETTER_UNDELIVERABLE
        facts = {"delivery": str(delivery.id), "kind": delivery.kind.value, "reason": _RETURNED}
        record(transaction, [AuditRow(action, WORKER, stored.id, facts, delivery.version)])
        place = _by_post(self.chains, delivery)
        if place is not None:
            store.insert(transaction, [_again(delivery, place)])
        else:
            feed.append(transaction, _without_a_way(transaction, stored, delivery))
        return place is not None

    def _find(self, connection: sa.Connection) -> Delivery | None:
        row = connection.execute(sa.select(*store.COLUMNS).where(deliveries.c.id == self.delivery_id)).first()
        return None if row is None else store.delivery(row)


def _by_post(chains: Chains, delivery: Delivery) -> int | None:
    """The place of the first channel after the one that failed which brings paper to an address."""
    chain = chains[delivery.kind]
    later = range(delivery.channel_index + 1, len(chain))
    return next((place for place in later if chain[place].postal), None)


def _again(delivery: Delivery, place: int) -> NewDelivery:
    return NewDelivery(
        delivery.notice_id,
        delivery.version,
        delivery.kind,
        tenant_id=delivery.tenant_id,
        office_number=delivery.office_number,
        second=delivery.second,
        channel_index=place,
    )


def _without_a_way(transaction: Transaction, stored: StoredNotice, delivery: Delivery) -> Sequence[Event]:
    """What was published stands; what was not stops, as if its copy had never gone out."""
    if delivery.kind is not DeliveryKind.COPY:
        _log.error("letter_returned", notice=str(stored.id), kind=delivery.kind.value)
        return []
    if stored.status not in OPEN:
        return []
    events = landlord_told(stored, delivery, CopyStatus.UNDELIVERABLE)
    if delivery.version == stored.version:
        events += notices.copy_undeliverable(transaction, stored)
    return events
