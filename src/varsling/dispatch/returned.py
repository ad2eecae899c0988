"""A letter came back after its dispatch (LAW, case 6): it goes by post, or the landlord hears of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

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
    """She has the copy already, on paper or opened, or it is not so any more: nothing goes out again."""
    NOTHING = "nothing"
    """There is no such letter, or it came back before, or never went out."""
    NOT_YET = "not_yet"
    """A worker has it, or asks for it, and nobody knows yet that it went out: tell it again later."""


@dataclass(frozen=True, slots=True)
class ReturnLetter(Command[LockedNotice | None, Returned]):
    """Say that a dispatched letter did not arrive.

    `opened`: the copy that it repeats on paper was opened since. `told_by` is the channel that says so; None: an
    operator. A channel speaks of its own letters alone: bounces can be forged by whoever knows a letter's id.
    """

    chains: Chains
    delivery_id: DeliveryId
    opened: bool = False
    told_by: str | None = None

    def lock(self, transaction: Transaction) -> LockedNotice | None:
        known = deliveries.find(transaction.connection, self.delivery_id)
        return None if known is None else notices.lock_notice(transaction, self.context, known.notice_id)

    def decide(self, locked: LockedNotice | None) -> Decision[Returned]:
        if locked is None:
            return Decision(Returned.NOTHING)
        delivery = next((one for one in locked.outbox.deliveries if one.id == self.delivery_id), None)
        if delivery is not None and self.told_by not in (None, delivery.channel or delivery.next_channel):
            return Decision(Returned.NOTHING)
        if delivery is not None and delivery.status is CopyStatus.QUEUED and delivery.handed_over:
            return Decision(Returned.NOT_YET)
        if delivery is None or delivery.status is not CopyStatus.DISPATCHED:
            return Decision(Returned.NOTHING)
        return self._returned(locked, delivery)

    def _returned(self, locked: LockedNotice, delivery: Delivery) -> Decision[Returned]:
        stands = _repeated_on_paper(locked, delivery) or _opened(locked, delivery)
        _log_returned(locked, delivery, copy=delivery.kind is DeliveryKind.COPY and not stands)
        if stands:
            return Decision(Returned.NEEDLESS)
        deliveries.mark_returned(locked.transaction, delivery.id, deliveries.RETURNED)
        if self.opened or not _wanted(locked, delivery):
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


def _opened(locked: LockedNotice, copy: Delivery) -> bool:
    """Tell whether she has opened this copy on her page: then it has reached her, whatever a mail server says later."""
    kinds = (DeliveryKind.COPY, DeliveryKind.COPY_AGAIN)
    return copy.kind in kinds and bool(deliveries.opened_letters(locked.transaction.connection, [copy.id]))


def _wanted(locked: LockedNotice, delivery: Delivery) -> bool:
    """Tell whether the letter still says what is so: the copy of a notice that has ended, or names her no more, does
    not."""
    if delivery.kind not in (DeliveryKind.COPY, DeliveryKind.COPY_AGAIN):
        return True
    return locked.stored.is_open and delivery.tenant_id in {one.id for one in locked.stored.remaining_tenants}


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


def return_letter(context: Context, chains: Chains, delivery_id: DeliveryId, told_by: str | None = None) -> Returned:
    """Say that a letter came back, once the inbox of the copy that it repeats was asked whether she opened it there."""
    with reading(context.engine) as connection:
        delivery = deliveries.find(connection, delivery_id)
    again = [delivery] if delivery is not None and delivery.kind is DeliveryKind.COPY_AGAIN else []
    opened = opened_before(context, again, chains).get(delivery_id) is True
    return context.writer.submit_and_wait(ReturnLetter(context, chains, delivery_id, opened, told_by))


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

    def take(delivery_id: DeliveryId, told_by: str) -> bool:
        return return_letter(context, chains, delivery_id, told_by) is not Returned.NOT_YET

    for channel in {id(one): one for chain in chains.values() for one in chain}.values():
        try:
            channel.take_returns(partial(take, told_by=channel.name))
        except Exception as error:  # noqa: BLE001  (one channel's fault keeps no other's returns back)
            _log.error("returns_not_read", channel=channel.name, error=type(error).__name__)
