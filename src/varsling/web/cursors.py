"""Cursors of lists: opaque, signed, and good for the list that gave them alone."""

import base64
import binascii
import hashlib
import hmac
from uuid import UUID

from varsling.access.principal import Principal
from varsling.domain.problems import Code, Problem
from varsling.shapes import Shape

_PURPOSE = b"varsling list cursor 1"
_ID_BYTES = 16
_SEAL_BYTES = 16


def cursor(key: bytes, principal: Principal, query: Shape, last: UUID) -> str:
    """Where the list goes on: behind the row `last`."""
    return base64.urlsafe_b64encode(last.bytes + _seal(key, principal, query, last.bytes)).decode()


def read_cursor(key: bytes, principal: Principal, query: Shape, given: str | None) -> UUID | None:
    """The row that a cursor names. Raises Problem (cursor-unknown) for one of another list or caller."""
    if given is None:
        return None
    try:
        sealed = base64.b64decode(given.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise Problem(Code.CURSOR_UNKNOWN) from None
    last, seal = sealed[:_ID_BYTES], sealed[_ID_BYTES:]
    if len(last) != _ID_BYTES or not hmac.compare_digest(seal, _seal(key, principal, query, last)):
        raise Problem(Code.CURSOR_UNKNOWN)
    return UUID(bytes=last)


def _seal(key: bytes, principal: Principal, query: Shape, last: bytes) -> bytes:
    """Signs the place together with whose list it is: the caller, and every filter but the size of a page."""
    filters = query.model_dump_json(exclude={"cursor", "limit"}).encode()
    whose = f"{type(query).__name__} {principal.acting} {principal.own_landlord}".encode()
    return hmac.digest(key, b"\0".join((_PURPOSE, whose, filters, last)), hashlib.sha256)[:_SEAL_BYTES]
