"""Cursors of lists: each counts for the caller and the filters that it was given for."""

from uuid import UUID

from varsling.access.principal import Principal
from varsling.privacy.cursors import CursorSeal
from varsling.shapes import RequestModel

_PURPOSE = b"varsling list cursor 1"
_ID_BYTES = 16


def cursor(key: bytes, principal: Principal, query: RequestModel, last: UUID) -> str:
    """The cursor with which the list goes on behind the row `last`."""
    return CursorSeal(key, _PURPOSE).text(_scope(principal, query), last.bytes)


def read_cursor(key: bytes, principal: Principal, query: RequestModel, given: str | None) -> UUID | None:
    """The row that a cursor names. Raises Problem (cursor-unknown) for a cursor of another list or caller."""
    if given is None:
        return None
    return UUID(bytes=CursorSeal(key, _PURPOSE).read(_scope(principal, query), given, _ID_BYTES))


def _scope(principal: Principal, query: RequestModel) -> tuple[bytes, bytes]:
    """The caller, the list, and every filter but the size of a page."""
    whose = f"{type(query).__name__} {principal.acting} {principal.own_landlord}".encode()
    return whose, query.model_dump_json(exclude={"cursor", "limit"}).encode()
