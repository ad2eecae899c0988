"""What is handed to the writer: changes, each with the answer that its caller waits for."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import ClassVar, Generic, Self, TypeVar

import sqlalchemy as sa

from varsling.domain.problems import Problem

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Transaction:
    """The writer's transaction.

    `now` was read from the database's clock when it began. `shared` names the tables that it has locked already: a
    lock lasts until the commit, and asking for it again costs a statement.
    """

    connection: sa.Connection
    now: datetime
    shared: set[str] = field(default_factory=set)


class Deferred(Enum):
    """A change of a batch that shares a unique key with an earlier one: it runs again when that is committed."""

    DEFERRED = "later"


DEFERRED = Deferred.DEFERRED


class Change(ABC, Generic[T]):
    """A write that has a transaction to itself.

    A change may be applied more than once, each time in a new transaction after the last one was rolled back: whatever
    it decides, it reads inside. One with an attribute `idempotency_key` that is not None is told
    `request-in-progress` instead of `unavailable` when another process holds its rows for too long.
    """

    __slots__ = ()

    @abstractmethod
    def apply(self, transaction: Transaction) -> T:
        """Store it and return the answer; an exception rolls everything back and goes to the caller."""


class BatchChange(ABC, Generic[T]):
    """A write that is stored together with others of its type, by statements of many rows.

    What is said of Change holds for it too. Rows go in sorted by unique key, so that two processes cannot deadlock.
    """

    __slots__ = ()

    batch_limit: ClassVar[int] = 512

    @classmethod
    @abstractmethod
    def apply_all(cls, transaction: Transaction, changes: Sequence[Self]) -> Sequence[T | Problem | Deferred]:
        """Store them and return one outcome each, in order.

        The answer; a Problem for a change that is refused and of which nothing was stored; or DEFERRED, which the first
        change of a batch never gets. An exception rolls all of them back, and the batch runs again in halves.
        """
