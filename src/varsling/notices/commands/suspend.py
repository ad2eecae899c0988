"""Suspending a landlord for misuse, and what its notices have to do with it (`varsling landlords suspend|resume`)."""

from dataclasses import dataclass
from uuid import UUID, uuid5

import sqlalchemy as sa

from varsling.database.changes import Change, Transaction
from varsling.domain.lifecycle import NoticeStatus
from varsling.domain.problems import NotFound
from varsling.landlords import suspension
from varsling.notices.tables import notices
from varsling.privacy.audit import AuditAction, AuditRow, record

_OPERATOR = "operator"
# A landlord has no id: the audit row's subject is derived from the landlord's key.
_LANDLORDS = UUID("6f0d7a0e-3a0b-4c55-9b43-0d6a3f0e8f11")


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
        suspension.suspend(transaction, self.key)
        _log(transaction, AuditAction.LANDLORD_SUSPENDED, self.key)
        waiting = sa.select(notices.c.id).where(
            notices.c.landlord_key == self.key, notices.c.status == NoticeStatus.ACCEPTED.value
        )
        return list(transaction.connection.scalars(waiting.order_by(notices.c.id)))


@dataclass(frozen=True, slots=True)
class ResumeLandlord(Change[None]):
    key: str

    def apply(self, transaction: Transaction) -> None:
        suspension.resume(transaction, self.key)
        _log(transaction, AuditAction.LANDLORD_RESUMED, self.key)


def _log(transaction: Transaction, action: AuditAction, key: str) -> None:
    record(transaction, [AuditRow(action, _OPERATOR, uuid5(_LANDLORDS, key))])
