"""Read the caller's own stream from a stored cursor, and prove that no event is missing."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import rfc8785

from varsling.client.api import Api, ApiRefused

FIRST_HASH = "0" * 64


class StreamBroken(Exception):
    """The new events do not continue the earlier ones: an event is missing, doubled or changed."""


class BookmarkUnreadable(Exception):
    """The file of the cursor is empty or damaged. The message tells what to do."""


class CursorExpired(Exception):
    """The stored cursor has expired. `restart` is a cursor that misses no event."""

    def __init__(self, restart: str) -> None:
        super().__init__("the stored cursor has expired")
        self.restart = restart


@dataclass(slots=True)
class Bookmark:
    """A reader's place: the cursor, and epoch, position and hash of the last event for the proof."""

    file: Path
    cursor: str | None = None
    epoch: int | None = None
    position: int | None = None
    hash: str | None = None
    proved: int = 0

    @property
    def seen(self) -> str:
        """Tell what was proved since this start: which positions, in one chain of hashes."""
        if not self.proved or self.position is None:
            return "Verified: no event has come."
        first = self.position - self.proved + 1
        seen = f"positions {first} to {self.position} of epoch {self.epoch}"
        return f"Verified: {seen}, without a gap, in one chain of hashes."

    @classmethod
    def at(cls, file: Path) -> "Bookmark":
        """Read the bookmark of a file. Without a file it is the beginning of the stream. Raises BookmarkUnreadable."""
        if not file.exists():
            return cls(file, position=0, hash=FIRST_HASH)
        try:
            kept = orjson.loads(file.read_bytes())
            return cls(file, kept["cursor"], kept["epoch"], kept["position"], kept["hash"])
        except (OSError, ValueError, TypeError, KeyError):
            raise BookmarkUnreadable(
                f"{file} holds no cursor. Delete it to read the stream from its beginning: events may come again."
            ) from None

    def start_again(self, cursor: str) -> None:
        """Continue from a cursor of the service, and keep it. Events before it are not proved any more."""
        self.cursor, self.epoch, self.position, self.hash, self.proved = cursor, None, None, None, 0
        self.keep()

    def keep(self) -> None:
        """Write the bookmark wholly or not at all: a killed reader reads its last page again, and misses nothing."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        kept = {"cursor": self.cursor, "epoch": self.epoch, "position": self.position, "hash": self.hash}
        new = self.file.with_suffix(".new")
        with new.open("wb") as out:
            out.write(orjson.dumps(kept))
            out.flush()
            os.fsync(out.fileno())
        new.replace(self.file)


def pages(api: Api, bookmark: Bookmark, *, verify: bool, wait: int, limit: int = 100) -> Iterator[list[dict[str, Any]]]:
    """Give page after page, for ever. The bookmark is kept at the request for the next page, so each event comes at
    least once.

    Raises StreamBroken (with `verify`), CursorExpired, ApiRefused, ApiUnreachable.
    """
    while True:
        page = _page(api, bookmark.cursor, wait=wait, limit=limit)
        events: list[dict[str, Any]] = page["events"]
        if verify:
            check(bookmark, page["epoch"], events)
        yield events
        bookmark.cursor, bookmark.epoch = page["next"], page["epoch"]
        if events:
            bookmark.position, bookmark.hash = events[-1]["position"], events[-1]["hash"]
            bookmark.proved += len(events) if verify else 0
        bookmark.keep()


def _page(api: Api, cursor: str | None, *, wait: int, limit: int) -> dict[str, Any]:
    parameters: dict[str, str | int] = {"limit": limit, "wait": wait}
    if cursor is not None:
        parameters["after"] = cursor
    try:
        return api.get("/v1/feed", parameters)
    except ApiRefused as refused:
        if refused.problem.get("code") == "cursor-expired" and refused.problem.get("restart"):
            raise CursorExpired(refused.problem["restart"]) from None
        raise


def check(bookmark: Bookmark, epoch: int, events: list[dict[str, Any]]) -> None:
    """Raise StreamBroken unless the events continue the bookmark: positions without a gap, hashes in one chain."""
    position, previous = bookmark.position, bookmark.hash
    if bookmark.epoch not in (None, epoch):
        raise StreamBroken(f"epoch {bookmark.epoch} has become {epoch}")
    for event in events:
        if position is not None and event["position"] != position + 1:
            raise StreamBroken(f"position {event['position']} follows {position}")
        position = event["position"]
        body = {name: value for name, value in event.items() if name != "hash"}
        if previous is not None:
            found = hashlib.sha256(previous.encode() + rfc8785.dumps(body)).hexdigest()
            if found != event["hash"]:
                raise StreamBroken(f"the hash at position {position} does not continue the chain")
        previous = event["hash"]
