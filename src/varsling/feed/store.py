"""The rows of streams: heads, and events in the form that readers get."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from varsling.database.bulk import insert_rows
from varsling.database.clock import now_column
from varsling.feed.chain import FIRST_HASH
from varsling.feed.tables import stream_events, stream_heads

FIRST_EPOCH = 1
_EVENT = stream_events.c
_HEAD = stream_heads.c


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a stream: position, hash and time of its last event. They outlive the event."""

    epoch: int = FIRST_EPOCH
    position: int = 0
    hash: str = FIRST_HASH
    time: datetime | None = None


class NewEvent(NamedTuple):
    organisation: str
    position: int
    id: UUID
    time: datetime
    hash: str
    body: str


class Mark(NamedTuple):
    """An event of a stream: its place, and the hash that no other event has there."""

    position: int
    hash: str


class Stretch(NamedTuple):
    """A part of a stream, and the stream's head at that moment. `first` and `last` are its outermost events."""

    now: datetime
    head: Head
    first: Mark | None = None
    last: Mark | None = None
    events: str = ""
    """The stored events, with commas between them."""
    size: int = 0


_LOCKED = (
    sa.select(stream_heads)
    .where(_HEAD.organisation.in_(sa.bindparam("organisations", expanding=True)))
    .order_by(_HEAD.organisation)
    .with_for_update()
)
_PRESENT = sa.select(_HEAD.organisation).where(_HEAD.organisation.in_(sa.bindparam("organisations", expanding=True)))
_MOVED = (
    sa.update(stream_heads)
    .where(_HEAD.organisation == sa.bindparam("stream"))
    .values(position=sa.bindparam("to"), hash=sa.bindparam("last_hash"), time=sa.bindparam("last_time"))
)
_ENTRIES = (
    sa.select(_EVENT.position, _EVENT.hash, _EVENT.body)
    .where(_EVENT.organisation == sa.bindparam("stream"), _EVENT.position >= sa.bindparam("first"))
    .order_by(_EVENT.position)
    .limit(sa.bindparam("count"))
    .cte("entries")
)
_BEHIND = (
    sa.select(_ENTRIES)
    .where(_ENTRIES.c.position > sa.bindparam("behind"))
    .order_by(_ENTRIES.c.position)
    .subquery("behind")
)
_FIRST = sa.select(_ENTRIES.c.position, _ENTRIES.c.hash).order_by(_ENTRIES.c.position).limit(1).subquery("first")
_LAST = sa.select(_BEHIND.c.position, _BEHIND.c.hash).order_by(_BEHIND.c.position.desc()).limit(1).subquery("last")
# The database joins the stored texts, in the order of the rows that it is given: a row for each event would cost most
# of a page's time.
_COMMA: sa.ColumnElement[str] = sa.literal_column(
    "','"
)  # as a parameter it would be rendered into the statement at every call
_JOINED = {
    dialect: sa.select(
        join(_BEHIND.c.body, _COMMA, type_=sa.Text).label("events"), sa.func.count(_BEHIND.c.body).label("count")
    ).subquery("joined")
    for dialect, join in {"postgresql": sa.func.string_agg, "sqlite": sa.func.group_concat}.items()
}
_ONE = sa.select(sa.literal(1).label("one")).subquery("one")
# One statement, so that the head and the events are of one moment; the time comes with them.
_STRETCH = {
    dialect: sa.select(
        now_column(dialect), _HEAD.epoch, _HEAD.position, _HEAD.hash, _HEAD.time, _FIRST, _LAST, joined
    ).select_from(
        _ONE.outerjoin(stream_heads, _HEAD.organisation == sa.bindparam("stream"))
        .outerjoin(_FIRST, sa.true())
        .outerjoin(_LAST, sa.true())
        .outerjoin(joined, sa.true())
    )
    for dialect, joined in _JOINED.items()
}
_OLDEST = sa.select(sa.func.min(_EVENT.position)).where(_EVENT.organisation == sa.bindparam("stream"))
# Times never go back within a stream: the first in time is the first in position.
_SINCE = (
    sa.select(_EVENT.position)
    .where(_EVENT.organisation == sa.bindparam("stream"), _EVENT.time >= sa.bindparam("instant"))
    .order_by(_EVENT.time, _EVENT.position)
    .limit(1)
)
_HEAD_OF = sa.select(_HEAD.epoch, _HEAD.position, _HEAD.hash, _HEAD.time).where(
    _HEAD.organisation == sa.bindparam("stream")
)
_HEADS_OF = sa.select(_HEAD.organisation, _HEAD.epoch, _HEAD.position).where(
    _HEAD.organisation.in_(sa.bindparam("organisations", expanding=True))
)


def lock_heads(connection: sa.Connection, organisations: Sequence[str]) -> dict[str, Head]:
    """Lock the heads of these streams (sorted) until the commit, and make the missing ones.

    The missing heads are inserted first, so that no holder of a head waits for another's insert. The lock is a
    statement of its own: only a statement that begins after the previous holder's commit sees the row as that left it.
    """
    present = set(connection.scalars(_PRESENT, {"organisations": organisations}))
    missing = [organisation for organisation in organisations if organisation not in present]
    first = {"epoch": FIRST_EPOCH, "position": 0, "hash": FIRST_HASH}
    insert_rows(
        connection,
        stream_heads,
        [{"organisation": organisation, **first} for organisation in missing],
        keep_existing=True,
    )
    rows = connection.execute(_LOCKED, {"organisations": organisations})
    return {row.organisation: Head(row.epoch, row.position, row.hash, row.time) for row in rows}


def add_events(connection: sa.Connection, events: Sequence[NewEvent]) -> None:
    insert_rows(connection, stream_events, [event._asdict() for event in events])


def move_heads(connection: sa.Connection, last: Mapping[str, NewEvent]) -> None:
    """Move each head to the last event of its stream."""
    connection.execute(
        _MOVED,
        [
            {"stream": organisation, "to": event.position, "last_hash": event.hash, "last_time": event.time}
            for organisation, event in last.items()
        ],
    )


def head_of(connection: sa.Connection, organisation: str) -> Head:
    row = connection.execute(_HEAD_OF, {"stream": organisation}).one_or_none()
    return Head() if row is None else Head(*row)


def positions_of(connection: sa.Connection, organisations: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Give epoch and position of those streams that have a head."""
    rows = connection.execute(_HEADS_OF, {"organisations": list(organisations)})
    return {organisation: (epoch, position) for organisation, epoch, position in rows}


def stretch(connection: sa.Connection, organisation: str, first: int, count: int, behind: int = -1) -> Stretch:
    """Read the head, and up to `count` events from position `first` on, at one moment. The first is told of; only those
    behind `behind` are read."""
    values = {"stream": organisation, "first": first, "count": count, "behind": behind}
    row = connection.execute(_STRETCH[connection.dialect.name], values).one()
    head = Head() if row[1] is None else Head(*row[1:5])
    return Stretch(row[0], head, _mark(row[5:7]), _mark(row[7:9]), row[9] or "", row[10])


def _mark(found: Sequence[Any]) -> Mark | None:
    return None if found[0] is None else Mark(*found)


def oldest(connection: sa.Connection, organisation: str) -> int | None:
    """Give the position of the oldest event that is kept."""
    position: int | None = connection.execute(_OLDEST, {"stream": organisation}).scalar_one()
    return position


def first_since(connection: sa.Connection, organisation: str, instant: datetime) -> int | None:
    """Give the position of the first event at or after the instant."""
    position: int | None = connection.execute(_SINCE, {"stream": organisation, "instant": instant}).scalar_one_or_none()
    return position
