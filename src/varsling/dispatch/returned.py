"""A letter came back after its dispatch (LAW, case 6): it goes by post, or the landlord hears of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from varsling.command_base import Command, Decision
from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.deliveries import service as deliveries
from varsling.deliveries.service import Chains, Delivery, DeliveryId, DeliveryKind, NewDelivery
from varsling.dispatch.consequences import landlord_told
from varsling.domain.actor import Actor
from varsling.domain.events import Event
from varsling.domain.lifecycle import CopyStatus
from varsling.notices import service as notices
from varsling.notices.service import LockedNotice
from varsling.privacy.audit import AuditAction

_RETURNED = "returned"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ReturnLetter(Command[LockedNotice | None, bool | None]):
    """Say that a dispatched letter did not arrive. Answers whether it goes out again by post.

    None if there is nothing to do: there is no such letter, it was not dispatched, or it came back before.
    """

    chains: Chains
    delivery_id: DeliveryId

    def lock(self, transaction: Transaction) -> LockedNotice | None:
        known = deliveries.find(transaction.connection, self.delivery_id)
        return None if known is None else notices.lock_notice(transaction, self.context, known.notice_id)

    def decide(self, locked: LockedNotice | None) -> Decision[bool | None]:
        if locked is None:
            return Decision(None)
        delivery = next((one for one in locked.outbox.deliveries if one.id == self.delivery_id), None)
        if delivery is None or delivery.status is not CopyStatus.DISPATCHED:
            return Decision(None)
        deliveries.mark_returned(locked.transaction, delivery.id, _RETURNED)
        copy = delivery.kind is DeliveryKind.COPY
        action = AuditAction.COPY_UNDELIVERABLE if copy else AuditAction.LETTER_UNDELIVERABLE
        facts = {"delivery": str(delivery.id), "kind": delivery.kind.value, "reason": _RETURNED}
        locked.log(action, Actor.WORKER, facts, delivery.version)
        place = _by_post(self.chains, delivery)
        if place is None:
            return Decision(False, _without_a_way(locked, delivery))
        locked.outbox.queue([_again(delivery, place)])
        return Decision(True)

    def store(self, transaction: Transaction, locked: LockedNotice | None) -> None:
        if locked is not None:
            notices.store_changes(transaction, [locked])


def _by_post(chains: Chains, delivery: Delivery) -> int | None:
    """Find the first channel after the failed one that brings paper to an address."""
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


def _without_a_way(locked: LockedNotice, delivery: Delivery) -> Sequence[Event]:
    """Stop an unpublished notice, as if its copy had never gone out. A published one stands."""
    if delivery.kind is not DeliveryKind.COPY:
        _log.error("letter_returned", notice=str(locked.stored.id), kind=delivery.kind.value)
        return []
    if not locked.stored.is_open:
        return []
    events = landlord_told(locked.stored, delivery, CopyStatus.UNDELIVERABLE)
    if delivery.version == locked.stored.version:
        events += notices.stop_for_undeliverable_copy(locked)
    return events


def take_returns(context: Context, chains: Chains) -> None:
    """Return the letters that came back to their channels. What a channel cannot tell now it is asked again."""

    def take(delivery_id: DeliveryId) -> None:
        context.writer.submit_and_wait(ReturnLetter(context, chains, delivery_id))

    for channel in {id(one): one for chain in chains.values() for one in chain}.values():
        try:
            channel.take_returns(take)
        except OSError as error:
            _log.error("returns_not_read", channel=channel.name, error=type(error).__name__)
