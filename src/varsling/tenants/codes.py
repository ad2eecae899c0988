"""The codes on tenants' letters: one for each address that the landlord's side gave and each way to it (DESIGN § 5).

The landlord chooses the address and knows the birth date, so a letter that he has sent to himself must not open what
the tenant said through the letter that reached her: not on paper, nor by e-mail. What is said through a letter to her
home counts before the rest, and what she says after her own login before that.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from varsling.database.changes import Transaction
from varsling.domain.dwelling import Dwelling
from varsling.domain.letter_address import address_parts, leads_home
from varsling.domain.limits import DAY, require_few
from varsling.domain.notice import Tenant, TenantId
from varsling.domain.tenant import Through
from varsling.privacy import codes
from varsling.privacy.cipher import Cipher
from varsling.privacy.keys import Keyring
from varsling.tenants.tables import tenant_codes, tenant_logins

_LABEL = "tenant_codes.code"

ADDRESSES_A_DAY = 5
"""How many new addresses a tenant may be given in a day: each has a code of its own."""


class NewCode(NamedTuple):
    """A new code to store: its index for finding it, and its ciphertext for letters. `through`: how sure it is that she
    reads them."""

    id: UUID
    tenant_id: TenantId
    address_index: bytes
    code_index: bytes
    encrypted: bytes
    through: Through


class PrintedCode(NamedTuple):
    """A code as letters to its address print it."""

    id: UUID
    code: str


class TenantCode(NamedTuple):
    """A tenant's code, with the wrong birth dates tried with it. What was opened before `left_at` is closed."""

    id: UUID
    tenant_id: UUID
    wrong_tries: int
    closed_until: datetime | None
    left_at: datetime | None


def new_codes(keyring: Keyring, tenant: Tenant, dwelling: Dwelling) -> tuple[NewCode, ...]:
    """Draw the codes for the tenant's address as it stands: for letters on paper, and for e-mails if she has any."""
    ways = (False, True) if tenant.email else (False,)
    return tuple(_new_code(keyring, tenant, dwelling, by_email=by_email) for by_email in ways)


def _new_code(keyring: Keyring, tenant: Tenant, dwelling: Dwelling, *, by_email: bool) -> NewCode:
    made, index = codes.new_code(keyring.cipher, _LABEL), keyring.index
    home = not by_email and leads_home(tenant, dwelling) and not address_parts(tenant, dwelling)
    through = Through.HOME if home else Through.ELSEWHERE
    address = index.address(tenant, dwelling, by_email=by_email)
    return NewCode(made.id, tenant.id, address, index.code(made.code), made.encrypted, through)


def keep_codes(transaction: Transaction, new: Sequence[NewCode]) -> None:
    """Store the codes of tenants."""
    rows = [
        {
            "id": code.id,
            "tenant_id": code.tenant_id,
            "address_index": code.address_index,
            "code_index": code.code_index,
            "code": code.encrypted,
            "through": code.through,
            "created_at": transaction.now,
            "wrong_tries": 0,
        }
        for code in sorted(new, key=lambda one: one.code_index)
    ]
    transaction.insert(tenant_codes, rows)


def make_codes_for(transaction: Transaction, keyring: Keyring, tenant: Tenant, dwelling: Dwelling) -> None:
    """Make the codes for a changed address, unless it has had them before. Her landlord is locked. Raises
    RateLimited."""
    query = sa.select(_C.address_index, _C.created_at).where(_C.tenant_id == tenant.id)
    query = query.where(_C.address_index != keyring.index.own_login(tenant.id))
    made = transaction.connection.execute(query).all()
    if keyring.index.address(tenant, dwelling, by_email=False) in {row.address_index for row in made}:
        return
    changes = sorted({row.created_at for row in made})[1:]  # the first are those of the notice itself
    require_few(changes, ADDRESSES_A_DAY, transaction.now)
    keep_codes(transaction, new_codes(keyring, tenant, dwelling))


def codes_of(connection: sa.Connection, cipher: Cipher, tenant_ids: Collection[UUID]) -> Mapping[bytes, PrintedCode]:
    """Give the readable codes of these tenants by the index of their addresses, except erased ones."""
    query = sa.select(_C.id, _C.address_index, _C.code).where(_C.tenant_id.in_(tenant_ids), _NOT_ERASED)
    return {
        row.address_index: PrintedCode(row.id, cipher.decrypt(_LABEL, row.id, row.code).decode())
        for row in connection.execute(query)
    }


_C = tenant_codes.c
_NOT_ERASED = _C.code.is_not(None)
_OF_CODE = sa.select(*(_C[name] for name in TenantCode._fields)).where(_NOT_ERASED)


def code_with(connection: sa.Connection, code_index: bytes) -> TenantCode | None:
    """Find the code with this index; None if there is none, or its tenant's data are erased."""
    row = connection.execute(_OF_CODE.where(_C.code_index == code_index)).first()
    return None if row is None else TenantCode(*row)


def code_of_id(connection: sa.Connection, code_id: UUID) -> TenantCode | None:
    """Find a code by its id; None if there is none, or its tenant's data are erased."""
    row = connection.execute(_OF_CODE.where(_C.id == code_id)).first()
    return None if row is None else TenantCode(*row)


def lock_code(transaction: Transaction, code_index: bytes) -> TenantCode | None:
    """Find and lock the code with this index: the transaction that decides a try also counts it."""
    row = transaction.connection.execute(_OF_CODE.where(_C.code_index == code_index).with_for_update()).first()
    return None if row is None else TenantCode(*row)


def count_tries(transaction: Transaction, code_id: UUID, wrong_tries: int, closed_until: datetime | None) -> None:
    counted = tenant_codes.update().where(_C.id == code_id)
    transaction.connection.execute(counted.values(wrong_tries=wrong_tries, closed_until=closed_until))


def reopen_codes(transaction: Transaction, code_ids: sa.Select[UUID]) -> None:
    """Forget the wrong tries of these codes: a new letter is on its way to their addresses."""
    tried = sa.and_(_C.id.in_(code_ids), _C.wrong_tries > 0)
    transaction.connection.execute(tenant_codes.update().where(tried).values(wrong_tries=0, closed_until=None))


def code_ids_of(connection: sa.Connection, tenant_id: UUID, *, lock: bool = False) -> Sequence[UUID]:
    """Give the ids of a tenant's codes, locked if that is asked for."""
    query = sa.select(_C.id).where(_C.tenant_id == tenant_id).order_by(_C.id)
    return connection.scalars(query.with_for_update() if lock else query).all()


def own_code(transaction: Transaction, keyring: Keyring, tenant_id: UUID, session: str) -> UUID:
    """Give the id under which a tenant's own logins go, and note this one's session at ID-porten. Her codes are locked.

    No letter has this code, and nobody knows it.
    """
    index, address = keyring.index, keyring.index.own_login(tenant_id)
    hers = sa.and_(_C.tenant_id == tenant_id, _C.address_index == address)
    code_id: UUID | None = transaction.connection.scalar(sa.select(_C.id).where(hers))
    if code_id is None:
        made = codes.new_code(keyring.cipher, _LABEL)
        row = NewCode(made.id, TenantId(tenant_id), address, index.code(made.code), made.encrypted, Through.LOGIN)
        keep_codes(transaction, [row])
        code_id = made.id
    c, login_index = tenant_logins.c, index.login_session(session)
    over = sa.or_(c.login_index == login_index, c.at < transaction.now - DAY)
    transaction.connection.execute(tenant_logins.delete().where(c.code_id == code_id, over))
    noted = {"login_index": login_index, "code_id": code_id, "at": transaction.now}
    transaction.connection.execute(tenant_logins.insert().values(noted))
    return code_id


def codes_of_login(connection: sa.Connection, login_index: bytes) -> Sequence[UUID]:
    """Find the codes (`own_code`) of the notices that were entered in a session at ID-porten."""
    query = sa.select(tenant_logins.c.code_id).where(tenant_logins.c.login_index == login_index)
    return connection.scalars(query.order_by(tenant_logins.c.code_id)).all()


def leads_to(connection: sa.Connection, code_id: UUID, address_indexes: Collection[bytes]) -> bool:
    """Tell whether the code's letters go to one of these addresses."""
    query = sa.select(_C.id).where(_C.id == code_id, _C.address_index.in_(address_indexes))
    return connection.execute(query).first() is not None


def session_open(connection: sa.Connection, code_id: UUID, since: datetime) -> bool:
    """Tell whether what was opened with the code at `since` is open still: she has not left the page after it."""
    left = sa.and_(_C.left_at.is_not(None), _C.left_at >= since)
    return connection.execute(sa.select(_C.id).where(_C.id == code_id, sa.not_(left))).first() is not None


def close_sessions(transaction: Transaction, code_ids: Collection[UUID]) -> None:
    """Close what was opened with the codes until now."""
    transaction.connection.execute(tenant_codes.update().where(_C.id.in_(code_ids)).values(left_at=transaction.now))
