"""Tenants' statements to their office, for its view, its stream and its letters. Kept encrypted until erasure."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, assert_never
from uuid import UUID

import orjson
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.database.changes import Transaction
from varsling.domain.problems import RateLimited
from varsling.domain.tenant import (
    CallTime,
    CallWish,
    Consent,
    Consents,
    Dispute,
    DisputeReason,
    Statement,
    Wish,
    Wishes,
)
from varsling.privacy.cipher import Cipher
from varsling.tenants.tables import tenant_statements

_LABEL = "tenant_statements.content"
_DAY = timedelta(days=1)

CHANGES_A_DAY = 5
"""How often one kind of statement may change through one code: each change may be a letter on paper to the office."""


class _Kind(StrEnum):
    WANTS_CALL = "wants_call"
    DISPUTES = "disputes"
    WISHES = "wishes"
    CONSENTS = "consents"


_KINDS: Mapping[type[Statement], _Kind] = {
    CallWish: _Kind.WANTS_CALL,
    Dispute: _Kind.DISPUTES,
    Wishes: _Kind.WISHES,
    Consents: _Kind.CONSENTS,
}


class Elsewhere(NamedTuple):
    """A statement made through a letter to another address than the first, beside hers: perhaps not by her."""

    said_at: datetime
    statement: Statement


@dataclass(frozen=True, slots=True)
class Statements:
    """A tenant's newest statement of each kind; None where she made none.

    What was said through the code of an earlier address counts: whoever has a later letter can neither change it nor
    take it back. What was said through a later code too stands `elsewhere`.
    """

    call: CallWish | None = None
    dispute: Dispute | None = None
    wishes: Wishes | None = None
    consents: Consents | None = None
    elsewhere: tuple[Elsewhere, ...] = ()

    @property
    def all(self) -> tuple[Statement, ...]:
        return tuple(
            statement for statement in (self.call, self.dispute, self.wishes, self.consents) if statement is not None
        )


def store_statement(
    transaction: Transaction, cipher: Cipher, tenant_id: UUID, code_id: UUID, statement: Statement
) -> bool:
    """Store a statement in place of the code's former one of the kind. Her landlord is locked.

    False if nobody needs to hear it again. Raises RateLimited for one more change than a day may have.
    """
    kind, c = _KINDS[type(statement)], tenant_statements.c
    of_kind = sa.and_(c.code_id == code_id, c.kind == kind)
    former = transaction.connection.execute(sa.select(tenant_statements).where(of_kind)).first()
    if former is None:
        made = statements_of(transaction.connection, cipher, [tenant_id]).get(tenant_id, Statements())
        new, counted_from, times = statement not in made.all, transaction.now, 1
    else:
        new = former.content is None or _read(cipher, former) != statement
        counted_from, times = _counted(former, transaction.now, new=new)
    statement_id = uuid7()
    row = {
        "id": statement_id,
        "tenant_id": tenant_id,
        "code_id": code_id,
        "kind": kind,
        "said_at": transaction.now,
        "counted_from": counted_from,
        "times": times,
        "content": cipher.encrypt(_LABEL, statement_id, orjson.dumps(statement)),
    }
    transaction.connection.execute(tenant_statements.delete().where(of_kind))
    transaction.connection.execute(tenant_statements.insert().values(**row))
    return new


def _counted(former: sa.Row[Any], now: datetime, *, new: bool) -> tuple[datetime, int]:
    """Count a change of a statement within a day. Raises RateLimited."""
    until = former.counted_from + _DAY
    if now >= until:
        return now, 1
    if former.times + new > CHANGES_A_DAY:
        raise RateLimited(retry_after=int((until - now).total_seconds()) + 1)
    return former.counted_from, former.times + new


def said_through(connection: sa.Connection, code_id: UUID) -> Mapping[str, datetime]:
    """Tell when each kind of statement was last made through a code, and nothing of what it says."""
    c = tenant_statements.c
    query = sa.select(c.kind, c.said_at).where(c.code_id == code_id, c.content.is_not(None))
    return {row.kind: row.said_at for row in connection.execute(query)}


def statements_of(connection: sa.Connection, cipher: Cipher, tenant_ids: Collection[UUID]) -> Mapping[UUID, Statements]:
    """Give the statements of these tenants, except erased ones."""
    c = tenant_statements.c
    # Codes are made one after another: the first is that of the first copy's address.
    query = sa.select(tenant_statements).where(c.tenant_id.in_(tenant_ids), c.content.is_not(None)).order_by(c.code_id)
    found: defaultdict[UUID, Statements] = defaultdict(Statements)
    for row in connection.execute(query):
        found[row.tenant_id] = _with(found[row.tenant_id], Elsewhere(row.said_at, _read(cipher, row)))
    return found


def _with(known: Statements, said: Elsewhere) -> Statements:
    if any(type(said.statement) is type(one) for one in known.all):
        return replace(known, elsewhere=(*known.elsewhere, said))
    match said.statement:
        case CallWish() as call:
            return replace(known, call=call)
        case Dispute() as dispute:
            return replace(known, dispute=dispute)
        case Wishes() as wishes:
            return replace(known, wishes=wishes)
        case Consents() as consents:
            return replace(known, consents=consents)
        case _:
            assert_never(said.statement)


def _read(cipher: Cipher, row: sa.Row[Any]) -> Statement:
    facts: Mapping[str, Any] = orjson.loads(cipher.decrypt(_LABEL, row.id, row.content))
    kind = _Kind(row.kind)
    match kind:
        case _Kind.WANTS_CALL:
            return CallWish(facts["phone"], CallTime(facts["time"]), facts["language"], facts["interpreter"])
        case _Kind.DISPUTES:
            return Dispute(tuple(DisputeReason(reason) for reason in facts["reasons"]))
        case _Kind.WISHES:
            return Wishes(tuple(Wish(wish) for wish in facts["kinds"]))
        case _Kind.CONSENTS:
            return Consents(tuple(Consent(to) for to in facts["to"]))
        case _:
            assert_never(kind)
