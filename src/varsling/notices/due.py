"""Which notices time alone may have made something due for. Each condition is looked up by an index of its own.

A timer looks again under the lock. These conditions keep it from a transaction for each notice that merely waits: what
is chosen here is due, but for what may have changed meanwhile. None: nothing can be, as things are set.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from varsling.context import Context
from varsling.deliveries import service as deliveries
from varsling.domain.calendar import last_day_with
from varsling.domain.dates import oslo_date, oslo_midnight
from varsling.feed import service as feed
from varsling.notices.lookups import waiting_for_an_integration
from varsling.notices.tables import (
    awaits_receipt,
    is_accepted,
    is_open,
    is_published,
    is_unread,
    notice_versions,
    notices,
)
from varsling.privacy import audit
from varsling.privacy.audit import AuditAction
from varsling.settings import Settings

LAPSING_BEFORE = timedelta(days=14)
"""How long before its notice lapses a landlord is told."""

_DAY = timedelta(days=1)
_NOTICE = notices.c


@dataclass(frozen=True, slots=True)
class Moment:
    """The instant of a look at all notices, and what it reads by."""

    connection: sa.Connection
    context: Context
    now: datetime

    @property
    def settings(self) -> Settings:
        return self.context.settings

    @property
    def today(self) -> date:
        return oslo_date(self.now)


def letter_sent(at: Moment) -> sa.ColumnElement[bool]:
    """Select those whose letter to the office counts as received by now."""
    sent_by = at.today - timedelta(days=at.settings.letter_received_after_days)
    by_letter = deliveries.wrote_to_office_before(_NOTICE.id, _after(sent_by))  # one that none fetches waits for ever
    return sa.and_(awaits_receipt, _NOTICE.sent_on <= sent_by, by_letter)


def receivable(at: Moment) -> sa.ColumnElement[bool] | None:
    """Select those that wait for an integration of their office, which reads now."""
    receivers = feed.offices_with_receiver(at.connection, at.now, at.settings)
    if not receivers:
        return None
    of_receivers = sa.true() if None in receivers else _NOTICE.office_number.in_(receivers)
    on_paper = deliveries.office_may_have_letter(_NOTICE.id, _NOTICE.version)
    return sa.and_(waiting_for_an_integration(), of_receivers, _answered(at), sa.not_(on_paper))


def window_over(at: Moment) -> sa.ColumnElement[bool] | None:
    """Select those whose tenants have had their days to answer, and that go to their office by letter."""
    if not at.settings.reservation_window_days or not at.settings.office_channels:
        return None
    written = deliveries.writes_to_office(_NOTICE.id, _NOTICE.version)
    return sa.and_(waiting_for_an_integration(), _answered(at), sa.not_(written))


def without_reader(at: Moment) -> sa.ColumnElement[bool]:
    """Select those that lack a reader at their office: no integration reads, and no letter is on its way, be it that
    none could be brought."""
    return sa.and_(waiting_for_an_integration(), _answered(at), sa.not_(deliveries.awaits_office_letter(_NOTICE.id)))


def undecided(at: Moment) -> sa.ColumnElement[bool]:
    """Select those that were held for so long that the days to decide are over."""
    before = _after(last_day_with(at.settings.held_working_days, at.today - _DAY))
    held = sa.and_(_NOTICE.held_for.is_not(None), is_accepted, _NOTICE.accepted_at < before)
    return sa.and_(held, sa.not_(audit.was_done(AuditAction.NOTICE_HELD, _NOTICE.id, since=before)))


def unfetched(at: Moment) -> sa.ColumnElement[bool]:
    """Select those that lie unread in a stream for too long, and of which no letter told the office yet."""
    sent_by = last_day_with(at.settings.escalation, at.today)
    there_at = sa.func.coalesce(_NOTICE.forwarded_at, _of_version(notice_versions.c.published_at, published=True))
    since = sa.func.coalesce(_NOTICE.forwarded_at, _NOTICE.sent_at)
    escalated = audit.was_done(AuditAction.NOTICE_ESCALATED, _NOTICE.id, _NOTICE.published_version, since=since)
    return sa.and_(is_unread, _NOTICE.sent_on <= sent_by, there_at < _after(sent_by), sa.not_(escalated))


def aging(at: Moment) -> sa.ColumnElement[bool]:
    """Select those that lapse, and those whose landlord is to be told that they will."""
    lapsing = at.today - timedelta(days=at.settings.lapse_days)
    told_from = lapsing + LAPSING_BEFORE
    created_at = _of_version(notice_versions.c.created_at)
    old = sa.and_(is_open, _NOTICE.petition_recommended <= told_from, created_at < _after(told_from))
    lapsed = sa.and_(_NOTICE.petition_recommended <= lapsing, created_at < _after(lapsing))
    told = audit.was_done(AuditAction.NOTICE_LAPSING, _NOTICE.id, _NOTICE.version)
    return sa.and_(old, sa.or_(lapsed, sa.not_(told)))


def to_remind_of(at: Moment) -> sa.ColumnElement[bool] | None:
    """Select those that are open so long after their publication that their tenants are reminded."""
    days = at.settings.reminder_days
    if days == 0:
        return None
    due = sa.and_(_NOTICE.sent_on <= at.today - timedelta(days=days), _NOTICE.petition_filed_on.is_(None))
    return sa.and_(is_published, due, sa.not_(audit.was_done(AuditAction.NOTICE_REMINDED, _NOTICE.id)))


def _answered(at: Moment) -> sa.ColumnElement[bool]:
    """Select those whose tenants have had their days to answer the newest copy (policy `reservation_window_days`)."""
    days = at.settings.reservation_window_days
    if days == 0:
        return sa.true()
    copied = deliveries.copied_since(_NOTICE.id, _NOTICE.version, _after(at.today - timedelta(days=days)))
    return sa.or_(_NOTICE.published_version.is_not(None), sa.not_(copied))


def _of_version(column: sa.Column[datetime], *, published: bool = False) -> sa.ScalarSelect[datetime]:
    c = notice_versions.c
    version = _NOTICE.published_version if published else _NOTICE.version
    return sa.select(column).where(c.notice_id == _NOTICE.id, c.version == version).correlate(notices).scalar_subquery()


def _after(day: date) -> datetime:
    """The end of a day in Norway."""
    return oslo_midnight(day + _DAY)
