"""Binding the key of a batch. Its notices stand: each was stored in a transaction of its own."""

from dataclasses import dataclass

from varsling.access.idempotency import StoredAnswer
from varsling.command_base import Decision, KeyedCommand
from varsling.database.changes import Transaction


@dataclass(frozen=True, slots=True)
class BindBatch(KeyedCommand[None]):
    """Keep the answer to a batch, so that a repeated call gets it again."""

    answer: StoredAnswer

    def lock(self, transaction: Transaction) -> None:
        """Lock nothing: the unique index on keys holds two batches with one key apart."""

    def decide(self, locked: None) -> Decision[StoredAnswer]:
        del locked
        return Decision(self.answer)
