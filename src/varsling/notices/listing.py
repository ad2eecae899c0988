"""Lists of notices: the filters, and cursors that are opaque, signed and good for the list that gave them alone."""

import base64
import binascii
import hashlib
import hmac
from uuid import UUID

import sqlalchemy as sa

from varsling.access.principal import Principal
from varsling.domain.problems import Code, Problem
from varsling.notices.lookups import readable_by
from varsling.notices.schemas.notice import NoticesQuery
from varsling.notices.tables import notices

_PURPOSE = b"varsling notices cursor 1"
_ID_BYTES = 16
_SEAL_BYTES = 16


def selection(principal: Principal, query: NoticesQuery, after: UUID | None) -> sa.ColumnElement[bool]:
    """The notices that the caller may read and asked for, from behind `after` on."""
    columns = notices.c
    conditions = [readable_by(principal)]
    if after is not None:
        conditions.append(columns.id > after)
    if query.landlord is not None:
        conditions.append(columns.landlord_organisation == query.landlord)
    if query.reference is not None:
        conditions.append(columns.reference == query.reference)
    if query.lease is not None:
        conditions.append(columns.lease_reference == query.lease)
    if query.status is not None:
        conditions.append(columns.status == query.status.value)
    if query.updated_since is not None:
        conditions.append(columns.updated_at >= query.updated_since)
    if query.petition_recommended_before is not None:
        conditions.append(columns.petition_recommended < query.petition_recommended_before)
    return sa.and_(*conditions)


def cursor(key: bytes, principal: Principal, query: NoticesQuery, last: UUID) -> str:
    """Where the list goes on: behind the notice `last`."""
    return base64.urlsafe_b64encode(last.bytes + _seal(key, principal, query, last.bytes)).decode()


def read_cursor(key: bytes, principal: Principal, query: NoticesQuery) -> UUID | None:
    """The notice that the query's cursor names. Raises Problem (cursor-unknown) for one of another list or caller."""
    if query.cursor is None:
        return None
    try:
        sealed = base64.b64decode(query.cursor.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise Problem(Code.CURSOR_UNKNOWN) from None
    last, seal = sealed[:_ID_BYTES], sealed[_ID_BYTES:]
    if not hmac.compare_digest(seal, _seal(key, principal, query, last)) or len(last) != _ID_BYTES:
        raise Problem(Code.CURSOR_UNKNOWN)
    return UUID(bytes=last)


def _seal(key: bytes, principal: Principal, query: NoticesQuery, last: bytes) -> bytes:
    """Signs the place together with whose list it is: the caller, and every filter but the size of a page."""
    filters = query.model_dump_json(exclude={"cursor", "limit"}).encode()
    whose = f"{principal.acting} {principal.own_landlord}".encode()
    message = b"\0".join((_PURPOSE, whose, filters, last))
    return hmac.digest(key, message, hashlib.sha256)[:_SEAL_BYTES]
