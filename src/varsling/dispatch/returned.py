"""A letter came back after its dispatch (LAW, case 6): it goes by post, or the landlord hears of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import structlog

from varsling.command_base import Command, Decision
from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.database.engine import reading
from varsling.deliveries import service as deliveries
from varsling.deliveries.service import Chains, Delivery, DeliveryId, DeliveryKind, NewDelivery
from varsling.dispatch.consequences import copy_again_failed, copy_failed
from varsling.dispatch.reading import opened_before
from varsling.domain.actor import Actor
from varsling.domain.events import Event
from varsling.domain.lifecycle import CopyStatus
from varsling.domain.policies import ON_PAPER
from varsling.notices import service as notices
from varsling.notices.service import LockedNotice
from varsling.privacy.audit import AuditAction

_log = structlog.get_logger(__name__)


class Returned(StrEnum):
    """What becomes of a letter that came back."""

    AGAIN = "again"
    """It goes out again by post."""
    NO_WAY = "no_way"
    """No channel on paper is left for it."""
    NEEDLESS = "needless"
    """She has its copy already, on paper or opened: nothing goes out again."""
    NOTHING = "nothing"
    """There is no such letter, or it came back before, or never went out."""
    NOT_YET = "not_yet"
    """A worker has it, or asks for it, and nobody knows yet that it went out: tell it again later."""


@dataclass(frozen=True, slots=True)
class ReturnLetter(Command[LockedNotice | None, Returned]):
    """Say that a dispatched letter did not arrive. `opened`: the copy that it repeats on paper was opened since."""

    chains: Chains
    delivery_id: DeliveryId
    opened: bool = False

    def lock(self, transaction: Transaction) -> LockedNotice | None:
        known = deliveries.find(transaction.connection, self.delivery_id)
        return None if known is None else notices.lock_notice(transaction, self.context, known.notice_id)

    def decide(self, locked: LockedNotice | None) -> Decision[Returned]:
        if locked is None:
            return Decision(Returned.NOTHING)
        delivery = next((one for one in locked.outbox.deliveries if one.id == self.delivery_id), None)
        if delivery is not None and delivery.status is CopyStatus.QUEUED and delivery.handed_over:
            return Decision(Returned.NOT_YET)
        if delivery is None or delivery.status is not CopyStatus.DISPATCHED:
            return Decision(Returned.NOTHING)
        return self._returned(locked, delivery)

    def _returned(self, locked: LockedNotice, delivery: Delivery) -> Decision[Returned]:
        repeated = _repeated_on_paper(locked, delivery)
        _log_returned(locked, delivery, copy=delivery.kind is DeliveryKind.COPY and not repeated)
        if repeated:  # the copy stands: it has gone out on paper already
            return Decision(Returned.NEEDLESS)
        deliveries.mark_returned(locked.transaction, delivery.id, deliveries.RETURNED)
        if self.opened:
            return Decision(Returned.NEEDLESS)
        place = _by_post(self.chains, delivery)
        if place is None:
            return Decision(Returned.NO_WAY, _without_a_way(locked, delivery))
        locked.outbox.queue([_again(delivery, place)])
        return Decision(Returned.AGAIN)

    def store(self, transaction: Transaction, locked: LockedNotice | None) -> None:
        if locked is not None:
            notices.store_changes(transaction, [locked])


def _repeated_on_paper(locked: LockedNotice, copy: Delivery) -> bool:
    """Tell whether the same copy went out on paper since, because it lay unopened."""
    return copy.kind is DeliveryKind.COPY and any(
        (one.tenant_id, one.version) == (copy.tenant_id, copy.version)
        and one.kind is DeliveryKind.COPY_AGAIN
        and one.may_have_arrived
        for one in locked.outbox.deliveries
    )


def _log_returned(locked: LockedNotice, delivery: Delivery, *, copy: bool) -> None:
    action = AuditAction.COPY_UNDELIVERABLE if copy else AuditAction.LETTER_UNDELIVERABLE
    facts = {
        "delivery": str(delivery.id),
        "kind": delivery.kind.value,
        "tenant": str(delivery.tenant_id) if delivery.tenant_id else None,
        "reason": deliveries.RETURNED,
    }
    locked.log(action, Actor.WORKER, facts, delivery.version)


def _by_post(chains: Chains, delivery: Delivery) -> str | None:
    """Find the first channel after the failed one that brings paper to an address: any, if an inbox is gone."""
    chain = chains[delivery.kind]
    if delivery.channel in {one.name for one in chain}:
        chain = deliveries.channels_after(chain, deliveries.channel_at(chain, delivery.channel))
    elif delivery.channel in ON_PAPER:
        return None
    return next((one.name for one in chain if one.postal), None)


def _again(delivery: Delivery, channel: str) -> NewDelivery:
    return NewDelivery(
        delivery.notice_id,
        delivery.version,
        delivery.kind,
        tenant_id=delivery.tenant_id,
        office_number=delivery.office_number,
        second=delivery.second,
        next_channel=channel,
    )


def _without_a_way(locked: LockedNotice, delivery: Delivery) -> Sequence[Event]:
    """Stop an unpublished notice, as if its copy had never gone out. A published one stands.

    After a copy on paper that repeats an unopened one nothing of the copy has reached her.
    """
    if delivery.kind is DeliveryKind.COPY_AGAIN:
        return copy_again_failed(locked, delivery)
    if delivery.kind is not DeliveryKind.COPY:
        _log.error("letter_returned", notice=str(locked.stored.id), kind=delivery.kind.value)
        return []
    return copy_failed(locked, delivery)


def return_letter(context: Context, chains: Chains, delivery_id: DeliveryId) -> Returned:
    """Say that a letter came back, once the inbox of the copy that it repeats was asked whether she opened it there."""
    with reading(context.engine) as connection:
        delivery = deliveries.find(connection, delivery_id)
    again = [delivery] if delivery is not None and delivery.kind is DeliveryKind.COPY_AGAIN else []
    opened = opened_before(context, again, chains).get(delivery_id) is True
    return context.writer.submit_and_wait(ReturnLetter(context, chains, delivery_id, opened))


def tell_stranded(context: Context, chains: Chains) -> None:
    """Tell the operator of copies on paper that wait for a channel of which the chain has none any more."""
    if chains[DeliveryKind.COPY_AGAIN]:
        return
    with reading(context.engine) as connection:
        waiting = deliveries.number_queued(connection, DeliveryKind.COPY_AGAIN)
    if waiting:
        _log.error("no_channel_for_copies_on_paper", letters=waiting)


def take_returns(context: Context, chains: Chains) -> None:
    """Return the letters that came back to their channels. What a channel cannot tell now it is asked again."""

    def take(delivery_id: DeliveryId) -> bool:
        returned = return_letter(context, chains, delivery_id)
        return returned is not Returned.NOT_YET

    for channel in {id(one): one for chain in chains.values() for one in chain}.values():
        try:
            channel.take_returns(take)
        except OSError as error:
            _log.error("returns_not_read", channel=channel.name, error=type(error).__name__)
