"""What tenants said to their office, kept encrypted: what stands in its view, its stream and its letters."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import assert_never
from uuid import UUID

import orjson
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.database.changes import Transaction
from varsling.domain.tenant import CallTime, CallWish, Dispute, DisputeReason
from varsling.privacy.cipher import Cipher
from varsling.tenants.tables import tenant_words

_LABEL = "tenant_words.content"
_WANTS_CALL, _DISPUTES = "wants_call", "disputes"

Word = CallWish | Dispute


@dataclass(frozen=True, slots=True)
class Said:
    """What one tenant said; None where she did not."""

    call: CallWish | None = None
    dispute: Dispute | None = None

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for word in (self.call, self.dispute) if word is not None)


def say(transaction: Transaction, cipher: Cipher, tenant_id: UUID, word: Word) -> bool:
    """Keep it in place of what she said before; False where she said just this. Her landlord is locked."""
    before = said_by(transaction.connection, cipher, [tenant_id]).get(tenant_id, Said())
    if word in before.words:
        return False
    kind = _kind(word)
    c = tenant_words.c
    transaction.connection.execute(tenant_words.delete().where(c.tenant_id == tenant_id, c.kind == kind))
    word_id = uuid7()
    row = {"id": word_id, "tenant_id": tenant_id, "kind": kind, "said_at": transaction.now}
    content = cipher.encrypt(_LABEL, word_id, orjson.dumps(word))
    transaction.connection.execute(tenant_words.insert().values(**row, content=content))
    return True


def said_by(connection: sa.Connection, cipher: Cipher, tenant_ids: Collection[UUID]) -> Mapping[UUID, Said]:
    """By tenant: what she said and what is not erased."""
    query = sa.select(tenant_words).where(tenant_words.c.tenant_id.in_(tenant_ids), tenant_words.c.content.is_not(None))
    said: defaultdict[UUID, Said] = defaultdict(Said)
    for row in connection.execute(query):
        facts = orjson.loads(cipher.decrypt(_LABEL, row.id, row.content))
        known = said[row.tenant_id]
        if row.kind == _WANTS_CALL:
            wish = CallWish(facts["phone"], CallTime(facts["time"]), facts["language"], facts["interpreter"])
            said[row.tenant_id] = replace(known, call=wish)
        else:
            reasons = tuple(DisputeReason(reason) for reason in facts["reasons"])
            said[row.tenant_id] = replace(known, dispute=Dispute(reasons))
    return said


def _kind(word: Word) -> str:
    match word:
        case CallWish():
            return _WANTS_CALL
        case Dispute():
            return _DISPUTES
        case _:
            assert_never(word)
