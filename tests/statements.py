"""Counts the cost of a call in the database: statements, loads of a notice, transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa


@dataclass
class Cost:
    """`statements` has the text of each statement in order; a statement over many rows counts once."""

    statements: list[str] = field(default_factory=list)
    transactions: int = 0

    @property
    def loads(self) -> int:
        """Count the reads of a notice together with a version's document."""
        return sum("FROM notices JOIN notice_versions" in one and "content" in one for one in self.statements)

    def __str__(self) -> str:
        return f"{len(self.statements)} statements, {self.loads} loads, {self.transactions} transactions"


@contextmanager
def counted() -> Iterator[Cost]:
    """Count on every engine and thread of this process."""
    cost = Cost()

    def statement(connection: sa.Connection, cursor: Any, text: str, *_: Any) -> None:
        cost.statements.append(" ".join(text.split()))

    def transaction(connection: sa.Connection) -> None:
        cost.transactions += 1

    sa.event.listen(sa.Engine, "before_cursor_execute", statement)
    sa.event.listen(sa.Engine, "begin", transaction)
    try:
        yield cost
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", statement)
        sa.event.remove(sa.Engine, "begin", transaction)
