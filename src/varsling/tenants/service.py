"""What other features ask of tenants' codes and words; the page itself stands above them all."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from varsling.database.changes import Transaction
from varsling.database.rows import insert_rows
from varsling.domain.notice import TenantId
from varsling.privacy import codes
from varsling.privacy.cipher import Cipher
from varsling.privacy.keys import Keyring
from varsling.tenants.statements import Said, Word, said_by, say
from varsling.tenants.tables import tenant_codes

__all__ = ["NewCode", "Said", "Word", "codes_of", "keep", "new_code", "open_again", "said_by", "say"]

_LABEL = "tenant_codes.code"


class NewCode(NamedTuple):
    """A code ready to store: what it is found by, and what a letter is written from."""

    id: UUID
    code_index: bytes
    encrypted: bytes


def new_code(keyring: Keyring) -> NewCode:
    made = codes.new_code(keyring.cipher, _LABEL)
    return NewCode(made.id, keyring.index.code(made.code), made.encrypted)


def keep(transaction: Transaction, new: Sequence[tuple[TenantId, NewCode]]) -> None:
    """Store the tenants' codes."""
    rows = [
        {
            "id": code.id,
            "tenant_id": tenant_id,
            "code_index": code.code_index,
            "code": code.encrypted,
            "created_at": transaction.now,
            "wrong_tries": 0,
        }
        for tenant_id, code in sorted(new, key=lambda one: one[1].code_index)
    ]
    insert_rows(transaction.connection, tenant_codes, rows)


def codes_of(connection: sa.Connection, cipher: Cipher, tenant_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The codes of these tenants, readable, but for those that are erased."""
    query = sa.select(tenant_codes.c.id, tenant_codes.c.tenant_id, tenant_codes.c.code).where(
        tenant_codes.c.tenant_id.in_(tenant_ids), tenant_codes.c.code.is_not(None)
    )
    return {row.tenant_id: cipher.decrypt(_LABEL, row.id, row.code).decode() for row in connection.execute(query)}


def open_again(transaction: Transaction, tenant_ids: Collection[UUID]) -> None:
    """A new letter is on its way to each of them: what was tried before counts no more."""
    tried = sa.and_(tenant_codes.c.tenant_id.in_(tenant_ids), tenant_codes.c.wrong_tries > 0)
    transaction.connection.execute(tenant_codes.update().where(tried).values(wrong_tries=0, closed_until=None))
