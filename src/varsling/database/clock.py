"""The one clock reads the time from the database, so that processes on several hosts agree.

Tests store an offset in the one row of `clock_shift`; each reading of the clock adds it in the same statement.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from varsling.database.types import Instant, metadata

clock_shift = sa.Table(
    "clock_shift",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seconds", sa.Double, nullable=False),
)

_SHIFT = "coalesce((SELECT seconds FROM clock_shift WHERE id = 1), 0)"
_NOW = {
    "postgresql": f"SELECT clock_timestamp() + make_interval(secs => {_SHIFT}) AS now",
    # SQLite's clock has milliseconds, and SQLite compares instants as text: the zeros pad to microseconds.
    "sqlite": f"SELECT strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', printf('%+.3f seconds', {_SHIFT})) AS now",
}
_STATEMENTS = {name: sa.text(text).columns(now=Instant()) for name, text in _NOW.items()}
_COLUMNS = {
    name: sa.literal_column(f"({text.removesuffix(' AS now')})", Instant()).label("now") for name, text in _NOW.items()
}
_MOVE = sa.text(
    "INSERT INTO clock_shift (id, seconds) VALUES (1, :seconds)"
    " ON CONFLICT (id) DO UPDATE SET seconds = clock_shift.seconds + excluded.seconds"
)


class ShiftedClock(Exception):
    """A test has moved the database's clock: such a database must not serve in production."""


class Clock:
    """Tells the time. One object serves a process; it has no state."""

    def now(self, connection: sa.Connection) -> datetime:
        """Give the database's time now (not the transaction's start), in UTC; on SQLite in whole milliseconds."""
        now: datetime = connection.execute(_STATEMENTS[connection.dialect.name]).scalar_one()
        return now


def now_column(dialect: str) -> sa.Label[datetime]:
    """Give what `Clock.now` reads as a column, for a statement that reads something else too."""
    return _COLUMNS[dialect]


def shift(connection: sa.Connection, by: timedelta) -> None:
    """Move the clock further, in tests only. Every process sees it once the transaction is committed."""
    connection.execute(_MOVE, {"seconds": by.total_seconds()})


def refuse_shift_in_production(connection: sa.Connection, *, production: bool) -> None:
    """Raise ShiftedClock if production meets a database with a moved clock. Call it at every start."""
    if production and connection.execute(sa.select(clock_shift.c.seconds).where(clock_shift.c.seconds != 0)).first():
        raise ShiftedClock("This database's clock was moved for tests (table clock_shift): production cannot use it.")
