"""What time alone makes due: letters count as received, undecided notices are blocked, forgotten ones lapse.

Each notice has its own transaction, which looks again under the lock: two workers may sweep at once.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from varsling.command_base import Decision
from varsling.context import Context
from varsling.deliveries.service import SecondKind
from varsling.domain.actor import Actor
from varsling.domain.calendar import add_working_days
from varsling.domain.dates import oslo_date
from varsling.domain.events import Event, EventType
from varsling.domain.lifecycle import BlockedReason, NoticeStatus
from varsling.domain.office import ReachedBy
from varsling.notices import due as due_conditions
from varsling.notices.commands.base import NoticeCommand
from varsling.notices.due import LAPSING_BEFORE, Moment
from varsling.notices.events import landlord_event
from varsling.notices.locking import LockedNotice
from varsling.notices.lookups import decide_by, letters_to_receiving_office
from varsling.notices.tables import notices
from varsling.notices.transitions.end import block, lapse
from varsling.notices.transitions.letters import informed_tenants, write_to_tenants
from varsling.notices.transitions.publish import escalate, publish
from varsling.notices.transitions.receive import receive
from varsling.privacy import audit
from varsling.privacy.audit import AuditAction


@dataclass(frozen=True, slots=True)
class Timer(NoticeCommand[bool]):
    """Something that may be due for a notice. Answers whether it was."""

    @abstractmethod
    def perform(self, locked: LockedNotice) -> Sequence[Event] | None:
        """Do what is due and give the events that tell of it; None if it was not due after all."""

    def decide(self, locked: LockedNotice) -> Decision[bool]:
        events = self.perform(locked)
        return Decision(events is not None, events or ())


@dataclass(frozen=True, slots=True)
class CountAsReceived(Timer):
    """A letter whose delivery no channel confirmed counts as received some days after its dispatch (LAW: R)."""

    def perform(self, locked: LockedNotice) -> Sequence[Event] | None:
        stored = locked.stored
        if stored.sent_on is None or stored.received_on is not None:
            return None
        dispatched_at = _first_letter(locked)
        if dispatched_at is None:
            return None
        received_on = oslo_date(dispatched_at) + timedelta(days=locked.settings.letter_received_after_days)
        if received_on > locked.today:
            return None
        return receive(locked, actor=Actor.SYSTEM, received_on=received_on)


@dataclass(frozen=True, slots=True)
class PublishToIntegration(Timer):
    """A notice waited for its office's integration, or its letter waits still: an integration reads now."""

    def perform(self, locked: LockedNotice) -> Sequence[Event] | None:
        return publish(locked) or None


@dataclass(frozen=True, slots=True)
class PublishAfterWindow(Timer):
    """The days are over in which the tenants could answer their letters (policy `reservation_window_days`)."""

    def perform(self, locked: LockedNotice) -> Sequence[Event] | None:
        before = len(locked.outbox.deliveries)
        events = publish(locked)
        return events if events or len(locked.outbox.deliveries) > before else None


@dataclass(frozen=True, slots=True)
class EscalateUnfetched(Timer):
    """A stream has a notice that no integration reads: after some working days the office gets a letter (case 7)."""

    def perform(self, locked: LockedNotice) -> Sequence[Event] | None:
        stored = locked.stored
        there_at = stored.forwarded_at or (stored.published.published_at if stored.published else None)
        if (
            not stored.is_published
            or (stored.reached_by is not ReachedBy.FEED and stored.forwarded_at is None)
            or stored.fetched_at is not None
            or stored.opened_at is not None
            or there_at is None
            or locked.today < add_working_days(oslo_date(there_at), locked.settings.escalation)
            or _escalated_since(locked, there_at)
            or any(
                one.version == stored.published_version
                for one in letters_to_receiving_office(stored, locked.outbox.deliveries)
            )
        ):
            return None
        escalate(locked)
        return []


@dataclass(frozen=True, slots=True)
class BlockUndecided(Timer):
    """A notice has waited for a person for too long: its landlord must not wait on."""

    def perform(self, locked: LockedNotice) -> Sequence[Event] | None:
        stored = locked.stored
        if stored.held_for is None or stored.status is not NoticeStatus.ACCEPTED:
            return None
        if locked.today <= decide_by(locked.transaction.connection, stored, locked.settings.held_working_days):
            return None
        return block(locked, BlockedReason.NOT_DECIDED_IN_TIME, Actor.SYSTEM)


@dataclass(frozen=True, slots=True)
class Lapse(Timer):
    """A notice got no update for so long that it is out of date. Its landlord is told some days before."""

    def perform(self, locked: LockedNotice) -> Sequence[Event] | None:
        stored = locked.stored
        if not stored.is_open:
            return None
        last = max(stored.petition_recommended, oslo_date(stored.version_created_at))
        lapses_on = last + timedelta(days=locked.settings.lapse_days)
        if locked.today >= lapses_on:
            return lapse(locked, Actor.SYSTEM)
        if locked.today < lapses_on - LAPSING_BEFORE or _told_of_lapsing(locked):
            return None
        locked.log(AuditAction.NOTICE_LAPSING, Actor.SYSTEM)
        members = {"lapses_on": lapses_on.isoformat()}
        return [landlord_event(stored, EventType.NOTICE_LAPSING, members=members)]


@dataclass(frozen=True, slots=True)
class Remind(Timer):
    """A notice is open still some days after its publication: each informed tenant is reminded once, unless she asked
    not to be (policy `reminder_days`). Of a petition she has a letter of its own."""

    def perform(self, locked: LockedNotice) -> Sequence[Event] | None:
        stored = locked.stored
        if not stored.is_published or stored.petition_filed_on is not None or _reminded(locked):
            return None
        if stored.sent_on is None or locked.today < stored.sent_on + timedelta(days=locked.settings.reminder_days):
            return None
        wanted = {one.id for one in stored.remaining_tenants if one.no_reminder_at is None}
        write_to_tenants(locked, SecondKind.REMINDER, informed_tenants(locked) & wanted)
        locked.log(AuditAction.NOTICE_REMINDED, Actor.SYSTEM)
        return []


def _reminded(locked: LockedNotice) -> bool:
    return bool(audit.history(locked.transaction.connection, locked.stored.id, {AuditAction.NOTICE_REMINDED}))


def _told_of_lapsing(locked: LockedNotice) -> bool:
    rows = audit.history(locked.transaction.connection, locked.stored.id, {AuditAction.NOTICE_LAPSING})
    return any(one.row.version == locked.stored.version for one in rows)


def _escalated_since(locked: LockedNotice, since: datetime) -> bool:
    rows = audit.history(locked.transaction.connection, locked.stored.id, {AuditAction.NOTICE_ESCALATED})
    return any(one.row.version == locked.stored.published_version and one.at >= since for one in rows)


def _first_letter(locked: LockedNotice) -> datetime | None:
    """When the first letter to the office that has the notice was dispatched.

    That is later than S if an integration had the notice and did not read it, or if another office forwarded it.
    """
    letters = letters_to_receiving_office(locked.stored, locked.outbox.deliveries)
    return next((one.dispatched_at for one in letters if one.dispatched_at), None)


def due(connection: sa.Connection, context: Context, now: datetime) -> list[Timer]:
    """What may be due now, of all notices. It is two statements, and cheap when nothing is due."""
    at = Moment(connection, context, now)
    kinds: dict[type[Timer], sa.ColumnElement[bool] | None] = {
        CountAsReceived: due_conditions.letter_sent(at),
        PublishToIntegration: due_conditions.receivable(at),
        PublishAfterWindow: due_conditions.window_over(at),
        BlockUndecided: due_conditions.undecided(at),
        EscalateUnfetched: due_conditions.unfetched(at),
        Lapse: due_conditions.aging(at),
        Remind: due_conditions.to_remind_of(at),
    }
    order = list(kinds)
    selects = [
        sa.select(sa.literal(place).label("place"), notices.c.id).where(condition)
        for place, condition in enumerate(kinds.values())
        if condition is not None
    ]
    found = connection.execute(sa.union_all(*selects).order_by("place", "id"))
    return [order[row.place](context, row.id) for row in found]
