"""The audit trail: what was done, by whom, to what; a notice's history is read from it."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import orjson
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.database.changes import Transaction
from varsling.database.rows import insert_rows
from varsling.privacy.tables import audit_rows

Fact = str | int | bool | None
_SALT_BYTES = 32


class AuditAction(StrEnum):
    NOTICE_ACCEPTED = "notice.accepted"
    NOTICE_UPDATED = "notice.updated"
    NOTICE_CONTACT_CHANGED = "notice.contact_changed"
    NOTICE_SENT = "notice.sent"
    NOTICE_READ = "notice.read"
    NOTICE_FETCHED = "notice.fetched"
    NOTICE_ACKNOWLEDGED = "notice.acknowledged"
    NOTICE_OPENED = "notice.opened"
    NOTICE_RECEIVED = "notice.received"
    NOTICE_SETTLED = "notice.settled"
    NOTICE_WITHDRAWN = "notice.withdrawn"
    NOTICE_BLOCKED = "notice.blocked"
    NOTICE_RESUMED = "notice.resumed"
    NOTICE_LAPSING = "notice.lapsing"
    NOTICE_LAPSED = "notice.lapsed"
    NOTICE_FORWARDED = "notice.forwarded"
    NOTICE_ESCALATED = "notice.escalated"
    NOTICE_HELD = "notice.held"
    NOTICE_ASSIGNED = "notice.assigned"
    NOTICE_RELEASED = "notice.released"
    NOTICE_REJECTED = "notice.rejected"
    TENANT_LEFT_OUT = "tenant.left_out"
    COPY_DISPATCHED = "copy.dispatched"
    COPY_UNDELIVERABLE = "copy.undeliverable"
    COPY_NOT_SENT = "copy.not_sent"
    COPY_RETRIED = "copy.retried"
    LETTER_DISPATCHED = "letter.dispatched"
    LETTER_UNDELIVERABLE = "letter.undeliverable"
    LETTER_NOT_SENT = "letter.not_sent"
    RESERVATION_MADE = "reservation.made"
    RESERVATION_REVOKED = "reservation.revoked"
    GRANT_MADE = "grant.made"
    GRANT_REVOKED = "grant.revoked"


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One thing that was done.

    `actor` is an organisation number or a part of varsling by name, `subject` the id of what it was done to. `facts`
    hold codes, ids and counts, nothing personal: they outlive the content.
    """

    action: AuditAction
    actor: str
    subject: UUID
    facts: Mapping[str, Fact] = field(default_factory=dict)
    version: int | None = None


@dataclass(frozen=True, slots=True)
class RecordedRow:
    row: AuditRow
    at: datetime


def record(transaction: Transaction, rows: Sequence[AuditRow]) -> None:
    """Insert the rows, at the transaction's time and in the order given."""
    values = [
        {
            "id": uuid7(),
            "at": transaction.now,
            "actor": row.actor,
            "action": row.action.value,
            "subject": row.subject,
            "version": row.version,
            "facts": orjson.dumps(dict(row.facts), option=orjson.OPT_SORT_KEYS).decode() if row.facts else None,
            "salt": secrets.token_bytes(_SALT_BYTES),
        }
        for row in rows
    ]
    insert_rows(transaction.connection, audit_rows, values)


def history(
    connection: sa.Connection, subject: UUID, actions: Collection[AuditAction] = frozenset(AuditAction)
) -> list[RecordedRow]:
    """What was done to `subject`, oldest first."""
    columns = audit_rows.c
    found = connection.execute(
        sa.select(columns.at, columns.actor, columns.action, columns.version, columns.facts)
        .where(columns.subject == subject, columns.action.in_(sorted(actions)))
        .order_by(columns.id)
    )
    return [
        RecordedRow(
            AuditRow(AuditAction(one.action), one.actor, subject, orjson.loads(one.facts or "{}"), one.version), one.at
        )
        for one in found
    ]
