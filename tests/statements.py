"""Counts what a call costs the database: statements, loads of a notice, transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa


@dataclass
class Cost:
    """`statements` has the text of each in order; a statement over many rows is one."""

    statements: list[str] = field(default_factory=list)
    transactions: int = 0

    @property
    def loads(self) -> int:
        """How often a notice was read together with a version's document."""
        return sum("FROM notices JOIN notice_versions" in one and "content" in one for one in self.statements)

    def __str__(self) -> str:
        return f"{len(self.statements)} statements, {self.loads} loads, {self.transactions} transactions"


@contextmanager
def counted() -> Iterator[Cost]:
    """Counts for every engine of this process, on whatever thread."""
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
