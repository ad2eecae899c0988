"""The pieces that the writer stores: the changes of one transaction, and what became of a failed one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from varsling.database.changes import DEFERRED, BatchChange, Change, Transaction
from varsling.database.failures import sqlstate_of
from varsling.database.lanes import Waiting

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Piece:
    """The contents of one transaction: changes of one batch type, or a single change."""

    waiting: Sequence[Waiting]
    rerun: bool = False

    def halves(self) -> tuple["Piece", "Piece"]:
        middle = len(self.waiting) // 2
        return Piece(self.waiting[:middle], rerun=True), Piece(self.waiting[middle:], rerun=True)


def apply(transaction: Transaction, changes: Sequence[Any]) -> Sequence[Any]:
    """Apply the changes of a piece. Gives one outcome for each."""
    first: Change[Any] | BatchChange[Any] = changes[0]
    if isinstance(first, Change):
        return [first.apply(transaction)]
    outcomes = type(first).apply_all(transaction, changes)
    if len(outcomes) != len(changes) or outcomes[0] is DEFERRED:
        raise RuntimeError("apply_all must return one outcome for each change, and must not defer the first")
    return outcomes


def report(error: Exception, piece: Piece) -> None:
    """Log names and codes alone: the driver's message quotes keys and rows."""
    cause = getattr(error, "orig", None)
    _log.warning(
        "writer_transaction_failed",
        change=type(piece.waiting[0].change).__name__,
        changes=len(piece.waiting),
        error=type(cause or error).__name__,
        sqlstate=sqlstate_of(cause),
    )
