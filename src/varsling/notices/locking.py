"""A notice under its landlord's lock: every change of a notice begins here, and is stored from here."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.deliveries import service as deliveries
from varsling.deliveries.service import Outbox
from varsling.domain.dates import oslo_date
from varsling.domain.problems import NotFound
from varsling.landlords.service import landlords, lock_landlords
from varsling.notices import store
from varsling.notices.stored import StoredNotice
from varsling.notices.tables import notices
from varsling.privacy import audit
from varsling.privacy.audit import AuditAction, AuditRow, Fact
from varsling.reservations import service as reservations
from varsling.reservations.service import InForce
from varsling.settings import Settings
from varsling.tenants import service as tenants
from varsling.tenants.service import Statements


@dataclass(slots=True)
class LockedNotice:
    """A notice of a landlord that is locked, as the transaction changes it.

    It is loaded once. Changes of its facts, rows for the audit trail and new letters are collected here, and
    `store_changes` writes them: a fact that changes twice costs one statement, and whoever reads it here reads the
    newest value.
    """

    transaction: Transaction
    context: Context
    stored: StoredNotice
    changed: dict[str, Any] = field(default_factory=dict)
    changed_versions: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    audit: list[AuditRow] = field(default_factory=list)
    outbox: Outbox = field(init=False)
    _in_force: InForce | None = None
    _statements: Mapping[UUID, Statements] | None = None

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.transaction, self.stored.id, self.audit)

    @property
    def now(self) -> datetime:
        return self.transaction.now

    @property
    def today(self) -> date:
        """Oslo's date."""
        return oslo_date(self.now)

    @property
    def settings(self) -> Settings:
        return self.context.settings

    def update(self, **facts: Any) -> None:
        """Change facts, named as in StoredNotice: to the landlord's side the notice has changed."""
        self.update_internal(updated_at=self.now, **facts)

    def update_internal(self, **facts: Any) -> None:
        """Change facts that are Nav's business: to the landlord's side the notice has not changed."""
        self.changed |= facts
        self.stored = replace(self.stored, **facts)

    def update_version(self, version_id: UUID, **columns: Any) -> None:
        """Change columns of one of its versions."""
        self.changed_versions.setdefault(version_id, {}).update(columns)

    @property
    def in_force(self) -> InForce:
        """The reservations in force that may be its tenants'."""
        return self._in_force or _in_force(self.transaction, [self])

    @property
    def statements(self) -> Mapping[UUID, Statements]:
        """What its tenants have stated so far."""
        return _statements(self.transaction, [self]) if self._statements is None else self._statements

    def has_read(self, in_force: InForce, statements: Mapping[UUID, Statements]) -> None:
        """Take what was read of the tenants of several notices, for a transaction that changes none of it."""
        self._in_force, self._statements = in_force, statements

    def log(
        self,
        action: AuditAction,
        actor: str,
        facts: Mapping[str, Fact] | None = None,
        version: int | None = None,
    ) -> None:
        """Add a row to the audit trail, about the newest version unless another is named."""
        row = AuditRow(action, actor, self.stored.id, facts or {}, self.stored.version if version is None else version)
        self.audit.append(row)


def lock_notice(
    transaction: Transaction, context: Context, notice_id: UUID, allowed: sa.ColumnElement[bool] | None = None
) -> LockedNotice:
    """Lock the notice's landlord, then load the notice with its newest version.

    `allowed` is the caller's right, a condition over `notices`. Raises NotFound without it. The right is asked for
    again after the lock: another office may have the notice by then.
    """
    wanted = notices.c.id == notice_id if allowed is None else sa.and_(notices.c.id == notice_id, allowed)
    found = _lock(transaction, context, wanted)
    if not found:
        raise NotFound
    return found[0]


def lock_notices(transaction: Transaction, context: Context, notice_ids: Collection[UUID]) -> list[LockedNotice]:
    """Lock the landlords of these notices, then load the notices; those that are gone are missing."""
    return _lock(transaction, context, notices.c.id.in_(notice_ids)) if notice_ids else []


def load_locked(transaction: Transaction, context: Context, notice_ids: Collection[UUID]) -> list[LockedNotice]:
    """Load notices of landlords that the transaction has locked."""
    if not notice_ids:
        return []
    return _load(transaction, context, notices.c.id.in_(notice_ids))


def _lock(transaction: Transaction, context: Context, wanted: sa.ColumnElement[bool]) -> list[LockedNotice]:
    # A statement of its own: under READ COMMITTED only a later one sees what the lock's previous holder committed.
    keys = sa.select(notices.c.landlord_key).where(wanted)
    lock_landlords(transaction, landlords.c.key.in_(keys))
    return _load(transaction, context, wanted)


def _load(transaction: Transaction, context: Context, wanted: sa.ColumnElement[bool]) -> list[LockedNotice]:
    found = store.load(transaction.connection, context.keyring.cipher, wanted)
    return [LockedNotice(transaction, context, one) for one in found]


def read_deliveries(transaction: Transaction, locked: Sequence[LockedNotice]) -> None:
    """Read the deliveries of several locked notices by one statement."""
    by_notice: defaultdict[UUID, list[deliveries.Delivery]] = defaultdict(list)
    for one in deliveries.of_notices(transaction.connection, [one.stored.id for one in locked]):
        by_notice[one.notice_id].append(one)
    for notice in locked:
        notice.outbox.fill(by_notice[notice.stored.id])


def read_tenants(transaction: Transaction, locked: Sequence[LockedNotice]) -> None:
    """Read what publication asks about the tenants of several locked notices, by one statement for each question."""
    if not locked:
        return
    in_force, statements = _in_force(transaction, locked), _statements(transaction, locked)
    for one in locked:
        one.has_read(in_force, statements)


def _in_force(transaction: Transaction, locked: Sequence[LockedNotice]) -> InForce:
    births = {tenant.birth_index for one in locked for tenant in one.stored.remaining_tenants}
    return reservations.in_force(transaction.connection, births, locked[0].settings.reservation_scope)


def _statements(transaction: Transaction, locked: Sequence[LockedNotice]) -> Mapping[UUID, Statements]:
    named = [row.id for one in locked for row, _ in one.stored.named]
    return tenants.statements_of(transaction.connection, locked[0].context.keyring.cipher, named)


def store_changes(transaction: Transaction, locked: Iterable[LockedNotice]) -> None:
    """Write what was changed in locked notices, by as many statements for a hundred as for one."""
    changed = list(locked)
    store.update_notices(transaction, {one.stored.id: one.changed for one in changed if one.changed})
    store.update_versions(
        transaction, {version: columns for one in changed for version, columns in one.changed_versions.items()}
    )
    deliveries.store_queued(transaction, [one.outbox for one in changed])
    audit.log(transaction, [row for one in changed for row in one.audit])
