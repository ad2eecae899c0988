"""Landlords whom an operator has stopped from sending notices, for misuse (`varsling landlords suspend|resume`).

What they sent already can still be settled and withdrawn: that helps the tenants.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID, uuid5

import sqlalchemy as sa

from varsling.database.changes import Change, Transaction
from varsling.domain.lifecycle import NoticeStatus
from varsling.domain.problems import NotFound
from varsling.notices.locked import lock_landlords
from varsling.notices.tables import landlords, notices
from varsling.privacy.audit import AuditAction, AuditRow, record

_OPERATOR = "operator"
# A landlord has no id: the audit row's subject is made of the key that stands for it.
_LANDLORDS = UUID("6f0d7a0e-3a0b-4c55-9b43-0d6a3f0e8f11")


def suspended(connection: sa.Connection, keys: Collection[str]) -> frozenset[str]:
    """Those of these landlords who may send no notice now."""
    c = landlords.c
    return frozenset(connection.scalars(sa.select(c.key).where(c.key.in_(sorted(keys)), c.suspended_at.is_not(None))))


def landlord_of(connection: sa.Connection, notice_id: UUID) -> str:
    """The key of a notice's landlord: the way to one that has no organisation number. Raises NotFound."""
    key: str | None = connection.scalar(sa.select(notices.c.landlord_key).where(notices.c.id == notice_id))
    if key is None:
        raise NotFound
    return key


@dataclass(frozen=True, slots=True)
class Suspend(Change[list[UUID]]):
    """Nothing more is taken from this landlord. Answers its notices that no office has yet, for a decision on each."""

    key: str

    def apply(self, transaction: Transaction) -> list[UUID]:
        _set(transaction, self.key, transaction.now, AuditAction.LANDLORD_SUSPENDED)
        waiting = sa.select(notices.c.id).where(
            notices.c.landlord_key == self.key, notices.c.status == NoticeStatus.ACCEPTED.value
        )
        return list(transaction.connection.scalars(waiting.order_by(notices.c.id)))


@dataclass(frozen=True, slots=True)
class ResumeLandlord(Change[None]):
    key: str

    def apply(self, transaction: Transaction) -> None:
        _set(transaction, self.key, None, AuditAction.LANDLORD_RESUMED)


def _set(transaction: Transaction, key: str, at: object, action: AuditAction) -> None:
    lock_landlords(transaction, [key])
    transaction.connection.execute(landlords.update().where(landlords.c.key == key).values(suspended_at=at))
    record(transaction, [AuditRow(action, _OPERATOR, uuid5(_LANDLORDS, key))])
