"""A notice under its locks: how every change of one begins, and how its facts are written."""

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
from varsling.notices.store import StoredNotice, join_remarks, load
from varsling.notices.tables import notice_tenants, notices
from varsling.notices.telling import landlord_event
from varsling.reservations import service as reservations


def lock_notice(
    transaction: Transaction, context: Context, notice_id: UUID, allowed: sa.ColumnElement[bool] | None = None
) -> StoredNotice:
    """Lock the notice's pairs, then its row, and read it with its newest version.

    The pairs come first, as everywhere (guarantee 4): a reservation of one of its tenants is either seen by what
    follows, or waits for it. `allowed` is the caller's right, a condition over `notices`; NotFound without it.
    """
    asked = notices.c.id == notice_id if allowed is None else sa.and_(notices.c.id == notice_id, allowed)
    tenants = sa.select(notice_tenants.c.pair_id).join(notices, notices.c.id == notice_tenants.c.notice_id).where(asked)
    pair_ids = list(transaction.connection.scalars(tenants))
    if not pair_ids:
        raise NotFound
    reservations.lock_pairs(transaction, pair_ids)
    (stored,) = lock_rows(transaction, context, [notice_id])
    return stored


def lock_rows(transaction: Transaction, context: Context, notice_ids: Collection[UUID]) -> list[StoredNotice]:
    """Lock these notices' rows, sorted, and read them; for who holds the pairs that what follows depends on."""
    rows = notices.c.id.in_(notice_ids)
    transaction.connection.execute(sa.select(notices.c.id).where(rows).order_by(notices.c.id).with_for_update())
    return load(transaction.connection, context.keyring.cipher, rows)


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
