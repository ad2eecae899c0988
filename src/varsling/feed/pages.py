"""Pages of a stream: every event once, in order, or a refusal with the place to continue from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from varsling.domain.problems import Code, Problem
from varsling.feed import store
from varsling.feed.cursor import UNREAD, Cursor, StreamCursors
from varsling.feed.store import Head, Stretch

After = Cursor | datetime | Literal["head"] | None
"""The beginning of a page: behind a cursor, at an instant, at the head, or (None) with the oldest event."""


@dataclass(frozen=True, slots=True)
class Page:
    """`events` are the stored events, with commas between them. `next` is the place behind the last of them. `now` is
    when it was read."""

    now: datetime
    epoch: int
    events: str
    size: int
    next: Cursor


class CursorExpired(Problem):
    """A reader cannot continue behind this cursor without missing an event. Behind `restart` it can."""

    def __init__(self, restart: str) -> None:
        super().__init__(Code.CURSOR_EXPIRED, members={"restart": restart})


def read_page(connection: sa.Connection, seal: StreamCursors, organisation: str, after: After, limit: int) -> Page:
    """Read at most `limit` events of the organisation's stream. Raises CursorExpired."""
    if isinstance(after, Cursor):
        return _behind(connection, seal, organisation, after, limit)
    if after is None:
        return _page(store.stretch(connection, organisation, 0, limit))
    # The head first: an event that is appended between the two reads is behind the page, and not lost.
    head = store.stretch(connection, organisation, 0, 0)
    first = store.first_since(connection, organisation, after) if isinstance(after, datetime) else None
    return _page(head if first is None else store.stretch(connection, organisation, first, limit))


def _page(read: Stretch) -> Page:
    last = read.last or read.head
    following = Cursor.at(read.head.epoch, last.position, last.hash)
    return Page(read.now, read.head.epoch, read.events, read.size, following)


def _behind(connection: sa.Connection, seal: StreamCursors, organisation: str, cursor: Cursor, limit: int) -> Page:
    """Read the page behind a cursor, once it is certain that the reader read the same stream up to there."""
    # With the cursor's own event, which is compared and not told again.
    read = store.stretch(connection, organisation, cursor.position, limit + 1, cursor.position)
    shared = _shared(read, cursor)
    if cursor.epoch != read.head.epoch or not shared:
        # Up to an event in both, the two histories are one, whatever the epoch.
        oldest = _oldest(connection, organisation, read.head)
        restart = Cursor(read.head.epoch, cursor.position, cursor.hash) if shared else oldest
        raise CursorExpired(seal.text(organisation, restart))
    if read.size > limit:  # the cursor's own event is erased: one too many was read
        read = store.stretch(connection, organisation, cursor.position + 1, limit)
    return _page(read) if read.size else Page(read.now, read.head.epoch, "", 0, cursor)


def _shared(read: Stretch, cursor: Cursor) -> bool:
    """Tell whether the stream continues behind the cursor from the same event.

    Retention deletes a stream's oldest events. A reader just before the remaining ones has missed nothing, though its
    last event cannot be compared any more.
    """
    if read.first is None:
        return cursor == Cursor.at(cursor.epoch, read.head.position, read.head.hash)
    if read.first.position == cursor.position:
        return cursor == Cursor.at(cursor.epoch, *read.first)
    return read.first.position == cursor.position + 1


def _oldest(connection: sa.Connection, organisation: str, head: Head) -> Cursor:
    oldest = store.oldest(connection, organisation)
    if oldest is None:
        return Cursor.at(head.epoch, head.position, head.hash)
    return Cursor(head.epoch, oldest - 1, UNREAD)
