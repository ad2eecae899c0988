"""Changes that append events, and ways to read them, without any other feature."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event as Signal
from typing import Any
from uuid import uuid4

import orjson
import rfc8785
import sqlalchemy as sa

from varsling.database.changes import Change, Transaction
from varsling.database.engine import reading
from varsling.domain.events import Event, EventType
from varsling.feed.cursor import StreamCursors
from varsling.feed.pages import After, read_page
from varsling.feed.service import append

SEAL = StreamCursors(bytes(range(32)))
ALFA = "311758489"
BETA = "310332712"
OFFICE = "0315"
OTHER_OFFICE = "1201"


def told(name: str, *organisations: str) -> Event:
    """An event for the landlord's side, known by its reference."""
    return Event(
        EventType.NOTICE_SENT, notice=uuid4(), version=1, members={"reference": name}, organisations=organisations
    )


def told_office(name: str, office: str = OFFICE) -> Event:
    return Event(
        EventType.NOTICE_SENT,
        notice=uuid4(),
        version=1,
        office=office,
        members={"reference": name},
        readers_of_office=office,
    )


@dataclass(frozen=True, slots=True)
class Tell(Change[None]):
    events: Sequence[Event]

    def apply(self, transaction: Transaction) -> None:
        append(transaction, self.events)


@dataclass(frozen=True, slots=True)
class Held(Change[None]):
    """Runs `inside`, then stays in its transaction until `release` is set."""

    inside: Callable[[Transaction], object]
    entered: Signal = field(default_factory=Signal)
    release: Signal = field(default_factory=Signal)

    def apply(self, transaction: Transaction) -> None:
        self.inside(transaction)
        self.entered.set()
        if not self.release.wait(60):
            raise TimeoutError


def page(
    engine: sa.Engine, organisation: str, after: After = None, limit: int = 100
) -> tuple[list[dict[str, Any]], str]:
    """A page's events as a reader sees them, and its next cursor as text."""
    with reading(engine) as connection:
        found = read_page(connection, SEAL, organisation, after, limit)
    return orjson.loads(f"[{found.events}]"), SEAL.text(organisation, found.next)


def everything(engine: sa.Engine, organisation: str, limit: int = 1000) -> list[dict[str, Any]]:
    """Read the whole stream, page by page."""
    events, following = page(engine, organisation, limit=limit)
    new = events
    while new:
        new, following = page(engine, organisation, SEAL.read(organisation, following), limit)
        events += new
    return events


def names(events: Sequence[dict[str, Any]]) -> list[str]:
    return [event["reference"] for event in events]


def assert_unbroken(events: Sequence[dict[str, Any]]) -> None:
    """Positions run from 1 without a gap, times never go back, and hashes form one chain (CONTRACT § Feed)."""
    assert [event["position"] for event in events] == list(range(1, len(events) + 1))
    assert [event["time"] for event in events] == sorted(event["time"] for event in events)
    previous = "0" * 64
    for event in events:
        body = {name: value for name, value in event.items() if name != "hash"}
        previous = hashlib.sha256(previous.encode() + rfc8785.dumps(body)).hexdigest()
        assert event["hash"] == previous
