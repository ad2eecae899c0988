"""Publication to Nav: the only place at which an office comes to have a notice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from varsling.database.failpoints import failpoint
from varsling.deliveries.service import Delivery, DeliveryKind, NewDelivery, NotSent
from varsling.domain.actor import Actor
from varsling.domain.dates import oslo_date
from varsling.domain.events import Event, EventType
from varsling.domain.lifecycle import BlockedReason, CopyStatus, NoticeStatus, NoticeStep, after
from varsling.domain.office import OfficeNumber, ReachedBy
from varsling.domain.protection import Protection
from varsling.feed import service as feed
from varsling.notices import lookups
from varsling.notices.events import landlord_event, office_event
from varsling.notices.locking import LockedNotice
from varsling.notices.lookups import Publishable
from varsling.notices.stored import PublishedVersion, StoredNotice, is_urgent
from varsling.notices.transitions.dates import redate
from varsling.notices.transitions.end import block
from varsling.notices.transitions.letters import version_on_paper, write_to_office
from varsling.notices.transitions.reservations import apply_reservations, reserved_tenants
from varsling.notices.transitions.statements import tell_statements, write_statements
from varsling.privacy.audit import AuditAction

_log = structlog.get_logger(__name__)


def publish(locked: LockedNotice, actor: str = Actor.SYSTEM) -> list[Event]:
    """Publish the newest version if nothing stands in its way. Call it after whatever may have been the last thing.

    In its way stand: a copy that is not recorded as dispatched (guarantee 3), a reservation (guarantee 4) and the days
    to make one, a question for a person, an unknown office, a person register that has not answered. An office with an
    active integration has the version from this commit on. To any other office a letter is queued, whose dispatch is
    the publication; without a channel for letters the notice waits for an integration.
    """
    stored = locked.stored
    if not stored.is_open or stored.held_for is not None or stored.published_version == stored.version:
        return []
    effect = apply_reservations(locked, actor)
    failpoint("notice.reservations-checked")
    events, office = list(effect.events), _office_to_publish_to(locked)
    if effect.stopped or office is None or not _every_copy_dispatched(locked) or _window_open(locked):
        return events
    feed.share_grants(locked.transaction)
    # The office that everybody sees decides how, whichever office gets it: how and when must not tell where
    # (guarantee 10).
    shown = locked.stored.shown_office or office
    active = not feed.active_receivers(locked.transaction, locked.settings).isdisjoint({shown, None})
    letters = _letters_under_way(locked)
    if active and not any(one.may_have_arrived for one in letters):
        locked.outbox.cancel(NotSent.PUBLISHED, kinds=(DeliveryKind.OFFICE,))
        return [*events, *_published(locked, office, ReachedBy.FEED, actor)]
    if not active and not letters and locked.settings.office_channels:
        letter = NewDelivery(locked.stored.id, locked.stored.version, DeliveryKind.OFFICE, office_number=office)
        locked.outbox.queue([letter])
    return events


def office_letter_may_go(locked: LockedNotice, version: int) -> tuple[bool, Sequence[Event]]:
    """Whether the letter to the office may still be handed over, and the events of what a reservation did to it.

    Ask in the transaction that says that a channel may have the letter: from then on a reservation comes too late.
    """
    stored = locked.stored
    if not stored.is_open:
        return False, ()
    if version == stored.published_version:
        return _escalation_may_go(locked, version), ()
    if version != stored.version:
        return False, ()
    effect = apply_reservations(locked, Actor.SYSTEM)
    if not _every_copy_dispatched(locked):  # one came back since: its next dispatch publishes (guarantee 3)
        locked.outbox.cancel(NotSent.RETURNED, kinds=(DeliveryKind.OFFICE,), even_sent=False)
        return False, effect.events
    return not effect.stopped and locked.stored.is_open, effect.events


def office_letter_dispatched(locked: LockedNotice, version: int) -> list[Event]:
    """Publish the version whose letter to the office was dispatched: that day is S (LAW)."""
    stored = locked.stored
    if not stored.is_open:
        return []
    if version == stored.published_version:  # escalated or forwarded: S stands, and so does what the landlord sees
        write_statements(locked)
        return []
    if version == stored.version:
        office = _office_to_publish_to(locked)
        return [] if office is None else _published(locked, office, ReachedBy.LETTER, Actor.SYSTEM)
    if stored.published_version is not None:  # a newer version came before it
        return []
    (letter,) = [
        one
        for one in locked.outbox.deliveries
        if one.kind is DeliveryKind.OFFICE and one.version == version and one.status is CopyStatus.DISPATCHED
    ][:1]
    older = lookups.publishable(locked.transaction.connection, stored.id, version)
    office = OfficeNumber(letter.office_number or "")
    return _published(locked, office, ReachedBy.LETTER, Actor.SYSTEM, older)


def office_letter_failed(locked: LockedNotice) -> list[Event]:
    """Do what waited for an office's letter that no channel can bring: the office has nothing after all."""
    stored = locked.stored
    if not stored.is_open or stored.published_version is not None:
        return []
    failed = {
        one.tenant_id: one.status is CopyStatus.UNDELIVERABLE
        for one in locked.outbox.deliveries
        if one.kind is DeliveryKind.COPY and one.version == stored.version
    }
    return stop_for_undeliverable_copy(locked) if any(failed.values()) else publish(locked)


def escalate(locked: LockedNotice) -> None:
    """Send a published notice that no integration has fetched to its office as a letter too (LAW, case 7)."""
    stored, office = locked.stored, locked.stored.receiving_office
    if stored.published_version is None or office is None:
        return
    letter = write_to_office(locked, office)
    locked.log(AuditAction.NOTICE_ESCALATED, Actor.SYSTEM, {"letter": letter}, stored.published_version)
    # The log does not name the office: it might be the one for protected people.
    _log.error("notice_not_fetched", notice=str(stored.id), letter=letter)


def stop_for_undeliverable_copy(locked: LockedNotice) -> list[Event]:
    """Stop an unpublished notice whose newest copy has no channel left (LAW, case 6). A published one stands, and one
    that an office may have on paper."""
    if locked.stored.status is not NoticeStatus.ACCEPTED or version_on_paper(locked) is not None:
        return []
    return block(locked, BlockedReason.COPY_UNDELIVERABLE, Actor.SYSTEM)


def _escalation_may_go(locked: LockedNotice, version: int) -> bool:
    """Whether a letter of what is published already may go.

    It may not after a fetch, which makes it needless, nor after a reservation that let the published notice stand. A
    notice that one office forwarded to another is Nav's own business: a reservation that came after the landlord sent
    it does not keep it from the right office.
    """
    stored = locked.stored
    fetched = stored.fetched_at is not None or stored.opened_at is not None
    if not fetched and (stored.forwarded_at is not None or not reserved_tenants(locked)):
        return True
    reason = NotSent.RECEIVED if fetched else NotSent.RESERVED
    locked.outbox.cancel(reason, kinds=(DeliveryKind.OFFICE,), versions={version})
    return False


def _office_to_publish_to(locked: LockedNotice) -> OfficeNumber | None:
    """The office that gets the newest version; for an update, the office that has the notice.

    None while neither a person nor a register has named the office, or the person register has not answered.
    """
    stored = locked.stored
    if stored.published_version is not None:
        return stored.receiving_office
    office = stored.shown_office
    if office is None or (locked.context.protections.asks and stored.protection is None):
        return None
    return OfficeNumber(locked.settings.protected_office) if stored.protection is Protection.STRICT else office


def _every_copy_dispatched(locked: LockedNotice) -> bool:
    """Whether a copy of the newest version is recorded as dispatched for every tenant it names (guarantee 3)."""
    named = {tenant.id for tenant in locked.stored.remaining_tenants}
    copied = {
        one.tenant_id
        for one in locked.outbox.deliveries
        if one.kind is DeliveryKind.COPY
        and one.version == locked.stored.version
        and one.status is CopyStatus.DISPATCHED
    }
    return bool(named) and named <= copied


def _window_open(locked: LockedNotice) -> bool:
    """Whether a tenant may still answer her letter before anything goes to Nav (policy `reservation_window_days`)."""
    days, stored = locked.settings.reservation_window_days, locked.stored
    if not days or stored.published_version is not None:
        return False
    dispatched = [
        one.dispatched_at
        for one in locked.outbox.deliveries
        if one.kind is DeliveryKind.COPY and one.version == stored.version and one.dispatched_at is not None
    ]
    return locked.today < oslo_date(max(dispatched)) + timedelta(days=days)


def _letters_under_way(locked: LockedNotice) -> list[Delivery]:
    return [
        one
        for one in locked.outbox.deliveries
        if one.kind is DeliveryKind.OFFICE
        and one.version == locked.stored.version
        and one.status is not CopyStatus.NOT_SENT
    ]


def _published(
    locked: LockedNotice,
    office: OfficeNumber,
    reached_by: ReachedBy,
    actor: str,
    older: Publishable | None = None,
) -> list[Event]:
    """Record that the office has the newest version, or an older one. Only the first publication starts the clock
    (LAW, case 2)."""
    stored, now = locked.stored, locked.now
    this = older or _newest(stored)
    locked.update_version(this.id, published_at=now, receiving_office_number=office)
    first = stored.published_version is None
    moved: list[Event] = []
    if first:
        status = after(stored.status, NoticeStep.PUBLISH)
        moved = redate(locked, status=status, sent_at=now, sent_on=oslo_date(now))
    locked.update(published_version=this.version, reached_by=reached_by)
    published = PublishedVersion(this.version, now, this.named_office, office, this.petition_filed_on, this.urgent)
    locked.stored = replace(locked.stored, published=published)
    locked.log(AuditAction.NOTICE_SENT, actor, {"reached_by": reached_by.value}, this.version)
    statements: list[Event] = []
    if first:
        if reached_by is ReachedBy.LETTER:
            write_statements(locked)
        statements = tell_statements(locked)
    kind = EventType.NOTICE_SENT if first else EventType.NOTICE_UPDATED
    told = office_event(locked.stored, _news(stored, kind), office, this.version)
    return [told, *statements, landlord_event(locked.stored, kind, this.version), *moved]


def _newest(stored: StoredNotice) -> Publishable:
    urgent = stored.notice is not None and is_urgent(stored.notice)
    return Publishable(stored.version_id, stored.version, stored.version_office, stored.petition_filed_on, urgent)


def _news(before: StoredNotice, kind: EventType) -> EventType:
    """What the newest version is to an office that had an older one: of a petition it hears first (LAW, case 4)."""
    known = None if before.published is None else before.published.petition_filed_on
    if before.published is None or known == before.petition_filed_on:
        return kind
    return EventType.NOTICE_PETITION_WITHDRAWN if before.petition_filed_on is None else EventType.NOTICE_PETITION_FILED
