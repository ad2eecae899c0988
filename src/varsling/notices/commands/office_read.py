"""A NAV office's integration reads a notice (CONTRACT § Office's view)."""

from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from varsling.command_base import Command, Decision
from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.database.engine import reading
from varsling.domain.lifecycle import WithdrawalReason
from varsling.domain.problems import Erased, NotFound
from varsling.feed.service import GrantKind
from varsling.notices.locking import LockedNotice, lock_notice, store_changes
from varsling.notices.lookups import count_earlier, granted_to
from varsling.notices.schemas.office import OfficeView
from varsling.notices.store import load
from varsling.notices.stored import StoredNotice
from varsling.notices.tables import notices
from varsling.notices.transitions.receive import receive
from varsling.notices.views_office import HISTORY, office_view
from varsling.privacy import audit
from varsling.privacy.audit import AuditAction
from varsling.tenants import service as tenants

_CLOSED = frozenset(reason.value for reason in WithdrawalReason if reason.closes_content)


class _Read(NamedTuple):
    """`receives`: the caller receives for the office, so its first read is the office's reception."""

    notice: LockedNotice
    receives: bool


@dataclass(frozen=True, slots=True)
class ReadByOffice(Command[_Read, OfficeView]):
    """Read the newest published version. It is a write: every read is in the audit trail.

    Raises NotFound, Erased.
    """

    organisation: str
    notice_id: UUID

    def lock(self, transaction: Transaction) -> _Read:
        """Lock the landlord for a first read alone: a later one changes nothing of the notice.

        Under the lock either a reservation has closed the notice by now, or it finds that an office has it.
        """
        access, allowed = (
            _access(transaction.connection, self.organisation, self.notice_id),
            granted_to(self.organisation),
        )
        if access.first:
            return _Read(lock_notice(transaction, self.context, self.notice_id, allowed), access.receives)
        this = sa.and_(notices.c.id == self.notice_id, allowed)
        found = load(transaction.connection, self.context.keyring.cipher, this)
        if not found:  # forwarded in the meantime
            raise NotFound
        return _Read(LockedNotice(transaction, self.context, found[0]), access.receives)

    def decide(self, locked: _Read) -> Decision[OfficeView]:
        notice, events = locked.notice, []
        require_readable(notice.stored)
        if locked.receives and notice.stored.fetched_at is None:
            events = receive(notice, actor=self.organisation, fetched_at=notice.now)
        elif notice.stored.read_at is None:
            notice.update_internal(read_at=notice.now)
        kind = GrantKind.RECEIVE if locked.receives else GrantKind.OBSERVE
        version = notice.stored.published_version
        notice.log(AuditAction.NOTICE_READ, self.organisation, {"grant": kind.value}, version)
        return Decision(self._view(notice), events)

    def store(self, transaction: Transaction, locked: _Read) -> None:
        store_changes(transaction, [locked.notice])

    def _view(self, notice: LockedNotice) -> OfficeView:
        stored, connection, cipher = _as_published(notice), notice.transaction.connection, self.context.keyring.cipher
        statements = tenants.statements_of(connection, cipher, [row.id for row in stored.tenants])
        rows = [*audit.history(connection, stored.id, HISTORY), *audit.pending(notice.audit, notice.now, HISTORY)]
        earlier = count_earlier(connection, stored)
        return office_view(stored, notice.outbox.deliveries, statements, earlier, rows, self.context.offices)


def version_readable_by(context: Context, organisation: str, notice_id: UUID) -> int:
    """The version that a read would show, without reading. Raises NotFound or Erased as a read would."""
    with reading(context.engine) as connection:
        this = sa.and_(notices.c.id == notice_id, granted_to(organisation))
        found = load(connection, context.keyring.cipher, this, published=True)
        if not found:
            raise NotFound
        require_readable(found[0])
        return found[0].content_version


def require_readable(stored: StoredNotice) -> None:
    """Raises Erased for a notice whose content is gone, or was closed by its withdrawal."""
    if stored.notice is None or stored.reason in _CLOSED:
        raise Erased


class _Access(NamedTuple):
    receives: bool
    first: bool


def _access(connection: sa.Connection, organisation: str, notice_id: UUID) -> _Access:
    """Find the organisation's access to the notice. Raises NotFound."""
    statement = sa.select(
        granted_to(organisation, (GrantKind.RECEIVE,)).label("receives"), notices.c.read_at, notices.c.fetched_at
    ).where(notices.c.id == notice_id, granted_to(organisation))
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise NotFound
    return _Access(row.receives, row.read_at is None or (row.receives and row.fetched_at is None))


def _as_published(locked: LockedNotice) -> StoredNotice:
    """Give the notice with the document of its published version, which mostly is the newest and loaded already."""
    stored = locked.stored
    if stored.published_version == stored.version:
        return stored
    cipher = locked.context.keyring.cipher
    (published,) = load(locked.transaction.connection, cipher, notices.c.id == stored.id, published=True)
    return replace(
        stored,
        notice=published.notice,
        content_version=published.content_version,
        version_id=published.version_id,
        version_created_at=published.version_created_at,
        version_office=published.version_office,
    )
