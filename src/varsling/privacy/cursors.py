"""Cursors: places in a list or a stream, opaque and signed, so that no caller can make one or use another's."""

import base64
import binascii
import hmac
from collections.abc import Sequence

from varsling.domain.problems import Code, Problem

_SEAL_BYTES = 16


class CursorSeal:
    """Turns the bytes of a place into text and back.

    `purpose` names what the key signs here: a cursor of a list is none of a stream. The same place is always the same
    text, so that a page can be kept by its address.
    """

    def __init__(self, key: bytes, purpose: bytes) -> None:
        # Each seal continues a copy of it: that is quicker than a new one, and keeps the interpreter to itself.
        self._begun = hmac.new(key, purpose, "sha256")

    def text(self, scope: Sequence[bytes], place: bytes) -> str:
        """The cursor of a place, which counts within `scope` alone: the caller, the list, its filters."""
        return base64.urlsafe_b64encode(place + self.sign(scope, place)).decode()

    def read(self, scope: Sequence[bytes], text: str, size: int) -> bytes:
        """The place, of `size` bytes. Raises Problem (cursor-unknown) for a text not given within the scope."""
        try:
            sealed = base64.urlsafe_b64decode(text.encode("ascii"))
        except (UnicodeEncodeError, binascii.Error):
            raise Problem(Code.CURSOR_UNKNOWN) from None
        # The decoder overlooks odd characters and padding: a cursor has one spelling.
        if len(sealed) != size + _SEAL_BYTES or base64.urlsafe_b64encode(sealed).decode() != text:
            raise Problem(Code.CURSOR_UNKNOWN)
        place, seal = sealed[:size], sealed[size:]
        if not hmac.compare_digest(seal, self.sign(scope, place)):
            raise Problem(Code.CURSOR_UNKNOWN)
        return place

    def sign(self, scope: Sequence[bytes], message: bytes) -> bytes:
        seal = self._begun.copy()
        seal.update(b"\0".join((b"", *scope, message)))
        return seal.digest()[:_SEAL_BYTES]
