"""Reports of misuse, for the operator: `varsling reports`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.database.changes import Change, Transaction
from varsling.domain.actor import Actor
from varsling.domain.problems import NotFound
from varsling.domain.tenant import MisuseKind
from varsling.privacy import audit
from varsling.privacy.audit import AuditAction, AuditRow
from varsling.privacy.cipher import Cipher
from varsling.tenants.tables import misuse_reports

CONTENT = "misuse_reports.content"


@dataclass(frozen=True, slots=True)
class MisuseReport:
    """`kinds` is empty once the content is erased."""

    id: UUID
    notice_id: UUID
    reported_at: datetime
    kinds: tuple[MisuseKind, ...]


def file_report(
    transaction: Transaction,
    cipher: Cipher,
    tenant_id: UUID,
    code_id: UUID,
    notice_id: UUID,
    kinds: Sequence[MisuseKind],
) -> UUID | None:
    """Store a tenant's report, for the operator alone. Gives its id; None if one made through this code waits already:
    one through another code may be somebody else's.
    """
    c = misuse_reports.c
    waiting = sa.select(c.id).where(c.code_id == code_id, c.closed_at.is_(None))
    if transaction.connection.execute(waiting).first() is not None:
        return None
    report_id = uuid7()
    row = {
        "id": report_id,
        "tenant_id": tenant_id,
        "code_id": code_id,
        "notice_id": notice_id,
        "reported_at": transaction.now,
        "content": cipher.encrypt(CONTENT, report_id, orjson.dumps(kinds)),
    }
    transaction.connection.execute(misuse_reports.insert().values(**row))
    return report_id


def open_reports(connection: sa.Connection, cipher: Cipher) -> list[MisuseReport]:
    """`reports list`: give the open reports, the oldest first."""
    return _reports(connection, cipher, misuse_reports.c.closed_at.is_(None))


def reports_of(connection: sa.Connection, cipher: Cipher, tenant_id: UUID) -> list[MisuseReport]:
    """Give the reports of a tenant, for herself, the oldest first."""
    return _reports(connection, cipher, misuse_reports.c.tenant_id == tenant_id)


def _reports(connection: sa.Connection, cipher: Cipher, which: sa.ColumnElement[bool]) -> list[MisuseReport]:
    query = sa.select(misuse_reports).where(which).order_by(misuse_reports.c.id)
    return [
        MisuseReport(row.id, row.notice_id, row.reported_at, _kinds(cipher, row.id, row.content))
        for row in connection.execute(query)
    ]


def _kinds(cipher: Cipher, report_id: UUID, content: bytes | None) -> tuple[MisuseKind, ...]:
    said = [] if content is None else orjson.loads(cipher.decrypt(CONTENT, report_id, content))
    return tuple(MisuseKind(kind) for kind in said)


@dataclass(frozen=True, slots=True)
class CloseReport(Change[None]):
    """`reports close`. Raises NotFound unless the report is open."""

    report_id: UUID

    def apply(self, transaction: Transaction) -> None:
        c = misuse_reports.c
        closing = misuse_reports.update().where(c.id == self.report_id, c.closed_at.is_(None))
        closed = transaction.connection.execute(closing.values(closed_at=transaction.now).returning(c.notice_id))
        notice_id = closed.scalar_one_or_none()
        if notice_id is None:
            raise NotFound
        facts = {"report": str(self.report_id)}
        audit.log(transaction, [AuditRow(AuditAction.REPORT_CLOSED, Actor.OPERATOR, notice_id, facts)])
