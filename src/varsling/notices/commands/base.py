"""Bases of the commands about notices: they lock the landlord, load the notice once, and store it at the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from varsling.command_base import Answer, Command, Decision
from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.domain.problems import Unavailable
from varsling.notices.locking import LockedNotice, lock_notice, store_changes

__all__ = ["Decision", "NoticeCommand", "NoticesCommand", "carried_out"]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class NoticeCommand(Command[LockedNotice, Answer]):
    """A command about one notice, by a worker, an operator or a page. Raises NotFound."""

    notice_id: UUID

    def lock(self, transaction: Transaction) -> LockedNotice:
        return lock_notice(transaction, self.context, self.notice_id)

    def store(self, transaction: Transaction, locked: LockedNotice) -> None:
        store_changes(transaction, [locked])


def carried_out(context: Context, command: NoticeCommand[Answer]) -> Answer | None:
    """Carry out one of many commands. One that fails is told in the log and stops no other, unless the database is
    away."""
    try:
        return context.writer.submit_and_wait(command)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001  (whatever is wrong with one notice, the others go on)
        name = type(command).__name__
        _log.error("notice_left_out", command=name, notice=str(command.notice_id), error=type(error).__name__)
        return None


@dataclass(frozen=True, slots=True)
class NoticesCommand(Command[Sequence[LockedNotice], Answer]):
    """A command about several notices. It says itself which notices it locks."""

    def store(self, transaction: Transaction, locked: Sequence[LockedNotice]) -> None:
        store_changes(transaction, locked)
