"""What time alone brings about: letters count as received, undecided notices are blocked, forgotten ones lapse.

Each notice has its own transaction, which looks again under the locks: two workers may sweep at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.database.engine import reading
from varsling.domain.calendar import add_working_days
from varsling.domain.dates import oslo_date
from varsling.domain.events import Event, EventType
from varsling.domain.lifecycle import OPEN, PUBLISHED, BlockedReason, NoticeStatus
from varsling.domain.office import ReachedBy
from varsling.feed import service as feed
from varsling.notices.commands.office_closed import TakenOver, with_closed_office
from varsling.notices.commands.protection import ask_again
from varsling.notices.commands.route import find_offices
from varsling.notices.commands.timer import SYSTEM, Due
from varsling.notices.events import landlord_event, letters_there
from varsling.notices.store import StoredNotice, waiting_for_an_integration
from varsling.notices.tables import OPEN_STATUSES, notice_versions, notices
from varsling.notices.transitions.end import block, lapse
from varsling.notices.transitions.publish import escalate, publish, receive
from varsling.notices.transitions.route import decide_by
from varsling.privacy.audit import AuditAction, AuditRow, history, record, was_done

LAPSING_BEFORE = timedelta(days=14)


def sweep(context: Context) -> int:
    """Do all that is due; how many notices it was due for. Cheap when nothing is."""
    context.offices.refresh(context.engine)
    with reading(context.engine) as connection:
        today = oslo_date(context.clock.now(connection))
        due = [
            *(TakenOver(context, one) for one in with_closed_office(connection, context)),
            *(LetterReceived(context, one) for one in _letters(connection, context, today)),
            *(Receivable(context, one) for one in _receivable(connection, context)),
            *(Undecided(context, one) for one in _held(connection)),
            *(Unfetched(context, one) for one in _unfetched(connection, context, today)),
            *(Lapsing(context, one) for one in _aging(connection, context, today)),
        ]
    return find_offices(context) + ask_again(context) + sum(context.writer.submit_and_wait(change) for change in due)


@dataclass(frozen=True, slots=True)
class LetterReceived(Due):
    """A letter whose arrival nobody confirmed counts as received some days after its dispatch (LAW: R)."""

    def bring_about(self, transaction: Transaction, stored: StoredNotice, today: date) -> Sequence[Event] | None:
        if stored.sent_on is None or stored.received_on is not None:
            return None
        dispatched_at = _first_letter(transaction.connection, stored)
        if dispatched_at is None:
            return None
        received_on = oslo_date(dispatched_at) + timedelta(days=self.context.settings.letter_received_after_days)
        if received_on > today:
            return None
        return receive(transaction, stored, actor=SYSTEM, received_on=received_on)


@dataclass(frozen=True, slots=True)
class Receivable(Due):
    """A notice that waited for its office's integration, or whose letter waits still: one that reads is there now."""

    def bring_about(self, transaction: Transaction, stored: StoredNotice, today: date) -> Sequence[Event] | None:
        del today
        return publish(transaction, self.context, stored) or None


@dataclass(frozen=True, slots=True)
class Unfetched(Due):
    """A notice in a stream that nobody reads: after some working days the office gets it by letter (LAW, case 7)."""

    def bring_about(self, transaction: Transaction, stored: StoredNotice, today: date) -> Sequence[Event] | None:
        there_at = stored.forwarded_at or _published_at(transaction.connection, stored)
        if (
            stored.status not in PUBLISHED
            or (stored.reached_by is not ReachedBy.FEED and stored.forwarded_at is None)
            or stored.fetched_at is not None
            or stored.opened_at is not None
            or there_at is None
            or today < add_working_days(oslo_date(there_at), self.context.settings.escalation)
            or _escalated_since(transaction.connection, stored, there_at)
            or any(one.version == stored.published_version for one in letters_there(transaction.connection, stored))
        ):
            return None
        escalate(transaction, self.context, stored)
        return []


@dataclass(frozen=True, slots=True)
class Undecided(Due):
    """A notice that waited for a person for too long: its landlord must not wait on."""

    def bring_about(self, transaction: Transaction, stored: StoredNotice, today: date) -> Sequence[Event] | None:
        if stored.held_for is None or stored.status is not NoticeStatus.ACCEPTED:
            return None
        if today <= decide_by(transaction.connection, self.context, stored):
            return None
        return block(transaction, stored, BlockedReason.NOT_DECIDED_IN_TIME, SYSTEM)


@dataclass(frozen=True, slots=True)
class Lapsing(Due):
    """A notice without an update for a long time says nothing any more; its landlord hears so before."""

    def bring_about(self, transaction: Transaction, stored: StoredNotice, today: date) -> Sequence[Event] | None:
        if stored.status not in OPEN:
            return None
        lapses_on = self._lapses_on(transaction.connection, stored)
        if today >= lapses_on:
            return lapse(transaction, stored, SYSTEM)
        if today < lapses_on - LAPSING_BEFORE or _done_already(
            transaction.connection, stored, AuditAction.NOTICE_LAPSING, stored.version
        ):
            return None
        record(transaction, [AuditRow(AuditAction.NOTICE_LAPSING, SYSTEM, stored.id, {}, stored.version)])
        members = {"lapses_on": lapses_on.isoformat()}
        return [landlord_event(stored, EventType.NOTICE_LAPSING, members=members)]

    def _lapses_on(self, connection: sa.Connection, stored: StoredNotice) -> date:
        written_at = connection.execute(
            sa.select(notice_versions.c.created_at).where(notice_versions.c.id == stored.version_id)
        ).scalar_one()
        last = max(stored.petition_recommended, oslo_date(written_at))
        return last + timedelta(days=self.context.settings.lapse_days)


def _done_already(connection: sa.Connection, stored: StoredNotice, action: AuditAction, version: int | None) -> bool:
    rows = history(connection, stored.id, {action})
    return any(one.row.version == version for one in rows)


def _escalated_since(connection: sa.Connection, stored: StoredNotice, since: datetime) -> bool:
    rows = history(connection, stored.id, {AuditAction.NOTICE_ESCALATED})
    return any(one.row.version == stored.published_version and one.at >= since for one in rows)


def _first_letter(connection: sa.Connection, stored: StoredNotice) -> datetime | None:
    """The dispatch of the first letter to the office that has the notice: later than S where an integration had it and
    read it not, or another office handed it on."""
    return next((one.dispatched_at for one in letters_there(connection, stored) if one.dispatched_at), None)


def _published_at(connection: sa.Connection, stored: StoredNotice) -> datetime | None:
    """When the version that stands was published."""
    c = notice_versions.c
    standing = sa.and_(c.notice_id == stored.id, c.version == stored.published_version)
    return connection.scalar(sa.select(c.published_at).where(standing))


def _unfetched(connection: sa.Connection, context: Context, today: date) -> list[UUID]:
    sent_by = today
    while add_working_days(sent_by, context.settings.escalation) > today:
        sent_by -= timedelta(days=1)
    c = notices.c
    escalated = was_done(AuditAction.NOTICE_ESCALATED, c.id, c.published_version)
    return _ids(
        connection,
        c.status.in_([status.value for status in PUBLISHED]),
        c.fetched_at.is_(None),
        c.opened_at.is_(None),
        c.sent_on <= sent_by,
        sa.or_(c.forwarded_at.is_not(None), sa.and_(c.reached_by == ReachedBy.FEED.value, sa.not_(escalated))),
    )


def _letters(connection: sa.Connection, context: Context, today: date) -> list[UUID]:
    sent_by = today - timedelta(days=context.settings.letter_received_after_days)
    return _ids(
        connection,
        notices.c.status == NoticeStatus.SENT.value,
        notices.c.received_on.is_(None),
        notices.c.sent_on <= sent_by,
    )


def _receivable(connection: sa.Connection, context: Context) -> list[UUID]:
    receivers = feed.offices_with_receiver(connection, context.clock.now(connection), context.settings)
    if not receivers:
        return []
    of_receivers = sa.true() if None in receivers else notices.c.office_number.in_(receivers)
    return _ids(connection, waiting_for_an_integration(), of_receivers)


def _held(connection: sa.Connection) -> list[UUID]:
    return _ids(connection, notices.c.held_for.is_not(None), notices.c.status == NoticeStatus.ACCEPTED.value)


def _aging(connection: sa.Connection, context: Context, today: date) -> list[UUID]:
    recommended_by = today - timedelta(days=context.settings.lapse_days) + LAPSING_BEFORE
    return _ids(connection, notices.c.status.in_(OPEN_STATUSES), notices.c.petition_recommended <= recommended_by)


def _ids(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> list[UUID]:
    return list(connection.scalars(sa.select(notices.c.id).where(*conditions).order_by(notices.c.id)))
