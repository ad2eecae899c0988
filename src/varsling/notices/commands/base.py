"""Bases of the commands about notices: they lock the landlord, load the notice once, and store it at the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from varsling.command_base import Answer, Command, Decision
from varsling.database.changes import Transaction
from varsling.notices.locking import LockedNotice, lock_notice, store_changes

__all__ = ["Decision", "NoticeCommand", "NoticesCommand"]


@dataclass(frozen=True, slots=True)
class NoticeCommand(Command[LockedNotice, Answer]):
    """A command about one notice, by a worker, an operator or a page. Raises NotFound."""

    notice_id: UUID

    def lock(self, transaction: Transaction) -> LockedNotice:
        return lock_notice(transaction, self.context, self.notice_id)

    def store(self, transaction: Transaction, locked: LockedNotice) -> None:
        store_changes(transaction, [locked])


@dataclass(frozen=True, slots=True)
class NoticesCommand(Command[Sequence[LockedNotice], Answer]):
    """A command about several notices. It says itself which notices it locks."""

    def store(self, transaction: Transaction, locked: Sequence[LockedNotice]) -> None:
        store_changes(transaction, locked)
