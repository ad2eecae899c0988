"""The petition's dates move when the notice is sent or received."""

from dataclasses import replace
from typing import Any

from varsling.domain.dates import PlannedVerdict, planned_petition_verdict
from varsling.domain.events import Event, EventType
from varsling.domain.remarks import Remark
from varsling.notices.events import landlord_event
from varsling.notices.locking import LockedNotice
from varsling.notices.stored import distinct

_SEVERITY = (PlannedVerdict.FINE, PlannedVerdict.EARLIER_THAN_RECOMMENDED, PlannedVerdict.TOO_EARLY)


def redate(locked: LockedNotice, **facts: Any) -> list[Event]:
    """Change facts that the dates are computed from, and the dates with them. Gives an event if they moved.

    A planned petition date that the new dates overtake stops nothing: it gets a remark (LAW, rule 2).
    """
    stored = locked.stored
    before, after = stored.dates, replace(stored, **facts).dates
    remarks = stored.remarks
    planned = stored.planned_petition_date
    if planned is not None and _worse(
        planned_petition_verdict(planned, after.later), planned_petition_verdict(planned, before.later)
    ):
        remarks = distinct((*remarks, Remark.PLANNED_DATE_OVERTAKEN))
    locked.update(**facts, remarks=remarks, petition_recommended=after.later.recommended)
    moved = before.petition != after.petition
    return [landlord_event(locked.stored, EventType.NOTICE_DATES_CHANGED)] if moved else []


def _worse(now: PlannedVerdict, before: PlannedVerdict) -> bool:
    return _SEVERITY.index(now) > _SEVERITY.index(before)
