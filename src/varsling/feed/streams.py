"""Appending to streams: the last act of a transaction (guarantee 5)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from uuid_utils.compat import uuid7

from varsling.database.changes import Transaction
from varsling.domain.events import Event
from varsling.feed import store
from varsling.feed.chain import link
from varsling.feed.grants import readers_of
from varsling.feed.store import Head, NewEvent


def append(transaction: Transaction, events: Sequence[Event]) -> None:
    """Append each event to the stream of every organisation that may see it. It locks the heads: nothing may be locked
    after.

    Positions are dense in the order of commits, since a head stays locked until the commit (guarantee 5). Times are the
    transaction's, and never go back within a stream. Equal events for one stream are appended once.
    """
    told = _audiences(transaction, events)
    if not told:
        return
    organisations = sorted(told)
    heads = store.lock_heads(transaction.connection, organisations)
    new = {
        organisation: _chained(transaction.now, organisation, heads[organisation], told[organisation])
        for organisation in organisations
    }
    store.add_events(transaction.connection, [event for stream in new.values() for event in stream])
    store.move_heads(transaction.connection, {organisation: stream[-1] for organisation, stream in new.items()})


_Told = tuple[UUID, dict[str, Any]]


def _audiences(transaction: Transaction, events: Sequence[Event]) -> dict[str, list[_Told]]:
    """Give the events for each stream."""
    readers = readers_of(transaction, {event.readers_of_office for event in events if event.readers_of_office})
    told: dict[str, dict[bytes, _Told]] = {}
    for event in events:
        rendered = orjson.dumps(_contents(event))
        one = (uuid7(), orjson.loads(rendered))
        for organisation in {*event.organisations, *readers.get(event.readers_of_office, ())}:
            told.setdefault(organisation, {}).setdefault(rendered, one)
    return {organisation: list(contents.values()) for organisation, contents in told.items()}


def _contents(event: Event) -> dict[str, Any]:
    return {
        "type": event.type,
        "office": event.office,
        "notice": event.notice,
        "version": event.version,
        "backfill": event.backfill,
        **event.members,
    }


def _chained(now: datetime, organisation: str, head: Head, told: Sequence[_Told]) -> list[NewEvent]:
    """Give the events with their positions, times and hashes behind the head."""
    time = max(now, head.time or now)
    previous = head.hash
    chained = []
    for position, (event_id, contents) in enumerate(told, head.position + 1):
        body = {"position": position, "id": str(event_id), "type": contents["type"], "time": _text(time), **contents}
        previous = link(previous, body)
        text = orjson.dumps({**body, "hash": previous}).decode()
        chained.append(NewEvent(organisation, position, event_id, time, previous, text))
    return chained


def _text(instant: datetime) -> str:
    return f"{instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
