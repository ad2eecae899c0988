"""Changes: the work of the writer, each with the answer that its caller waits for."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar, Generic, Self, TypeVar

import sqlalchemy as sa

from varsling.database.bulk import Rows, insert_tables
from varsling.domain.problems import Problem

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Transaction:
    """The writer's transaction.

    `now` was read from the database's clock at its beginning. `shared` names the tables that it has locked: a lock
    lasts until the commit, and asking for it again would cost a statement. `read_once` keeps what was read under one.
    """

    connection: sa.Connection
    now: datetime
    shared: set[str] = field(default_factory=set)
    read_once: dict[str, Any] = field(default_factory=dict)
    _gathered: list[list[Rows]] = field(default_factory=list)

    def insert(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows that all have the same columns, sorted by unique key."""
        if self._gathered:
            self._gathered[-1].append((table, rows))
        else:
            insert_tables(self.connection, [(table, rows)])

    @contextmanager
    def inserting_together(self) -> Iterator[None]:
        """Insert at the end, in one statement if the database can, what is inserted within. Nothing is read there."""
        self._gathered.append([])
        try:
            yield
        finally:
            gathered = self._gathered.pop()
        insert_tables(self.connection, gathered)


class HeldElsewhere(Exception):
    """Another transaction holds what a change needs: the change runs again a little later."""


class Deferred(Enum):
    """The outcome of a change that was not decided, and runs again."""

    DEFERRED = "later"
    """It shares a unique key with an earlier one of its batch: it runs again after the commit."""
    BUSY = "busy"
    """Another transaction holds what it needs: it runs again a little later, and no other change waits for it."""


DEFERRED = Deferred.DEFERRED
BUSY = Deferred.BUSY


class Change(ABC, Generic[T]):
    """A write in a transaction of its own.

    The writer may apply a change several times, each time in a new transaction after the last one was rolled back. So a
    change reads inside everything that it decides on. If another process holds its rows for too long, a change whose
    `idempotency_key` is not None gets `request-in-progress`, any other `unavailable`.
    """

    __slots__ = ()

    @abstractmethod
    def apply(self, transaction: Transaction) -> T:
        """Store the change and return the answer. An exception rolls everything back and goes to the caller."""


class BatchChange(ABC, Generic[T]):
    """A write that shares its transaction and its statements with others of its type.

    Everything about Change holds here too. Rows are inserted sorted by unique key, so that two processes cannot
    deadlock.
    """

    __slots__ = ()

    batch_limit: ClassVar[int] = 512

    @classmethod
    @abstractmethod
    def apply_all(cls, transaction: Transaction, changes: Sequence[Self]) -> Sequence[T | Problem | Deferred]:
        """Store the changes and return one outcome each, in order.

        An outcome is the answer, or a Problem for a refused change of which nothing was stored, or DEFERRED, which the
        first change of a batch never gets, or BUSY. An exception rolls all of them back, and the batch runs again in
        halves.
        """
