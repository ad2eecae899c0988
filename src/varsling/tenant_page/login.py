"""The login of the tenant's page: her code and her birth date, with a limit of tries.

One transaction counts and decides a try, so that no number of simultaneous callers gets more of them.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.context import Context
from varsling.database.changes import Change, Transaction
from varsling.deliveries import service as deliveries
from varsling.domain.actor import Actor
from varsling.domain.identity import birth_key
from varsling.notices import service as notices
from varsling.privacy import audit
from varsling.privacy.audit import AuditAction, AuditRow
from varsling.privacy.cipher import Cipher, Undecipherable
from varsling.tenants import service as tenants

SESSION = timedelta(minutes=15)
TRIES_AN_HOUR = 5
TRIES_A_LETTER = 20
_CLOSED_FOR = timedelta(hours=1)
_LABEL = "tenant.session"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Session:
    """Who reads the page: a tenant, through the letter with this code. `since` is when her ticket was given.

    `proven`: she has proved who she is, by a login of her own; the code is then hers alone (`tenants.own_code`).
    """

    tenant_id: UUID
    code_id: UUID
    since: datetime
    proven: bool = False


class Refusal(StrEnum):
    WRONG = "wrong"
    """The code is unknown, or the birth date is wrong: the caller cannot tell which."""
    CLOSED_FOR_AN_HOUR = "hour"
    CLOSED_UNTIL_A_LETTER = "letter"


@dataclass(frozen=True, slots=True)
class Enter(Change[Session | Refusal]):
    """Try a code with a birth date (DESIGN § 5: five tries, then twenty). Answers the session, or the refusal."""

    context: Context
    code: str
    born: date

    def apply(self, transaction: Transaction) -> Session | Refusal:
        index = self.context.keyring.index
        code = tenants.lock_code(transaction, index.code(self.code))
        tenant = None if code is None else notices.tenant_of(transaction.connection, code.tenant_id)
        if code is None or tenant is None:
            return Refusal.WRONG
        if (closed := _closed(code.wrong_tries, code.closed_until, transaction.now)) is not None:
            return closed
        if index.birth(tenant.landlord_key, birth_key(self.born)) != tenant.birth_index:
            return _count(transaction, code.id, code.wrong_tries + 1)
        tenants.count_tries(transaction, code.id, 0, None)
        deliveries.mark_opened(transaction, [code.id])
        facts = {"tenant": str(code.tenant_id)}
        row = AuditRow(AuditAction.TENANT_ENTERED, Actor.TENANT, tenant.notice_id, facts)
        audit.log(transaction, [row])
        return Session(code.tenant_id, code.id, transaction.now)


def _closed(tries: int, until: datetime | None, now: datetime) -> Refusal | None:
    if tries >= TRIES_A_LETTER:
        return Refusal.CLOSED_UNTIL_A_LETTER
    return Refusal.CLOSED_FOR_AN_HOUR if until is not None and now < until else None


def _count(transaction: Transaction, code_id: UUID, tries: int) -> Refusal:
    closes = tries % TRIES_AN_HOUR == 0
    until = transaction.now + _CLOSED_FOR if closes else None
    tenants.count_tries(transaction, code_id, tries, until)
    return _closed(tries, until, transaction.now) or Refusal.WRONG


def tenant_with(connection: sa.Connection, context: Context, code: str) -> UUID | None:
    """Find the tenant of a code, for what the code alone allows."""
    found = tenants.code_with(connection, context.keyring.index.code(code))
    return None if found is None else found.tenant_id


@dataclass(frozen=True, slots=True)
class Leave(Change[None]):
    """Close a session, and every other that was opened with the same code: no copied cookie outlives it."""

    session: Session

    def apply(self, transaction: Transaction) -> None:
        tenants.close_sessions(transaction, [self.session.code_id])


def ticket(cipher: Cipher, session: Session) -> str:
    """Make the cookie of a session, readable for this installation alone."""
    ticket_id = uuid7()
    since = (session.since - _EPOCH) // timedelta(microseconds=1)
    plain = session.tenant_id.bytes + session.code_id.bytes + since.to_bytes(8, "big") + bytes([session.proven])
    return base64.urlsafe_b64encode(ticket_id.bytes + cipher.encrypt(_LABEL, ticket_id, plain)).decode()


def read_ticket(cipher: Cipher, given: str) -> Session | None:
    """Read a ticket of ours; None for anything else."""
    try:
        raw = base64.b64decode(given, altchars=b"-_", validate=True)
        plain = cipher.decrypt(_LABEL, UUID(bytes=raw[:16]), raw[16:])
    except (binascii.Error, ValueError, Undecipherable):
        return None
    since = _EPOCH + timedelta(microseconds=int.from_bytes(plain[32:40], "big"))
    return Session(UUID(bytes=plain[:16]), UUID(bytes=plain[16:32]), since, proven=plain[40:] == b"\x01")


def is_open(connection: sa.Connection, session: Session, now: datetime) -> bool:
    """Tell whether a session goes on: its time is not up, and its reader has not left the page."""
    return now < session.since + SESSION and tenants.session_open(connection, session.code_id, session.since)
