"""The events for a new reader of an office's notices: one for each open notice."""

from collections.abc import Sequence

import sqlalchemy as sa

from varsling.database.changes import Transaction
from varsling.domain.events import Event, EventType
from varsling.notices.tables import is_published, notice_versions, notices, was_published


def backfill_events(transaction: Transaction, office: str | None) -> Sequence[Event]:
    """Make one `notice.sent` for each open published notice of the office, or of all offices, oldest first."""
    statement = (
        sa.select(
            notices.c.id,
            notices.c.published_version,
            notice_versions.c.receiving_office_number,
            sa.or_(notices.c.tenant_urgent, notice_versions.c.urgent).label("urgent"),
        )
        .join(
            notice_versions,
            sa.and_(
                notice_versions.c.notice_id == notices.c.id, notice_versions.c.version == notices.c.published_version
            ),
        )
        .where(is_published)
        .order_by(notices.c.sent_at, notices.c.id)
    )
    if office is not None:
        statement = statement.where(was_published, notice_versions.c.receiving_office_number == office)
    return [
        Event(
            type=EventType.NOTICE_SENT,
            notice=row.id,
            version=row.published_version,
            office=row.receiving_office_number,
            members={"urgent": bool(row.urgent)},
        )
        for row in transaction.connection.execute(statement)
    ]
