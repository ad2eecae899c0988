"""What letters a notice has, as conditions for use within a query over notices."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from varsling.deliveries.store import QUEUED, DeliveryKind
from varsling.deliveries.tables import deliveries
from varsling.domain.lifecycle import CopyStatus


def awaits_copy(notice_id: sa.ColumnElement[UUID]) -> sa.ColumnElement[bool]:
    """Tell whether a copy of the notice is queued."""
    c = deliveries.c
    return sa.exists(sa.select(c.id).where(c.notice_id == notice_id, c.kind == DeliveryKind.COPY.value, QUEUED))


def copied_since(
    notice_id: sa.ColumnElement[UUID], version: sa.ColumnElement[int], since: datetime
) -> sa.ColumnElement[bool]:
    """Tell whether a copy of the notice's version was dispatched at that instant or later."""
    c = deliveries.c
    copies = sa.select(c.id).where(c.notice_id == notice_id, c.version == version, c.kind == DeliveryKind.COPY.value)
    return sa.exists(copies.where(c.dispatched_at >= since))


def writes_to_office(notice_id: sa.ColumnElement[UUID], version: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Tell whether a letter with the notice's version goes or went to an office, or could not be brought to it."""
    return sa.exists(_letter_to_office(notice_id, version))


def office_may_have_letter(notice_id: sa.ColumnElement[UUID], version: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Tell whether a letter with the notice's version may have arrived at an office; one that was taken back counts for
    nothing."""
    c = deliveries.c
    arrived = sa.or_(c.handed_over_at.is_not(None), c.status == CopyStatus.DISPATCHED.value)
    return sa.exists(_letter_to_office(notice_id, version).where(arrived))


def awaits_office_letter(notice_id: sa.ColumnElement[UUID]) -> sa.ColumnElement[bool]:
    """Tell whether a letter about the notice to an office is queued."""
    c = deliveries.c
    return sa.exists(sa.select(c.id).where(c.notice_id == notice_id, c.kind == DeliveryKind.OFFICE.value, QUEUED))


def _letter_to_office(notice_id: sa.ColumnElement[UUID], version: sa.ColumnElement[int]) -> sa.Select[UUID]:
    c = deliveries.c
    letters = sa.select(c.id).where(c.notice_id == notice_id, c.version == version)
    return letters.where(c.kind == DeliveryKind.OFFICE.value, c.status != CopyStatus.NOT_SENT.value)


def wrote_to_office_before(notice_id: sa.ColumnElement[UUID], before: datetime) -> sa.ColumnElement[bool]:
    """Tell whether a letter about the notice was dispatched to an office before that instant."""
    c = deliveries.c
    letters = sa.select(c.id).where(c.notice_id == notice_id, c.kind == DeliveryKind.OFFICE.value)
    return sa.exists(letters.where(c.status == CopyStatus.DISPATCHED.value, c.dispatched_at < before))
