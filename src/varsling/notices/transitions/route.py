"""Which office a notice goes to, after it was accepted: found when it was not known, looked at again when its first
copy is written, and fixed for that version (DESIGN § 2). Registers are asked before the transaction, never inside."""

from collections.abc import Mapping
from datetime import date

import sqlalchemy as sa

from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.domain.calendar import add_working_days
from varsling.domain.dates import oslo_date
from varsling.domain.lifecycle import HeldFor
from varsling.domain.office import FoundBy, OfficeNumber, ReachedBy
from varsling.domain.remarks import Remark
from varsling.feed import service as feed
from varsling.notices.locking import write
from varsling.notices.store import StoredNotice
from varsling.offices.service import Resolution
from varsling.privacy.audit import AuditAction, AuditRow, Fact, history, record

SYSTEM = "varsling"


def hold_for_office(transaction: Transaction, stored: StoredNotice) -> StoredNotice:
    """A person is asked. The copies that were claimed wait by themselves: none is written that names no office."""
    held = write(
        transaction,
        stored,
        office=None,
        found_by=FoundBy.PENDING,
        reached_by=None,
        held_for=HeldFor.OFFICE,
        remarks=(*stored.remarks, Remark.OFFICE_TO_BE_FOUND),
    )
    record(transaction, [_row(AuditAction.NOTICE_HELD, stored, {"for": HeldFor.OFFICE.value, "from": stored.office})])
    return held


def decide_by(connection: sa.Connection, context: Context, stored: StoredNotice) -> date:
    """The last day on which a person may still decide about a held notice; then it is blocked."""
    held = history(connection, stored.id, {AuditAction.NOTICE_HELD})
    since = held[-1].at if held else stored.accepted_at
    return add_working_days(oslo_date(since), context.settings.held_working_days)


def go_to(
    transaction: Transaction, context: Context, stored: StoredNotice, found: Resolution, action: AuditAction
) -> None:
    facts = {"from": stored.office, "to": found.office, "found_by": found.found_by.value}
    write(
        transaction,
        stored,
        office=found.office,
        found_by=found.found_by,
        reached_by=_reached_by(transaction, context, found.office),
        register_version=context.offices.register.version,
        remarks=tuple(dict.fromkeys(stored.remarks)),
    )
    record(transaction, [_row(action, stored, facts)])


def _reached_by(transaction: Transaction, context: Context, office: OfficeNumber | None) -> ReachedBy | None:
    if office is None:
        return None
    now, settings = transaction.now, context.settings
    by_feed = feed.has_active_receiver(transaction.connection, office, now, settings)
    return ReachedBy.FEED if by_feed or not settings.office_channels else ReachedBy.LETTER


def _row(action: AuditAction, stored: StoredNotice, facts: Mapping[str, Fact]) -> AuditRow:
    return AuditRow(action, SYSTEM, stored.id, facts, stored.version)
