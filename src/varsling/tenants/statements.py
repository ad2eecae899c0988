"""Tenants' statements to their office, for its view, its stream and its letters. Kept encrypted until erasure."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, assert_never
from uuid import UUID

import orjson
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.database.changes import Transaction
from varsling.domain.limits import DAY
from varsling.domain.problems import RateLimited
from varsling.domain.tenant import (
    CallTime,
    CallWish,
    Consent,
    Consents,
    Dispute,
    DisputeReason,
    Statement,
    Through,
    Wish,
    Wishes,
)
from varsling.privacy.cipher import Cipher
from varsling.tenants.tables import tenant_codes, tenant_statements

_LABEL = "tenant_statements.content"
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


def kind_of(statement: Statement) -> str:
    """Give the name of a statement's kind, as the office's view has it."""
    return _KINDS[type(statement)].value


class Said(NamedTuple):
    """A statement, and the way by which it was made."""

    statement: Statement
    said_at: datetime
    through: Through
    code_id: UUID


@dataclass(frozen=True, slots=True)
class Statements:
    """What a tenant stated: the newest of each kind for each of her codes, what counts most first.

    What she said after her own login comes first, then what was said through a letter to her home, then what was said
    through the earliest other address, and first: whoever has a letter can neither change nor take back what she said
    by a surer way.
    """

    said: tuple[Said, ...] = ()

    def of(self, kind: type[Statement]) -> Said | None:
        """Give the statement of a kind that counts; None if there is none."""
        return next((one for one in self.said if isinstance(one.statement, kind)), None)

    @property
    def main(self) -> tuple[Statement, ...]:
        """The statement of each kind that counts."""
        found = (self.of(kind) for kind in _KINDS)
        return tuple(one.statement for one in found if one is not None)

    @property
    def elsewhere(self) -> tuple[Said, ...]:
        """What else was said by less sure ways. It has replaced nothing, and nothing has replaced it."""
        return tuple(one for one in self.said if self._stands_beside(one))

    def told(self, kind: type[Statement]) -> tuple[tuple[Statement, Through], ...]:
        """Give what the office reads of a kind, and by which way each came."""
        main = self.of(kind)
        beside = (one for one in self.elsewhere if isinstance(one.statement, kind))
        return tuple((one.statement, one.through) for one in (main, *beside) if one is not None)

    def _stands_beside(self, one: Said) -> bool:
        main = self.of(type(one.statement))
        if main is None or main is one:
            return False
        match one.through:
            case Through.LOGIN:
                return False
            case Through.HOME:  # her login replaced what was said before it
                return main.through is Through.LOGIN and one.said_at > main.said_at
            case Through.ELSEWHERE:
                return True
            case _:
                assert_never(one.through)


def store_statement(
    transaction: Transaction, cipher: Cipher, tenant_id: UUID, code_id: UUID, statement: Statement
) -> bool:
    """Store a statement in place of the code's former one of the kind. Her landlord is locked.

    False if nobody needs to hear it again. Raises RateLimited for one more change than a day may have.
    """
    kind, c = _KINDS[type(statement)], tenant_statements.c
    of_kind = sa.and_(c.code_id == code_id, c.kind == kind)
    former = transaction.connection.execute(sa.select(tenant_statements).where(of_kind)).first()
    before = _told(transaction, cipher, tenant_id, statement)
    statement_id = uuid7()
    row = {
        "id": statement_id,
        "tenant_id": tenant_id,
        "code_id": code_id,
        "kind": kind,
        "first_said_at": transaction.now if former is None else former.first_said_at,
        "said_at": transaction.now,
        "counted_from": transaction.now,
        "times": 1,
        "content": cipher.encrypt(_LABEL, statement_id, orjson.dumps(statement)),
    }
    transaction.connection.execute(tenant_statements.delete().where(of_kind))
    transaction.connection.execute(tenant_statements.insert().values(**row))
    new = _told(transaction, cipher, tenant_id, statement) != before
    if former is not None:
        # Her own changes are counted: that the other's words make hers news again, is bounded by the other's.
        changed = former.content is None or _read(cipher, former) != statement
        counted_from, times = _counted(former, transaction.now, new=changed)
        counted = tenant_statements.update().where(c.id == statement_id)
        transaction.connection.execute(counted.values(counted_from=counted_from, times=times))
    return new


def _told(
    transaction: Transaction, cipher: Cipher, tenant_id: UUID, statement: Statement
) -> tuple[tuple[Statement, Through], ...]:
    found = statements_of(transaction.connection, cipher, [tenant_id])
    return found.get(tenant_id, Statements()).told(type(statement))


def _counted(former: sa.Row[Any], now: datetime, *, new: bool) -> tuple[datetime, int]:
    """Count a change of a statement within a day. Raises RateLimited."""
    until = former.counted_from + DAY
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
    c, codes = tenant_statements.c, tenant_codes.c
    # The codes of one address, for paper and for e-mail, are made at the same instant.
    query = (
        sa.select(tenant_statements, codes.through)
        .join(tenant_codes, codes.id == c.code_id)
        .where(c.tenant_id.in_(tenant_ids), c.content.is_not(None))
        .order_by(codes.created_at, c.first_said_at, c.id)
    )
    found: defaultdict[UUID, list[Said]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.tenant_id].append(Said(_read(cipher, row), row.said_at, Through(row.through), row.code_id))
    return {tenant_id: Statements(_surest_first(said)) for tenant_id, said in found.items()}


def _surest_first(said: Sequence[Said]) -> tuple[Said, ...]:
    """Give the newest first of each way that is sure, and then the others as they came."""
    newest = sorted(said, key=lambda one: one.said_at, reverse=True)
    sure = [one for way in (Through.LOGIN, Through.HOME) for one in newest if one.through is way]
    return (*sure, *(one for one in said if one.through is Through.ELSEWHERE))


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
