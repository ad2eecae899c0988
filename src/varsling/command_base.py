"""One form for everything that changes the database for a caller: the command.

A command says what it locks, and decides on what is locked. Its base does the rest, in this order: it replays the first
answer to a repeated key, stores the changes of the decision, binds the key, and appends the events, once and last
(DESIGN § 4: the heads of streams are the last thing that a transaction locks).
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Self, TypeVar
from uuid import UUID

from uuid_utils.compat import uuid7

from varsling.access import idempotency
from varsling.access.idempotency import Answered, Binding, IdempotencyKey, StoredAnswer
from varsling.context import Context
from varsling.database.changes import BatchChange, Change, Deferred, Transaction
from varsling.domain.events import Event
from varsling.domain.problems import NotFound, Problem
from varsling.feed import service as feed

Locked = TypeVar("Locked")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Decision(Generic[Answer]):
    """The answer of a command, and the events that tell of it.

    With `answer_id`, rows of the command refer to its answer: the base keeps the answer under that id even without a
    key.
    """

    answer: Answer
    events: Sequence[Event] = ()
    answer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Locking(Generic[Locked, Answer]):
    context: Context

    @abstractmethod
    def lock(self, transaction: Transaction) -> Locked:
        """Lock the things that the command decides on, then load them, once. Raises NotFound if the caller may not see
        them."""

    @abstractmethod
    def decide(self, locked: Locked) -> Decision[Answer]:
        """Change the locked things, and give the answer. A Problem raised here leaves everything unchanged."""

    def store(self, transaction: Transaction, locked: Locked) -> None:
        """Write the changes that `decide` collected in the locked things."""


@dataclass(frozen=True, slots=True)
class Command(_Locking[Locked, Answer], Change[Answer]):
    """A command without an idempotency key: of a worker, an operator, or a page."""

    def apply(self, transaction: Transaction) -> Answer:
        locked = self.lock(transaction)
        decision = self.decide(locked)
        self.store(transaction, locked)
        feed.append(transaction, decision.events)
        return decision.answer


@dataclass(frozen=True, slots=True)
class KeyedCommand(_Locking[Locked, StoredAnswer], Change[Answered]):
    """A command of an API call, which a caller may repeat (CONTRACT § Idempotency)."""

    key: IdempotencyKey | None

    @property
    def idempotency_key(self) -> IdempotencyKey | None:
        return self.key

    def apply(self, transaction: Transaction) -> Answered:
        try:
            locked = self.lock(transaction)
        except NotFound:
            # The first call may have hidden the thing from the caller: an office that forwards a notice cannot see it
            # any more.
            if (first := self._answer_of_key(transaction)) is None:
                raise
            return Answered(first, replayed=True)
        # Under the lock: the first call may have run while this one waited.
        if (first := self._answer_of_key(transaction) or self.first_answer(locked)) is not None:
            return Answered(first, replayed=True)
        decision = self.decide(locked)
        self.store(transaction, locked)
        if self.key is not None or decision.answer_id is not None:
            binding = Binding(decision.answer_id or uuid7(), decision.answer, self.key)
            idempotency.keep(transaction, self.context.keyring.cipher, [binding])
        feed.append(transaction, decision.events)
        return Answered(decision.answer)

    def first_answer(self, locked: Locked) -> StoredAnswer | None:
        """Give the first answer to a call without a key, if its body alone shows that it is a repetition."""
        del locked
        return None

    def _answer_of_key(self, transaction: Transaction) -> StoredAnswer | None:
        return idempotency.replay(transaction, self.context.keyring.cipher, self.key)


@dataclass(frozen=True, slots=True)
class BatchCommand(BatchChange[Answer], Generic[Locked, Answer]):
    """Commands of one kind in one transaction. Each statement serves all of them."""

    context: Context

    @classmethod
    @abstractmethod
    def lock(cls, transaction: Transaction, commands: Sequence[Self]) -> Locked:
        """Lock the things that the commands decide on, then load them, once."""

    @classmethod
    @abstractmethod
    def decide(
        cls, transaction: Transaction, locked: Locked, commands: Sequence[Self]
    ) -> Decision[Sequence[Answer | Problem | Deferred]]:
        """Decide each command, in order, and store all of them."""

    @classmethod
    def apply_all(cls, transaction: Transaction, changes: Sequence[Self]) -> Sequence[Answer | Problem | Deferred]:
        decision = cls.decide(transaction, cls.lock(transaction, changes), changes)
        feed.append(transaction, decision.events)
        return decision.answer
