"""The kinds of failure of a transaction, which decide what the writer does with its changes (`Writer._after`)."""

import sqlite3
from enum import Enum

import sqlalchemy as sa

from varsling.database.changes import HeldElsewhere


class Failure(Enum):
    DOWN = "down"
    """The database cannot store now: connection, disk, memory or file unusable, the file locked, or a time-out."""
    LOCKED = "locked"
    """Another transaction holds a row that this one needs."""
    RETRY = "retry"
    """A re-run may succeed: a deadlock, or a row that another transaction committed first."""
    PERMANENT = "permanent"
    """The change's own fault: a re-run ends the same way."""


_LOCKED = "55P03"
_RETRY = {
    "40P01",  # deadlock
    "40001",  # serialisation failure
    "23505",  # unique violation
}
_DOWN = (
    "08",  # connection
    "53",  # resources: disk full, memory, too many connections
    "57",  # shutdown; also a statement beyond its time-out: the database counts as slow, not the change
    "58",  # operating system
    "25006",  # read-only: a standby that took over and does not write yet
)

_SQLITE_RETRY = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    sqlite3.SQLITE_CONSTRAINT_ROWID,
}
_SQLITE_DOWN = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}


def failure_of(error: Exception) -> Failure:
    """Tell the kind of failure behind an exception that ended a transaction."""
    if isinstance(error, HeldElsewhere):
        return Failure.LOCKED
    if isinstance(error, sa.exc.TimeoutError):  # no pooled connection became free in time
        return Failure.DOWN
    if not isinstance(error, sa.exc.DBAPIError):
        return Failure.PERMANENT
    if error.connection_invalidated:
        return Failure.DOWN
    if isinstance(error.orig, sqlite3.Error):
        return _of_sqlite(error.orig)
    return _of_postgresql(error)


def sqlstate_of(error: BaseException | None) -> str | None:
    """Give PostgreSQL's five-character code of a driver's exception; None for SQLite and for a lost connection."""
    sqlstate = getattr(error, "sqlstate", None)
    return sqlstate if isinstance(sqlstate, str) else None


def _of_sqlite(error: sqlite3.Error) -> Failure:
    code = getattr(error, "sqlite_errorcode", None)
    if code in _SQLITE_RETRY:
        return Failure.RETRY
    return Failure.DOWN if code is not None and code & 0xFF in _SQLITE_DOWN else Failure.PERMANENT


def _of_postgresql(error: sa.exc.DBAPIError) -> Failure:
    sqlstate = sqlstate_of(error.orig)
    if sqlstate is None:  # no code from the server: the connection failed, or the driver cannot send a value
        lost = isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)
        return Failure.DOWN if lost else Failure.PERMANENT
    if sqlstate == _LOCKED:
        return Failure.LOCKED
    if sqlstate in _RETRY:
        return Failure.RETRY
    return Failure.DOWN if sqlstate.startswith(_DOWN) else Failure.PERMANENT
