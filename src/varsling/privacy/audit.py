"""The audit trail: actions with actor, subject and legal basis. A notice's history is read from it."""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.database.changes import Transaction
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
    NOTICE_REMINDED = "notice.reminded"
    NOTICE_LAPSED = "notice.lapsed"
    NOTICE_FORWARDED = "notice.forwarded"
    NOTICE_ESCALATED = "notice.escalated"
    NOTICE_HELD = "notice.held"
    NOTICE_ASSIGNED = "notice.assigned"
    NOTICE_OFFICE_FOUND = "notice.office_found"
    NOTICE_OFFICE_CHANGED = "notice.office_changed"
    NOTICE_RELEASED = "notice.released"
    NOTICE_REJECTED = "notice.rejected"
    TENANT_LEFT_OUT = "tenant.left_out"
    TENANT_REMOVED = "tenant.removed"
    TENANT_ENTERED = "tenant.entered"
    TENANT_WANTS_CALL = "tenant.wants_call"
    TENANT_DISPUTES = "tenant.disputes"
    TENANT_WISHES = "tenant.wishes"
    TENANT_CONSENTS = "tenant.consents"
    TENANT_REPORTED = "tenant.reported"
    REPORT_CLOSED = "report.closed"
    LANDLORD_SUSPENDED = "landlord.suspended"
    LANDLORD_RESUMED = "landlord.resumed"
    COPY_DISPATCHED = "copy.dispatched"
    COPY_UNDELIVERABLE = "copy.undeliverable"
    COPY_NOT_SENT = "copy.not_sent"
    COPY_RETRIED = "copy.retried"
    LETTER_DISPATCHED = "letter.dispatched"
    LETTER_UNDELIVERABLE = "letter.undeliverable"
    LETTER_NOT_SENT = "letter.not_sent"
    LETTER_DONE = "letter.done"
    RESERVATION_MADE = "reservation.made"
    RESERVATION_REVOKED = "reservation.revoked"
    LEASE_ENDED = "lease.ended"
    CHANNEL_PAUSED = "channel.paused"
    CHANNEL_RESUMED = "channel.resumed"
    FEED_EPOCH_BEGUN = "feed.epoch_begun"
    GRANT_MADE = "grant.made"
    GRANT_REVOKED = "grant.revoked"


class LegalBasis(StrEnum):
    """The rule that allowed an action. The row keeps it as it was worded on that day."""

    NOTICE = "husleieloven § 9-11 first paragraph, first to third sentence"
    COPY = "husleieloven § 9-11 second paragraph"
    RESERVATION = "husleieloven § 9-11 first paragraph, fourth sentence"
    ACCURACY = "personvernforordningen art. 5 (1) d"
    STORAGE_LIMITATION = "personvernforordningen art. 5 (1) e"
    PAGE = "the tenant's own request on her page"
    OPERATOR = "decision of the operator"


def basis_of(action: AuditAction, facts: Mapping[str, "Fact"]) -> LegalBasis:
    """Find the basis of an action. The end of a notice by a reservation has the reservation's basis."""
    if facts.get("reason") in _RESERVED:
        return LegalBasis.RESERVATION
    if facts.get("kind") == "landlord":
        return LegalBasis.RESERVATION
    if facts.get("kind") in _TO_OFFICES:  # the notice itself on paper, and letters about it
        return LegalBasis.NOTICE
    return _BASES.get(action) or _BASES_OF_KINDS[action.partition(".")[0]]


_TO_OFFICES = {"office", "office_second"}
_RESERVED = {"tenant-reserved", "reserved"}
_BASES = {
    AuditAction.NOTICE_CONTACT_CHANGED: LegalBasis.ACCURACY,
    AuditAction.NOTICE_LAPSING: LegalBasis.STORAGE_LIMITATION,
    AuditAction.NOTICE_LAPSED: LegalBasis.STORAGE_LIMITATION,
    AuditAction.TENANT_REMOVED: LegalBasis.ACCURACY,
    AuditAction.LEASE_ENDED: LegalBasis.STORAGE_LIMITATION,
    AuditAction.TENANT_LEFT_OUT: LegalBasis.RESERVATION,
    AuditAction.NOTICE_ASSIGNED: LegalBasis.OPERATOR,
    AuditAction.NOTICE_RELEASED: LegalBasis.OPERATOR,
    AuditAction.NOTICE_REJECTED: LegalBasis.OPERATOR,
}
_BASES_OF_KINDS = {
    "notice": LegalBasis.NOTICE,
    "copy": LegalBasis.COPY,
    "letter": LegalBasis.ACCURACY,
    "tenant": LegalBasis.PAGE,
    "reservation": LegalBasis.RESERVATION,
    "channel": LegalBasis.OPERATOR,
    "feed": LegalBasis.OPERATOR,
    "grant": LegalBasis.OPERATOR,
    "report": LegalBasis.OPERATOR,
    "landlord": LegalBasis.OPERATOR,
}


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One action.

    `actor` is an organisation number, or one of `domain.actor`. `subject` is the id of the thing acted on. `facts` hold
    codes, ids and counts, nothing personal: they outlive the content.
    """

    action: AuditAction
    actor: str
    subject: UUID
    facts: Mapping[str, Fact] = field(default_factory=dict)
    version: int | None = None


@dataclass(frozen=True, slots=True)
class LoggedRow:
    row: AuditRow
    at: datetime
    basis: LegalBasis


def log(transaction: Transaction, rows: Sequence[AuditRow]) -> None:
    """Insert the rows, at the transaction's time and in the order given."""
    values = [
        {
            "id": uuid7(),
            "at": transaction.now,
            "actor": row.actor,
            "action": row.action.value,
            "basis": basis_of(row.action, row.facts).value,
            "subject": row.subject,
            "version": row.version,
            "facts": orjson.dumps(dict(row.facts), option=orjson.OPT_SORT_KEYS).decode() if row.facts else None,
            "salt": secrets.token_bytes(_SALT_BYTES),
        }
        for row in rows
    ]
    transaction.insert(audit_rows, values)


def history(
    connection: sa.Connection, subject: UUID, actions: Collection[AuditAction] = frozenset(AuditAction)
) -> list[LoggedRow]:
    """Give the actions on `subject`, oldest first."""
    columns = audit_rows.c
    found = connection.execute(
        sa.select(columns.at, columns.actor, columns.action, columns.version, columns.facts, columns.basis)
        .where(columns.subject == subject, columns.action.in_(sorted(actions)))
        .order_by(columns.id)
    )
    return [
        LoggedRow(
            AuditRow(AuditAction(one.action), one.actor, subject, orjson.loads(one.facts or "{}"), one.version),
            one.at,
            LegalBasis(one.basis),
        )
        for one in found
    ]


def pending(rows: Iterable[AuditRow], at: datetime, actions: Collection[AuditAction]) -> list[LoggedRow]:
    """Give the rows that the running transaction has still to insert, in the form of `history`."""
    return [LoggedRow(row, at, basis_of(row.action, row.facts)) for row in rows if row.action in actions]


def was_done(
    action: AuditAction,
    subject: sa.ColumnElement[UUID],
    version: sa.ColumnElement[int | None] | None = None,
    *,
    since: sa.ColumnElement[Any] | datetime | None = None,
) -> sa.ColumnElement[bool]:
    """Select whether an action was done to a version of the selected thing, or (None) to any of its versions.

    With `since`, only what was done at that instant or later counts.
    """
    c = audit_rows.c
    done = sa.exists().where(c.subject == subject, c.action == action.value)
    if version is not None:
        done = done.where(c.version == version)
    return done if since is None else done.where(c.at >= since)
