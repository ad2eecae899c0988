"""What an operator sees of notices: those that wait, those that no office reads, and one with all its letters."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from varsling.context import Context
from varsling.database.engine import reading
from varsling.deliveries import service as deliveries
from varsling.domain.dwelling import Dwelling
from varsling.domain.language import AnswerLanguage
from varsling.domain.notice import NoticeId
from varsling.domain.office import OfficeNumber
from varsling.domain.problems import NotFound
from varsling.landlords.service import landlords
from varsling.notices.due import Moment, without_reader
from varsling.notices.lookups import (
    decide_by,
    letters_to_receiving_office,
    without_receiving_office,
)
from varsling.notices.store import load
from varsling.notices.tables import OPEN_STATUSES, is_accepted, is_unread, notices
from varsling.notices.views import whole_notice
from varsling.privacy import audit

_FOR_INTEGRATION = "integration"
# An office handed it on without knowing to whom.
_FORWARDED = "forwarded"


@dataclass(frozen=True, slots=True)
class HeldNotice:
    """A notice that waits for a person; after `decide_by` it is blocked.

    A notice that waits for an integration of its office, or was forwarded to no office, has no such day: its tenants
    have their copies.
    """

    id: NoticeId
    held_for: str
    accepted_at: datetime
    decide_by: date | None
    office: OfficeNumber | None
    dwelling: Dwelling | None


@dataclass(frozen=True, slots=True)
class UnfetchedNotice:
    """A notice in an office's stream that no integration of the office has read."""

    id: NoticeId
    office: OfficeNumber | None
    sent_at: datetime | None


def held_notices(context: Context) -> list[HeldNotice]:
    """All notices that wait for a person, or for an integration that a person grants, the longest waiting first."""
    asked = sa.and_(notices.c.held_for.is_not(None), is_accepted)
    # A union, not an "or", for which neither database would go by the indexes.
    days = context.settings.held_working_days
    with reading(context.engine) as connection:
        at = Moment(connection, context, context.clock.now(connection))
        why = (asked, without_receiving_office(), without_reader(at))
        waiting = notices.c.id.in_(sa.union(*(sa.select(notices.c.id).where(one).correlate(None) for one in why)))
        return [
            HeldNotice(
                one.id,
                one.held_for or (_FORWARDED if one.is_published else _FOR_INTEGRATION),
                one.accepted_at,
                decide_by(connection, one, days) if one.held_for else None,
                one.office,
                None if one.notice is None else one.notice.dwelling,
            )
            for one in load(connection, context.keyring.cipher, waiting)
        ]


def unfetched_notices(context: Context, before: datetime) -> list[UnfetchedNotice]:
    """The notices that an office's stream has since before then, unread, and that did not go by letter either."""
    c = notices.c
    waiting = sa.and_(
        is_unread,
        sa.func.coalesce(c.forwarded_at, c.sent_at) < before,
    )
    with reading(context.engine) as connection:
        return [
            UnfetchedNotice(one.id, one.receiving_office, one.forwarded_at or one.sent_at)
            for one in load(
                connection, context.keyring.cipher, c.id.in_(sa.select(c.id).where(waiting).correlate(None))
            )
            if one.receiving_office is not None
            and not letters_to_receiving_office(one, deliveries.of_notices(connection, [one.id]))
        ]


def show_notice(context: Context, notice_id: UUID, language: AnswerLanguage) -> dict[str, Any]:
    """A notice as its landlord sees it, with every letter and the whole history. Raises NotFound."""
    with reading(context.engine) as connection:
        found = load(connection, context.keyring.cipher, notices.c.id == notice_id)
        if not found:
            raise NotFound
        letters = deliveries.of_notices(connection, [notice_id])
        history = audit.history(connection, notice_id)
    states = deliveries.copy_states(letters).get(notice_id, {})
    return {
        **whole_notice(found[0], states, history, context.offices, language),
        "held_for": found[0].held_for,
        "deliveries": [
            {"id": str(one.id), "kind": one.kind.value, "version": one.version, "status": one.status.value}
            for one in letters
        ],
    }


@dataclass(frozen=True, slots=True)
class LandlordSeen:
    """A landlord that has sent notices. `organisation_number` is None for a person, whose newest notice names the
    landlord (`landlords suspend --notice`)."""

    organisation_number: str | None
    notices: int
    open: int
    last_at: datetime
    newest_notice: UUID
    suspended_at: datetime | None


def landlords_seen(connection: sa.Connection) -> list[LandlordSeen]:
    """List the landlords that have sent notices, the last active first."""
    c = notices.c
    newest = notices.alias()
    query = (
        sa.select(
            sa.func.max(c.landlord_organisation),
            sa.func.count(),
            sa.func.sum(sa.case((c.status.in_(OPEN_STATUSES), 1), else_=0)),
            sa.func.max(c.accepted_at).label("last_at"),
            sa.select(newest.c.id)
            .where(newest.c.landlord_key == landlords.c.key)
            .order_by(newest.c.id.desc())
            .limit(1)
            .scalar_subquery(),
            landlords.c.suspended_at,
        )
        .select_from(landlords.join(notices, c.landlord_key == landlords.c.key))
        .group_by(landlords.c.key, landlords.c.suspended_at)
        .order_by(sa.desc("last_at"))
    )
    return [LandlordSeen(*row) for row in connection.execute(query)]
