"""What follows for a notice from the ends of its letters: audit, events, publication, a stop, paper after an inbox."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import structlog

from varsling.deliveries.service import RETURNED, Delivery, DeliveryKind, NewDelivery, mark_returned, opened_letters
from varsling.domain.actor import Actor
from varsling.domain.calendar import add_working_days
from varsling.domain.events import Event, EventType
from varsling.domain.lifecycle import CopyStatus, NoticeStatus
from varsling.domain.remarks import Remark
from varsling.domain.synthetic import PersonOutcome, outcome_of
from varsling.notices import service as notices
from varsling.notices.service import LockedNotice, StoredNotice
from varsling.privacy.audit import AuditAction, AuditRow

_TO_OFFICES = (DeliveryKind.OFFICE, DeliveryKind.OFFICE_SECOND)

_log = structlog.get_logger(__name__)


class End(NamedTuple):
    """A delivery that has ended, at which channel, and how.

    `on_paper` is the next channel that brings paper, if this one does not. `replaced`: the letter could not show a
    character.
    """

    delivery: Delivery
    status: CopyStatus
    channel: str
    on_paper: str | None
    replaced: bool


def follow(locked: LockedNotice, ends: Sequence[End]) -> list[Event]:
    """Log how the letters of a notice ended, tell the landlord, and do what follows for the notice."""
    events: list[Event] = []
    for end in ends:
        locked.audit.append(_audit_row(end))
        events += landlord_told(locked.stored, end.delivery, end.status)
        _plan_paper(locked, end)
    if any(end.replaced for end in ends):
        remarks = notices.distinct((*locked.stored.remarks, Remark.NAME_CHARACTERS_REPLACED))
        locked.update(remarks=remarks)
    for end in ends:
        if end.delivery.kind is DeliveryKind.COPY_AGAIN and end.status is CopyStatus.UNDELIVERABLE:
            events += copy_again_failed(locked, end.delivery)
    kinds = {(end.delivery.kind, end.delivery.version, end.status) for end in ends}
    before = locked.stored.status
    events += _published_or_stopped(locked, kinds)
    if before is NoticeStatus.ACCEPTED and locked.stored.status is NoticeStatus.SENT:
        events += _endings_of_test_persons(locked)
    return events


def _endings_of_test_persons(locked: LockedNotice) -> list[Event]:
    """Let the notice that was just sent end as a test person among its tenants asks."""
    events = [*notices.play_ending(locked)]
    asked = notices.endings_of(locked.stored, production=locked.settings.production)
    if PersonOutcome.COPY_RETURNED not in asked or locked.stored.notice is None:
        return events
    hers = {
        one.id for one in locked.stored.notice.tenants if outcome_of(one.national_id) is PersonOutcome.COPY_RETURNED
    }
    for copy in locked.outbox.deliveries:
        if copy.kind is DeliveryKind.COPY and copy.tenant_id in hers and copy.status is CopyStatus.DISPATCHED:
            mark_returned(locked.transaction, copy.id, RETURNED)
            events += copy_failed(locked, copy)
    return events


def _plan_paper(locked: LockedNotice, end: End) -> None:
    """Plan a copy on paper for when her copy lies unopened in an inbox (policy `unopened`). No date depends on it."""
    copy, wait = end.delivery, locked.settings.unopened
    if end.status is not CopyStatus.DISPATCHED or copy.kind is not DeliveryKind.COPY or end.on_paper is None:
        return
    if wait == 0:
        return
    again = NewDelivery(
        copy.notice_id,
        copy.version,
        DeliveryKind.COPY_AGAIN,
        tenant_id=copy.tenant_id,
        not_before=locked.now + (add_working_days(locked.today, wait) - locked.today),
        next_channel=end.on_paper,
    )
    locked.outbox.queue([again])


def _published_or_stopped(
    locked: LockedNotice, ends: Collection[tuple[DeliveryKind, int, CopyStatus]]
) -> Sequence[Event]:
    """Publish the notice after its last copy or its office's letter; stop it after an undeliverable copy."""
    newest, notice = locked.stored.version, str(locked.stored.id)
    events: list[Event] = []
    for _, version, _ in sorted(end for end in ends if end[0::2] == (DeliveryKind.OFFICE, CopyStatus.DISPATCHED)):
        events += notices.office_letter_dispatched(locked, version)
    if (DeliveryKind.COPY, newest, CopyStatus.UNDELIVERABLE) in ends:
        events += notices.stop_for_undeliverable_copy(locked)
    elif (DeliveryKind.COPY, newest, CopyStatus.DISPATCHED) in ends:
        events += notices.publish(locked)
    if any(kind is DeliveryKind.OFFICE and status is CopyStatus.UNDELIVERABLE for kind, _, status in ends):
        events += notices.office_letter_failed(locked)
    if any(kind in _TO_OFFICES and status is CopyStatus.UNDELIVERABLE for kind, _, status in ends):
        _log.error("office_letter_undeliverable", notice=notice)
    if any(kind is DeliveryKind.LANDLORD and status is CopyStatus.UNDELIVERABLE for kind, _, status in ends):
        _log.error("landlord_letter_undeliverable", notice=notice)  # the tenant's own message has not reached him
    return events


def copy_failed(locked: LockedNotice, copy: Delivery) -> list[Event]:
    """Tell the landlord of a copy that has not reached her after all, and stop the notice if it is not published."""
    if not locked.stored.is_open:
        return []
    events = landlord_told(locked.stored, copy, CopyStatus.UNDELIVERABLE)
    if copy.version == locked.stored.version:
        events += notices.stop_for_undeliverable_copy(locked)
    return events


def copy_again_failed(locked: LockedNotice, again: Delivery) -> list[Event]:
    """Say of the unopened copy too that it has not reached her: its repetition on paper was the last way.

    A copy that she has opened meanwhile has reached her, wherever the paper is.
    """
    copies = [
        one
        for one in locked.outbox.deliveries
        if (one.tenant_id, one.version) == (again.tenant_id, again.version)
        and one.kind is DeliveryKind.COPY
        and one.status is CopyStatus.DISPATCHED
    ]
    if not copies or opened_letters(locked.transaction.connection, [copies[-1].id]):
        return []
    _log.error("copy_on_paper_undeliverable", notice=str(locked.stored.id))
    mark_returned(locked.transaction, copies[-1].id, RETURNED)
    return copy_failed(locked, copies[-1])


def landlord_told(stored: StoredNotice, delivery: Delivery, status: CopyStatus) -> list[Event]:
    """Make the event that tells the landlord of a copy, with the tenant's id. Other letters make none."""
    if delivery.kind is not DeliveryKind.COPY or status is CopyStatus.NOT_SENT:
        return []
    dispatched = status is CopyStatus.DISPATCHED
    kind = EventType.COPY_DISPATCHED if dispatched else EventType.COPY_UNDELIVERABLE
    return [notices.landlord_event(stored, kind, delivery.version, {"tenant": str(delivery.tenant_id)})]


_ACTIONS = {
    (True, CopyStatus.DISPATCHED): AuditAction.COPY_DISPATCHED,
    (True, CopyStatus.UNDELIVERABLE): AuditAction.COPY_UNDELIVERABLE,
    (True, CopyStatus.NOT_SENT): AuditAction.COPY_NOT_SENT,
    (False, CopyStatus.DISPATCHED): AuditAction.LETTER_DISPATCHED,
    (False, CopyStatus.UNDELIVERABLE): AuditAction.LETTER_UNDELIVERABLE,
    (False, CopyStatus.NOT_SENT): AuditAction.LETTER_NOT_SENT,
}


def _audit_row(end: End) -> AuditRow:
    delivery = end.delivery
    facts = {
        "delivery": str(delivery.id),
        "kind": delivery.kind.value,
        "channel": end.channel,
        "tenant": str(delivery.tenant_id) if delivery.tenant_id else None,
    }
    action = _ACTIONS[delivery.kind is DeliveryKind.COPY, end.status]
    return AuditRow(action, Actor.WORKER, delivery.notice_id, facts, delivery.version)
