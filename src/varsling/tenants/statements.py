"""Tenants' statements to their office, for its view, its stream and its letters. Kept encrypted until erasure."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, assert_never
from uuid import UUID

import orjson
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.database.changes import Transaction
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


@dataclass(frozen=True, slots=True)
class Statements:
    """A tenant's newest statement of each kind, whichever letter it was made through; None where she made none."""

    call: CallWish | None = None
    dispute: Dispute | None = None
    wishes: Wishes | None = None
    consents: Consents | None = None

    @property
    def all(self) -> tuple[Statement, ...]:
        return tuple(
            statement for statement in (self.call, self.dispute, self.wishes, self.consents) if statement is not None
        )


def store_statement(
    transaction: Transaction, cipher: Cipher, tenant_id: UUID, code_id: UUID, statement: Statement
) -> bool:
    """Store a statement in place of the code's former one of the kind. Her landlord is locked.

    False if it is the same as her newest: nobody needs to hear it again.
    """
    earlier = statements_of(transaction.connection, cipher, [tenant_id]).get(tenant_id, Statements())
    kind, c = _KINDS[type(statement)], tenant_statements.c
    transaction.connection.execute(tenant_statements.delete().where(c.code_id == code_id, c.kind == kind))
    statement_id = uuid7()
    row = {
        "id": statement_id,
        "tenant_id": tenant_id,
        "code_id": code_id,
        "kind": kind,
        "said_at": transaction.now,
        "content": cipher.encrypt(_LABEL, statement_id, orjson.dumps(statement)),
    }
    transaction.connection.execute(tenant_statements.insert().values(**row))
    return statement not in earlier.all


def said_through(connection: sa.Connection, code_id: UUID) -> Mapping[str, datetime]:
    """Tell when each kind of statement was last made through a code, and nothing of what it says."""
    c = tenant_statements.c
    query = sa.select(c.kind, c.said_at).where(c.code_id == code_id, c.content.is_not(None))
    return {row.kind: row.said_at for row in connection.execute(query)}


def statements_of(connection: sa.Connection, cipher: Cipher, tenant_ids: Collection[UUID]) -> Mapping[UUID, Statements]:
    """Give the statements of these tenants, except erased ones."""
    c = tenant_statements.c
    query = sa.select(tenant_statements).where(c.tenant_id.in_(tenant_ids), c.content.is_not(None)).order_by(c.id)
    found: defaultdict[UUID, Statements] = defaultdict(Statements)
    for row in connection.execute(query):
        facts = orjson.loads(cipher.decrypt(_LABEL, row.id, row.content))
        found[row.tenant_id] = _with(found[row.tenant_id], _Kind(row.kind), facts)
    return found


def _with(known: Statements, kind: _Kind, facts: Mapping[str, Any]) -> Statements:
    match kind:
        case _Kind.WANTS_CALL:
            call = CallWish(facts["phone"], CallTime(facts["time"]), facts["language"], facts["interpreter"])
            return replace(known, call=call)
        case _Kind.DISPUTES:
            return replace(known, dispute=Dispute(tuple(DisputeReason(reason) for reason in facts["reasons"])))
        case _Kind.WISHES:
            return replace(known, wishes=Wishes(tuple(Wish(wish) for wish in facts["kinds"])))
        case _Kind.CONSENTS:
            return replace(known, consents=Consents(tuple(Consent(to) for to in facts["to"])))
        case _:
            assert_never(kind)
