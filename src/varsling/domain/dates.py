"""The two weeks, counted in calendar dates of Europe/Oslo, never in 336 hours (LAW § Two weeks).

Sources: husleieloven §§ 1-6 and 9-11; domstolloven §§ 148 and 149; tvangsfullbyrdelsesloven § 4-18.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from varsling.domain.calendar import is_rest_day, roll, skipped

RULE_VERSION = "2007-07-01"
"""The rule in force, named by the day it came into force. A notice keeps the rule that it was accepted under."""

_OSLO = ZoneInfo("Europe/Oslo")
_TWO_WEEKS = timedelta(days=14)
_DAY = timedelta(days=1)


class UnknownRule(Exception):
    """A stored notice names a rule that this version of the service cannot compute."""


class Basis(StrEnum):
    """How certain the dates are: the notice is not sent yet, it is sent, or the office has received it."""

    ASSUMED = "assumed"
    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"


class PlannedVerdict(StrEnum):
    """How a planned petition date compares with the computed dates."""

    FINE = "fine"
    EARLIER_THAN_RECOMMENDED = "earlier_than_recommended"
    TOO_EARLY = "too_early"


@dataclass(frozen=True, slots=True)
class Moved:
    """A day that the end of a period was moved past, with the reason (`calendar.reason_of`)."""

    day: date
    reason: str


@dataclass(frozen=True, slots=True)
class Period:
    """The readings of two weeks from one date. Only the last, `recommended`, contradicts no other reading."""

    literal: date
    whole_weeks: date
    recommended: date
    moved: tuple[Moved, ...] = ()


@dataclass(frozen=True, slots=True)
class Petition:
    """The later of the two clocks. No reading allows a petition before `refused_before`."""

    refused_before: date
    recommended: date
    recommended_working_day: date


@dataclass(frozen=True, slots=True)
class NoticeDates:
    """`later` is the later of the two clocks: the service decides by it. Everybody else is told `petition`."""

    rule_version: str
    basis: Basis
    assumed_sent_on: date
    sent_on: date | None
    received_on: date | None
    notice: Period
    warning: Period | None
    later: Petition
    petition_lodged: bool = False

    @property
    def petition(self) -> Petition | None:
        """The dates that a petition should wait for; None once it is lodged: no claim about two weeks (LAW, case 4)."""
        return None if self.petition_lodged else self.later


def oslo_date(instant: datetime) -> date:
    """Give the date in Norway at an instant. Raises ValueError for an instant without a time zone."""
    if instant.tzinfo is None:
        raise ValueError("the instant has no time zone")
    return instant.astimezone(_OSLO).date()


def oslo_midnight(day: date) -> datetime:
    """Give the instant at which a day begins in Norway."""
    return datetime.combine(day, time.min, _OSLO)


def oslo_hour(instant: datetime) -> int:
    """Give the hour of Oslo's clock at an instant, 0 to 23."""
    return instant.astimezone(_OSLO).hour


def oslo_time(instant: datetime) -> str:
    """Give the time of Oslo's clock at an instant: `09:05`."""
    return f"{instant.astimezone(_OSLO):%H:%M}"


def oslo_text(instant: datetime) -> str:
    """Give an instant as people in Norway read it, to the second: `2026-11-23 10:12:33`."""
    return f"{instant.astimezone(_OSLO):%Y-%m-%d %H:%M:%S}"


def notice_dates(
    *,
    assumed_sent_on: date,
    sent_on: date | None = None,
    received_on: date | None = None,
    warning_sent_on: date | None = None,
    petition_lodged: bool = False,
    rule_version: str = RULE_VERSION,
) -> NoticeDates:
    """Compute a notice's dates. `warning_sent_on` is the date of the § 4-18 warning. Raises UnknownRule."""
    if rule_version != RULE_VERSION:
        raise UnknownRule(rule_version)
    notice = _period(sent_on or assumed_sent_on, received_on)
    warning = _period(warning_sent_on) if warning_sent_on is not None else None
    clocks = (notice,) if warning is None else (notice, warning)
    recommended = max(clock.recommended for clock in clocks)
    return NoticeDates(
        rule_version=rule_version,
        basis=_basis(sent_on, received_on),
        assumed_sent_on=assumed_sent_on,
        sent_on=sent_on,
        received_on=received_on,
        notice=notice,
        warning=warning,
        later=Petition(max(clock.literal for clock in clocks), recommended, roll(recommended)),
        petition_lodged=petition_lodged,
    )


def planned_petition_verdict(planned: date, petition: Petition) -> PlannedVerdict:
    if planned < petition.refused_before:
        return PlannedVerdict.TOO_EARLY
    return PlannedVerdict.EARLIER_THAN_RECOMMENDED if planned < petition.recommended else PlannedVerdict.FINE


def _period(sent: date, received: date | None = None) -> Period:
    literal = sent + _TWO_WEEKS
    end = literal if received is None or received <= sent else received + _TWO_WEEKS
    return Period(
        literal=literal,
        whole_weeks=literal + _DAY,
        recommended=roll(end) + _DAY,
        moved=tuple(Moved(day, reason) for day, reason in skipped(end)) if is_rest_day(end) else (),
    )


def _basis(sent_on: date | None, received_on: date | None) -> Basis:
    if received_on is not None:
        return Basis.CONFIRMED
    return Basis.ASSUMED if sent_on is None else Basis.PROVISIONAL
