"""Cursors: where a reader stands in its stream, opaque and signed, so that nobody can make one or use another's.

A cursor holds the beginning of the hash of the event that was read last. After a restore that lost events, positions
are given out again, to others: a cursor from before then is found out by its hash, even if nobody declared an epoch.
"""

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass

from varsling.domain.problems import Code, Problem
from varsling.feed.chain import FIRST_HASH

_FIELDS = struct.Struct(">IQ8s")
_SEAL_BYTES = 16
# What the key signs here, and nothing else that it signs: a cursor of a list is none of a stream.
_CURSOR = b"varsling feed cursor 1"
_PAGE = b"varsling feed page 1"
_HASH_CHARACTERS = 16
UNREAD = FIRST_HASH[:_HASH_CHARACTERS]


@dataclass(frozen=True, slots=True)
class Cursor:
    """The position read last, in its epoch; `hash` the first 16 characters of that event's hash."""

    epoch: int
    position: int
    hash: str

    @classmethod
    def at(cls, epoch: int, position: int, full_hash: str) -> "Cursor":
        return cls(epoch, position, full_hash[:_HASH_CHARACTERS])


class CursorSeal:
    """Turns cursors into text and back. The same cursor is always the same text: pages can be kept by their address."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def text(self, organisation: str, cursor: Cursor) -> str:
        fields = _FIELDS.pack(cursor.epoch, cursor.position, bytes.fromhex(cursor.hash))
        return base64.urlsafe_b64encode(fields + self._sign(_CURSOR, organisation, fields)).decode()

    def read(self, organisation: str, text: str) -> Cursor:
        """Raises Problem (cursor-unknown) for what this installation did not give to this organisation."""
        sealed = _decoded(text)
        fields, signature = sealed[: _FIELDS.size], sealed[_FIELDS.size :]
        if not hmac.compare_digest(signature, self._sign(_CURSOR, organisation, fields)):
            raise Problem(Code.CURSOR_UNKNOWN)
        epoch, position, beginning = _FIELDS.unpack(fields)
        return Cursor(epoch, position, beginning.hex())

    def etag(self, organisation: str, text: str, limit: int) -> str:
        """The tag of the full page of `limit` events after a cursor. Whoever has it was given that page."""
        return f'"{self._sign(_PAGE, organisation, f"{text} {limit}".encode()).hex()}"'

    def _sign(self, purpose: bytes, organisation: str, message: bytes) -> bytes:
        parts = b"\0".join((purpose, organisation.encode(), message))
        return hmac.digest(self._key, parts, hashlib.sha256)[:_SEAL_BYTES]


def _decoded(text: str) -> bytes:
    try:
        sealed = base64.urlsafe_b64decode(text.encode("ascii"))
    except (UnicodeEncodeError, binascii.Error):
        raise Problem(Code.CURSOR_UNKNOWN) from None
    # The decoder overlooks odd characters and padding: a cursor has one spelling.
    if len(sealed) != _FIELDS.size + _SEAL_BYTES or base64.urlsafe_b64encode(sealed).decode() != text:
        raise Problem(Code.CURSOR_UNKNOWN)
    return sealed
