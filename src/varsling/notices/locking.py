"""A notice under its landlord's lock: how every change of one begins, and how its facts are written."""

from collections.abc import Collection
from dataclasses import replace
from enum import Enum
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.domain.dates import PlannedVerdict, planned_petition_verdict
from varsling.domain.events import Event, EventType
from varsling.domain.problems import NotFound
from varsling.domain.remarks import Remark
from varsling.landlords.locking import lock_landlords
from varsling.notices.events import landlord_event
from varsling.notices.store import StoredNotice, join_remarks, load
from varsling.notices.tables import notices


def lock_landlords_of(transaction: Transaction, notice_ids: Collection[UUID]) -> None:
    """Lock the landlords of these notices."""
    keys = sa.select(notices.c.landlord_key).where(notices.c.id.in_(notice_ids)).distinct()
    lock_landlords(transaction, list(transaction.connection.scalars(keys)))


def lock_notice(
    transaction: Transaction, context: Context, notice_id: UUID, allowed: sa.ColumnElement[bool] | None = None
) -> StoredNotice:
    """Lock the notice's landlord, then read it with its newest version.

    `allowed` is the caller's right, a condition over `notices`; NotFound without it.
    """
    asked = notices.c.id == notice_id if allowed is None else sa.and_(notices.c.id == notice_id, allowed)
    key = transaction.connection.scalar(sa.select(notices.c.landlord_key).where(asked))
    if key is None:
        raise NotFound
    lock_landlords(transaction, [key])
    (stored,) = read_locked(transaction, context, [notice_id])
    return stored


def read_locked(transaction: Transaction, context: Context, notice_ids: Collection[UUID]) -> list[StoredNotice]:
    """These notices, for who holds their landlords' locks."""
    return load(transaction.connection, context.keyring.cipher, notices.c.id.in_(notice_ids))


def write(transaction: Transaction, stored: StoredNotice, **facts: Any) -> StoredNotice:
    """Write facts of a locked notice, by the names of StoredNotice's fields; the notice as it then stands."""
    return note(transaction, stored, updated_at=transaction.now, **facts)


def note(transaction: Transaction, stored: StoredNotice, **facts: Any) -> StoredNotice:
    """Write facts that are none of the landlord's business: to its side the notice has not changed."""
    columns = {"office_number" if name == "office" else name: _kept(value) for name, value in facts.items()}
    transaction.connection.execute(sa.update(notices).where(notices.c.id == stored.id).values(columns))
    return replace(stored, **facts)


class Redated(NamedTuple):
    stored: StoredNotice
    events: list[Event]


def redate(transaction: Transaction, stored: StoredNotice, **facts: Any) -> Redated:
    """Write facts that the dates are computed from, and what follows: the new date, a remark, an event if they moved.

    A planned petition date that is overtaken stops nothing (LAW, rule 2).
    """
    before, after = stored.dates, replace(stored, **facts).dates
    remarks = stored.remarks
    planned = stored.planned_petition_date
    if planned is not None and _worse(
        planned_petition_verdict(planned, after.petition), planned_petition_verdict(planned, before.petition)
    ):
        remarks = (*remarks, Remark.PLANNED_DATE_OVERTAKEN)
    changed = write(
        transaction,
        stored,
        **facts,
        remarks=tuple(dict.fromkeys(remarks)),
        petition_recommended=after.petition.recommended,
    )
    moved = before.petition != after.petition
    return Redated(changed, [landlord_event(changed, EventType.NOTICE_DATES_CHANGED)] if moved else [])


_SEVERITY = (PlannedVerdict.FINE, PlannedVerdict.EARLIER_THAN_RECOMMENDED, PlannedVerdict.TOO_EARLY)


def _worse(now: PlannedVerdict, before: PlannedVerdict) -> bool:
    return _SEVERITY.index(now) > _SEVERITY.index(before)


def _kept(value: Any) -> Any:
    if isinstance(value, tuple):
        return join_remarks(value)
    return value.value if isinstance(value, Enum) else value
