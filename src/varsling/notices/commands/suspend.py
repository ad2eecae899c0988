"""An operator stops a landlord for misuse, or lets it send notices again (`varsling landlords suspend|resume`)."""

from dataclasses import dataclass
from uuid import UUID, uuid5

import sqlalchemy as sa

from varsling.database.changes import Change, Transaction
from varsling.domain.actor import Actor
from varsling.domain.lifecycle import NoticeStatus
from varsling.domain.problems import NotFound
from varsling.landlords import service as landlords
from varsling.notices.tables import notices
from varsling.privacy import audit
from varsling.privacy.audit import AuditAction, AuditRow

# A landlord has no id: the audit row's subject is derived from the landlord's key.
_LANDLORDS = UUID("6f0d7a0e-3a0b-4c55-9b43-0d6a3f0e8f11")


def landlord_of(connection: sa.Connection, notice_id: UUID) -> str:
    """The key of a notice's landlord: the way to a landlord without an organisation number. Raises NotFound."""
    key: str | None = connection.scalar(sa.select(notices.c.landlord_key).where(notices.c.id == notice_id))
    if key is None:
        raise NotFound
    return key


@dataclass(frozen=True, slots=True)
class SuspendLandlord(Change[list[UUID]]):
    """Take no more notices from a landlord. Answers its notices that no office has yet, for a decision on each."""

    key: str

    def apply(self, transaction: Transaction) -> list[UUID]:
        landlords.suspend(transaction, self.key)
        _log(transaction, AuditAction.LANDLORD_SUSPENDED, self.key)
        waiting = sa.select(notices.c.id).where(
            notices.c.landlord_key == self.key, notices.c.status == NoticeStatus.ACCEPTED.value
        )
        return list(transaction.connection.scalars(waiting.order_by(notices.c.id)))


@dataclass(frozen=True, slots=True)
class ResumeLandlord(Change[None]):
    """Take notices from a landlord again."""

    key: str

    def apply(self, transaction: Transaction) -> None:
        landlords.resume(transaction, self.key)
        _log(transaction, AuditAction.LANDLORD_RESUMED, self.key)


def _log(transaction: Transaction, action: AuditAction, key: str) -> None:
    audit.log(transaction, [AuditRow(action, Actor.OPERATOR, uuid5(_LANDLORDS, key))])
