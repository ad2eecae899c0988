"""A small table and changes to it, to test the writer without any feature."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Self

import sqlalchemy as sa

from varsling.database.changes import DEFERRED, BatchChange, Change, Deferred, Transaction
from varsling.database.engine import connect_for_writing, reading
from varsling.domain.problems import Problem, RequestInProgress

tables = sa.MetaData()
rows = sa.Table(
    "test_rows",
    tables,
    sa.Column("key", sa.String(40), primary_key=True),
    sa.Column("value", sa.String(40), sa.CheckConstraint("value <> 'bad'"), nullable=False),
    # Checked only at the commit.
    sa.Column("parent", sa.ForeignKey("test_rows.key", deferrable=True, initially="DEFERRED")),
)


def create_rows(engine: sa.Engine) -> None:
    with connect_for_writing(engine) as connection:
        tables.create_all(connection)
        connection.commit()


def keys_in(engine: sa.Engine) -> set[str]:
    with reading(engine) as connection:
        return set(connection.scalars(sa.select(rows.c.key)))


@dataclass(frozen=True, slots=True)
class Put(BatchChange[str]):
    """Answers "stored", or "present" where the key was there already."""

    key: str
    value: str = "good"
    parent: str | None = None
    idempotency_key: str | None = None

    sizes: ClassVar[list[int]] = []

    @classmethod
    def apply_all(cls, transaction: Transaction, changes: Sequence[Self]) -> Sequence[str | Problem | Deferred]:
        cls.sizes.append(len(changes))
        asked = [change.key for change in changes]
        known = set(transaction.connection.scalars(sa.select(rows.c.key).where(rows.c.key.in_(asked))))
        new: dict[str, Self] = {}
        outcomes = [cls._outcome(change, known, new) for change in changes]
        values = [{"key": key, "value": new[key].value, "parent": new[key].parent} for key in sorted(new)]
        if values:
            transaction.connection.execute(rows.insert(), values)
        return outcomes

    @classmethod
    def _outcome(cls, change: Self, known: set[str], new: dict[str, Self]) -> str | Problem | Deferred:
        if change.value == "explode":
            raise ZeroDivisionError
        if change.value == "refused":
            return RequestInProgress()
        if change.key in known:
            return "present"
        if change.key in new:
            return DEFERRED
        new[change.key] = change
        return "stored"


@dataclass(frozen=True, slots=True)
class PutFour(Put):
    batch_limit: ClassVar[int] = 4
    sizes: ClassVar[list[int]] = []


@dataclass(frozen=True, slots=True)
class AlwaysLater(BatchChange[str]):
    key: str

    @classmethod
    def apply_all(cls, transaction: Transaction, changes: Sequence[Self]) -> Sequence[str | Problem | Deferred]:
        return [DEFERRED for _ in changes]


@dataclass(frozen=True, slots=True)
class TooFew(BatchChange[str]):
    key: str

    @classmethod
    def apply_all(cls, transaction: Transaction, changes: Sequence[Self]) -> Sequence[str | Problem | Deferred]:
        return []


@dataclass(frozen=True, slots=True)
class PutAlone(Change[str]):
    """Inserts without looking first, then raises the given exception."""

    key: str
    error: Exception | None = None

    def apply(self, transaction: Transaction) -> str:
        transaction.connection.execute(rows.insert().values(key=self.key, value="alone"))
        if self.error is not None:
            raise self.error
        return "stored"


@dataclass(frozen=True, slots=True)
class Gate(Change[str]):
    """Puts its key, then holds the writer inside its transaction until `release` is set."""

    key: str = "gate"
    entered: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)

    def apply(self, transaction: Transaction) -> str:
        transaction.connection.execute(rows.insert().values(key=self.key, value="gate"))
        self.entered.set()
        if not self.release.wait(60):
            raise TimeoutError
        return "stored"
