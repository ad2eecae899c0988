"""What the database has about new notices. Each question is one statement, whatever the number of notices."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from varsling.access import idempotency
from varsling.access.idempotency import IdempotencyKey, StoredAnswer
from varsling.database.bulk import Asked, any_stored, is_one_of
from varsling.database.changes import Transaction
from varsling.domain.notice import NoticeId
from varsling.domain.reservation import Traits
from varsling.landlords import service as landlords
from varsling.notices.commands.prepare import Submission
from varsling.notices.tables import HAS_REFERENCE, IS_OPEN, notice_tenants, notices
from varsling.privacy.cipher import Cipher
from varsling.reservations import service as reservations


class OpenNotice(NamedTuple):
    """The open notice of a lease."""

    id: NoticeId
    acting_organisation: str
    landlord_organisation: str | None
    reference: str
    version: int
    status: str


class SameReference(NamedTuple):
    """The stored notice with the same reference: the digest of its body, and the first answer."""

    body_digest: bytes
    answer: StoredAnswer | None


class EarlierNotice(NamedTuple):
    notice_id: UUID
    traits: Traits


class Known(NamedTuple):
    """What the database has about any of some notices. For most it has nothing, and need not be asked further."""

    key: bool
    reference: bool
    lease: bool
    reserved: bool
    tenant: bool
    suspended: bool


def known_about(
    connection: sa.Connection,
    submissions: Sequence[Submission],
    keys: Sequence[IdempotencyKey],
    births: Collection[bytes],
) -> Known:
    references = {one.reference for one in submissions}
    leases = {one.lease for one in submissions}
    questions = (
        idempotency.asked(keys),
        Asked(notices, ("acting_organisation", "landlord_key", "reference"), references, HAS_REFERENCE),
        Asked(notices, ("landlord_key", "lease_reference"), leases, IS_OPEN),
        reservations.asked(births),
        Asked(notice_tenants, ("birth_index",), {(one,) for one in births}, "left_out_at IS NULL"),
        landlords.asked({one.landlord_key for one in submissions}),
    )
    return Known(*any_stored(connection, questions))


def open_leases(connection: sa.Connection, leases: Collection[tuple[str, str]]) -> dict[tuple[str, str], OpenNotice]:
    statement = sa.select(
        notices.c.landlord_key, notices.c.lease_reference, *(notices.c[name] for name in OpenNotice._fields)
    ).where(is_one_of(connection, (notices.c.landlord_key, notices.c.lease_reference), leases, IS_OPEN))
    return {(row[0], row[1]): OpenNotice(*row[2:]) for row in connection.execute(statement)}


def by_reference(
    connection: sa.Connection, cipher: Cipher, submissions: Sequence[Submission]
) -> dict[tuple[str, str, str], SameReference]:
    sent = {one.reference: one.body_digest for one in submissions}
    columns = (notices.c.acting_organisation, notices.c.landlord_key, notices.c.reference)
    statement = sa.select(*columns, notices.c.body_digest, notices.c.answer_id).where(
        is_one_of(connection, columns, sent, HAS_REFERENCE)
    )
    found = connection.execute(statement).all()
    answers = idempotency.answers_of(connection, cipher, [row.answer_id for row in found])
    return {(row[0], row[1], row[2]): SameReference(row.body_digest, answers.get(row.answer_id)) for row in found}


def earlier_notices(
    transaction: Transaction, births: Collection[bytes], days: int
) -> defaultdict[bytes, list[EarlierNotice]]:
    """Find the tenants with these birth indexes in notices of the last `days` days."""
    found: defaultdict[bytes, list[EarlierNotice]] = defaultdict(list)
    if not births:
        return found
    statement = (
        sa.select(
            notice_tenants.c.birth_index,
            notice_tenants.c.notice_id,
            notice_tenants.c.number_index,
            notice_tenants.c.family_indexes,
            notices.c.lease_reference,
        )
        .join(notices, notices.c.id == notice_tenants.c.notice_id)
        .where(
            is_one_of(transaction.connection, (notice_tenants.c.birth_index,), [(one,) for one in births]),
            notice_tenants.c.left_out_at.is_(None),
            notices.c.accepted_at > transaction.now - timedelta(days=days),
        )
    )
    for row in transaction.connection.execute(statement):
        families = reservations.split_indexes(row.family_indexes)
        traits = reservations.traits(row.birth_index, row.number_index, families, row.lease_reference)
        found[row.birth_index].append(EarlierNotice(row.notice_id, traits))
    return found
