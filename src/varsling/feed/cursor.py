"""Cursors of streams: where a reader is in its own stream.

A cursor holds the beginning of the hash of the event that was read last. After a restore that lost events, positions
are given out again, to other events: the hash tells a cursor from before then, even without a declared epoch.
"""

import struct
from dataclasses import dataclass

from varsling.feed.chain import FIRST_HASH
from varsling.privacy.cursors import CursorSeal

_FIELDS = struct.Struct(">IQ8s")
_CURSOR = b"varsling feed cursor 1"
_PAGE = b"varsling feed page 1"
_HASH_CHARACTERS = 16
UNREAD = FIRST_HASH[:_HASH_CHARACTERS]


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last position read, in its epoch. `hash` is the beginning (16 characters) of that event's hash."""

    epoch: int
    position: int
    hash: str

    @classmethod
    def at(cls, epoch: int, position: int, full_hash: str) -> "Cursor":
        return cls(epoch, position, full_hash[:_HASH_CHARACTERS])


class StreamCursors:
    """Turns cursors of streams into text and back."""

    def __init__(self, key: bytes) -> None:
        self._cursors, self._pages = CursorSeal(key, _CURSOR), CursorSeal(key, _PAGE)

    def text(self, organisation: str, cursor: Cursor) -> str:
        place = _FIELDS.pack(cursor.epoch, cursor.position, bytes.fromhex(cursor.hash))
        return self._cursors.text([organisation.encode()], place)

    def read(self, organisation: str, text: str) -> Cursor:
        """Read a cursor. Raises Problem (cursor-unknown) for a text that this installation did not give to this
        organisation."""
        place = self._cursors.read([organisation.encode()], text, _FIELDS.size)
        epoch, position, beginning = _FIELDS.unpack(place)
        return Cursor(epoch, position, beginning.hex())

    def etag(self, organisation: str, text: str, limit: int) -> str:
        """Make the tag of the full page of `limit` events after a cursor. Only a reader who got the page has it."""
        return f'"{self._pages.sign([organisation.encode()], f"{text} {limit}".encode()).hex()}"'
