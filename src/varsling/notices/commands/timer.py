"""What time, or a register, may have made due for a notice: looked at again under its landlord's lock."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from varsling.context import Context
from varsling.database.changes import Change, Transaction
from varsling.domain.dates import oslo_date
from varsling.domain.events import Event
from varsling.feed import service as feed
from varsling.notices.locking import lock_notice
from varsling.notices.store import StoredNotice

SYSTEM = "varsling"


@dataclass(frozen=True, slots=True)
class Due(Change[bool]):
    """Something that may be due for a notice; whether it was."""

    context: Context
    notice_id: UUID

    @abstractmethod
    def bring_about(self, transaction: Transaction, stored: StoredNotice, today: date) -> Sequence[Event] | None:
        """Do it and give the events to append; None where it was not due after all."""

    def apply(self, transaction: Transaction) -> bool:
        stored = lock_notice(transaction, self.context, self.notice_id)
        events = self.bring_about(transaction, stored, oslo_date(transaction.now))
        feed.append(transaction, events or [])
        return events is not None
