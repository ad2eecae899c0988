"""Pages of rows that a caller may read for more than one reason."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa


def first_of_sides(
    row_id: sa.Column[UUID],
    sides: Sequence[sa.ColumnElement[bool]],
    conditions: Sequence[sa.ColumnElement[bool]],
    n: int,
) -> sa.ColumnElement[bool]:
    """Select the first `n` rows, by id, that fit one of the sides and all conditions.

    Each side's first rows are looked up by its own index, then joined: for an "or" the database would read all rows of
    every side.
    """
    firsts = [sa.select(row_id.label("id")).where(side, *conditions).order_by(row_id).limit(n) for side in sides]
    if len(firsts) == 1:
        return row_id.in_(firsts[0])
    found = sa.union(*(sa.select(first.subquery().c.id) for first in firsts)).subquery()
    return row_id.in_(sa.select(found.c.id).order_by(found.c.id).limit(n))
