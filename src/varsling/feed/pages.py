"""Pages of a stream: every event once, in order, or a refusal with the place to continue from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from varsling.domain.problems import Code, Problem
from varsling.feed import store
from varsling.feed.cursor import UNREAD, Cursor, StreamCursors
from varsling.feed.store import Entry, Head

After = Cursor | datetime | Literal["head"] | None
"""The beginning of a page: behind a cursor, at an instant, at the head, or (None) with the oldest event."""


@dataclass(frozen=True, slots=True)
class Page:
    """`bodies` are the stored events. `next` is the place behind the last of them."""

    epoch: int
    bodies: Sequence[str]
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
        return _page(*store.stretch(connection, organisation, 0, limit))
    # The head first: an event that is appended between the two reads is behind the page, and not lost.
    head = store.head_of(connection, organisation)
    first = store.first_since(connection, organisation, after) if isinstance(after, datetime) else None
    return _page(head, []) if first is None else _page(*store.stretch(connection, organisation, first, limit))


def _page(head: Head, entries: Sequence[Entry]) -> Page:
    last = entries[-1] if entries else head
    return Page(head.epoch, [entry.body for entry in entries], Cursor.at(head.epoch, last.position, last.hash))


def _behind(connection: sa.Connection, seal: StreamCursors, organisation: str, cursor: Cursor, limit: int) -> Page:
    """Read the page behind a cursor, once it is certain that the reader read the same stream up to there."""
    head, entries = store.stretch(connection, organisation, cursor.position, limit + 1)
    shared = _shared(head, entries, cursor)
    if cursor.epoch != head.epoch or not shared:
        # Up to an event in both, the two histories are one, whatever the epoch.
        restart = (
            Cursor(head.epoch, cursor.position, cursor.hash) if shared else _oldest(connection, organisation, head)
        )
        raise CursorExpired(seal.text(organisation, restart))
    new = [entry for entry in entries if entry.position > cursor.position]
    return _page(head, new[:limit]) if new else Page(head.epoch, [], cursor)


def _shared(head: Head, entries: Sequence[Entry], cursor: Cursor) -> bool:
    """Tell whether the stream continues behind the cursor from the same event.

    Retention deletes a stream's oldest events. A reader just before the remaining ones has missed nothing, though its
    last event cannot be compared any more.
    """
    if not entries:
        return cursor == Cursor.at(cursor.epoch, head.position, head.hash)
    first = entries[0]
    if first.position == cursor.position:
        return cursor == Cursor.at(cursor.epoch, first.position, first.hash)
    return first.position == cursor.position + 1


def _oldest(connection: sa.Connection, organisation: str, head: Head) -> Cursor:
    oldest = store.oldest(connection, organisation)
    if oldest is None:
        return Cursor.at(head.epoch, head.position, head.hash)
    return Cursor(head.epoch, oldest - 1, UNREAD)
