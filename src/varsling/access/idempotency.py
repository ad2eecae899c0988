"""Idempotency keys and first answers, kept in the transaction of the answered call (CONTRACT § Idempotency).

Only a stored success binds a key. A refusal rolls back, or stores nothing, and leaves no row.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel

from varsling.access.principal import Principal
from varsling.access.tables import answers, idempotency_keys
from varsling.database.bulk import Asked
from varsling.database.changes import Transaction
from varsling.domain.problems import Code, Problem
from varsling.privacy.blind_index import BlindIndex
from varsling.privacy.cipher import Cipher

_BODY = "answers.body"
_VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's key, blinded: `index` stands for the caller and the key, `fingerprint` for the call that used it."""

    index: bytes
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer as it was given first. `location` is a path."""

    status: int
    body: bytes
    location: str | None = None
    etag: str | None = None


class Answered(NamedTuple):
    """The answer to a call, and whether it repeats an earlier one."""

    answer: StoredAnswer
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Binding:
    """A row to keep: an answer, and the caller's key if there is one."""

    answer_id: UUID
    answer: StoredAnswer
    key: IdempotencyKey | None = None


def digest(index: BlindIndex, parsed: Any) -> bytes:
    """Compute the digest under which two bodies are equal: null members count as absent, and the order of members is
    ignored.

    It is keyed: a plain hash would let names and numbers of the body be guessed.
    """
    # Python's own writer writes whatever its reader reads, lone surrogates too.
    canonical = json.dumps(_without_nulls(parsed), sort_keys=True, separators=(",", ":"))
    return index.of("idempotency.body", hashlib.sha256(canonical.encode()).hexdigest())


def digest_of(index: BlindIndex, body: BaseModel, **options: Any) -> bytes:
    """Compute the digest of a body by its model: of what was said, in one order. `options` are those of pydantic's
    writer."""
    said = body.model_dump_json(exclude_unset=True, exclude_none=True, **options)
    return index.of("idempotency.body", said)


def key_of(
    index: BlindIndex,
    principal: Principal,
    given: str | None,
    *,
    method: str,
    route: str,
    body_digest: bytes,
    place: int | None = None,
) -> IdempotencyKey | None:
    """Make the key of a call; None for a call without one. `route` is the path with its ids, without a query.

    `given` is the caller's key of the call itself, or of a batch that has the call at `place`: a batch whose items are
    not all decided binds none of its own, and run again carries on with the rest.

    Raises Problem (idempotency-key-malformed).
    """
    if given is None:
        return None
    if not _VISIBLE.fullmatch(given):
        raise Problem(Code.IDEMPOTENCY_KEY_MALFORMED)
    return IdempotencyKey(
        index=index.of("idempotency.key", principal.acting, given, *([] if place is None else [str(place)])),
        fingerprint=index.of("idempotency.use", method, route, body_digest.hex()),
    )


def asked(keys: Iterable[IdempotencyKey]) -> Asked:
    """The question whether one of the keys is bound."""
    return Asked(idempotency_keys, ("key_index",), {(key.index,) for key in keys})


def find(
    transaction: Transaction, cipher: Cipher, keys: Iterable[IdempotencyKey]
) -> dict[bytes, tuple[bytes, StoredAnswer]]:
    """Find what the keys are bound to: by index, the fingerprint of the first use and its answer."""
    indexes = sorted({key.index for key in keys})
    if not indexes:
        return {}
    statement = (
        sa.select(
            idempotency_keys.c.key_index,
            idempotency_keys.c.fingerprint,
            *answers.c,
        )
        .join(answers, answers.c.id == idempotency_keys.c.answer_id)
        .where(idempotency_keys.c.key_index.in_(indexes))
    )
    return {row.key_index: (row.fingerprint, _stored(cipher, row)) for row in transaction.connection.execute(statement)}


def answers_of(connection: sa.Connection, cipher: Cipher, answer_ids: Collection[UUID]) -> dict[UUID, StoredAnswer]:
    """Give first answers by their ids."""
    if not answer_ids:
        return {}
    statement = sa.select(answers).where(answers.c.id.in_(answer_ids))
    return {row.id: _stored(cipher, row) for row in connection.execute(statement)}


def replay(transaction: Transaction, cipher: Cipher, key: IdempotencyKey | None) -> StoredAnswer | None:
    """Give the first answer to this call, if it was answered before.

    Raises Problem (idempotency-key-reused) if the key was used for another call.
    """
    if key is None:
        return None
    found = find(transaction, cipher, [key]).get(key.index)
    return None if found is None else same_use(key, *found)


def same_use(key: IdempotencyKey, fingerprint: bytes, stored: StoredAnswer) -> StoredAnswer:
    """Give the stored answer if the key is used as it was first; else raise Problem (idempotency-key-reused)."""
    if key.fingerprint != fingerprint:
        raise Problem(Code.IDEMPOTENCY_KEY_REUSED)
    return stored


def keep(transaction: Transaction, cipher: Cipher, bindings: Sequence[Binding]) -> None:
    """Store answers and their keys. Of two simultaneous calls with one key, the second fails and runs again."""
    if not bindings:
        return
    transaction.insert(
        answers,
        [
            {
                "id": one.answer_id,
                "status": one.answer.status,
                "location": one.answer.location,
                "etag": one.answer.etag,
                "body": cipher.encrypt(_BODY, one.answer_id, one.answer.body),
                "created_at": transaction.now,
            }
            for one in sorted(bindings, key=lambda one: one.answer_id)
        ],
    )
    keyed = [(one.key, one.answer_id) for one in bindings if one.key is not None]
    if keyed:
        transaction.insert(
            idempotency_keys,
            [
                {
                    "key_index": key.index,
                    "fingerprint": key.fingerprint,
                    "answer_id": answer_id,
                    "created_at": transaction.now,
                }
                for key, answer_id in sorted(keyed, key=lambda pair: pair[0].index)
            ],
        )


def _stored(cipher: Cipher, row: sa.Row[Any]) -> StoredAnswer:
    """Build the answer of a row. Its body repeats the landlord's dwelling, so it is encrypted like the notice."""
    body = b"" if row.body is None else cipher.decrypt(_BODY, row.id, row.body)
    return StoredAnswer(row.status, body, row.location, row.etag)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [_without_nulls(member) for member in value]
    return value
