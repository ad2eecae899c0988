"""One shape for everything that changes the database for a caller: a command.

A command says what it locks and decides on what is locked. Its base does the rest, in this order: it replays the first
answer to a repeated key, stores what the decision left, binds the key, and appends the events, once and last
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
    """What a command answers, and the events that tell of it.

    With `answer_id`, rows of the command refer to its answer: it is kept under that id, without a key too.
    """

    answer: Answer
    events: Sequence[Event] = ()
    answer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Locking(Generic[Locked, Answer]):
    context: Context

    @abstractmethod
    def lock(self, transaction: Transaction) -> Locked:
        """Lock what the command decides on, then load it, once. Raises NotFound for what the caller may not see."""

    @abstractmethod
    def decide(self, locked: Locked) -> Decision[Answer]:
        """Change what is locked, and say what to answer. A Problem raised here leaves everything as it was."""

    def store(self, transaction: Transaction, locked: Locked) -> None:
        """Write the changes that `decide` collected in what is locked."""


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
            # The first call may have put it out of the caller's sight: an office that has forwarded a notice.
            if (first := self._answer_of_key(transaction)) is None:
                raise
            return Answered(first, replayed=True)
        # Looked up under the lock: the first call may have run while this one waited.
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
        """The first answer to a call without a key, where its body alone tells that it is a repetition."""
        del locked
        return None

    def _answer_of_key(self, transaction: Transaction) -> StoredAnswer | None:
        return idempotency.replay(transaction, self.context.keyring.cipher, self.key)


@dataclass(frozen=True, slots=True)
class BatchCommand(BatchChange[Answer], Generic[Locked, Answer]):
    """Commands of one kind that share a transaction, whose statements are for all of them."""

    context: Context

    @classmethod
    @abstractmethod
    def lock(cls, transaction: Transaction, commands: Sequence[Self]) -> Locked:
        """Lock what the commands decide on, then load it, once."""

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
