"""Counts two weeks: LAW's table, every day of many years against an oracle, and properties of all dates."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain import oracles
from varsling.domain.calendar import add_working_days, is_rest_day, reason_of, roll, skipped
from varsling.domain.dates import (
    Basis,
    NoticeDates,
    PlannedVerdict,
    UnknownRule,
    notice_dates,
    oslo_date,
    planned_petition_verdict,
)

DAY = timedelta(days=1)
days = st.dates(date(2018, 1, 1), date(2060, 12, 31))
delays = st.integers(0, 60).map(lambda number: timedelta(days=number))


def received_at_once(day: date, warning_sent_on: date | None = None) -> NoticeDates:
    return notice_dates(assumed_sent_on=day, sent_on=day, received_on=day, warning_sent_on=warning_sent_on)


@pytest.mark.parametrize(
    ("sent", "literal", "whole_weeks", "recommended"),
    [
        ("2026-11-23T12:00+01:00", "2026-12-07", "2026-12-08", "2026-12-08"),
        ("2026-11-28T12:00+01:00", "2026-12-12", "2026-12-13", "2026-12-15"),
        ("2026-12-10T12:00+01:00", "2026-12-24", "2026-12-25", "2026-12-25"),
        ("2026-12-11T12:00+01:00", "2026-12-25", "2026-12-26", "2026-12-29"),
        ("2026-03-19T12:00+01:00", "2026-04-02", "2026-04-03", "2026-04-08"),
        ("2026-04-17T12:00+02:00", "2026-05-01", "2026-05-02", "2026-05-05"),
        ("2027-05-03T12:00+02:00", "2027-05-17", "2027-05-18", "2027-05-19"),
        ("2027-04-22T12:00+02:00", "2027-05-06", "2027-05-07", "2027-05-08"),
        ("2028-02-15T12:00+01:00", "2028-02-29", "2028-03-01", "2028-03-01"),
        ("2026-10-12T00:30+02:00", "2026-10-26", "2026-10-27", "2026-10-27"),
        ("2026-12-10T23:30+00:00", "2026-12-25", "2026-12-26", "2026-12-29"),
    ],
)
def test_the_law_s_table(sent: str, literal: str, whole_weeks: str, recommended: str) -> None:
    found = received_at_once(oslo_date(datetime.fromisoformat(sent))).notice
    assert [found.literal, found.whole_weeks, found.recommended] == [
        date.fromisoformat(text) for text in (literal, whole_weeks, recommended)
    ]


def test_every_day_of_eighteen_years_against_an_independent_calendar() -> None:
    day, wrong = date(2018, 1, 1), []
    while day.year < 2036:
        found = received_at_once(day).notice
        end = day + timedelta(days=14)
        if (found.literal, found.whole_weeks, found.recommended) != (end, end + DAY, oracles.working_day(end) + DAY):
            wrong.append(day)
        day += DAY
    assert wrong == []


def test_the_calendar_s_rest_days_are_the_oracle_s() -> None:
    """Covers every year that a caller's date can have: the library alone has no holidays after 2100."""
    for year in range(1950, 2200):
        days_of_year = {date(year, 1, 1) + timedelta(days=number) for number in range(365)} | {date(year, 12, 31)}
        assert {day for day in days_of_year if is_rest_day(day)} == oracles.rest_days(year)


@given(days, delays, delays)
def test_recommended_precedes_no_other_reading_and_every_date_only_moves_later(
    assumed: date, until_sent: timedelta, until_received: timedelta
) -> None:
    sent = assumed + until_sent
    stages = [
        notice_dates(assumed_sent_on=assumed),
        notice_dates(assumed_sent_on=assumed, sent_on=sent),
        notice_dates(assumed_sent_on=assumed, sent_on=sent, received_on=sent + until_received),
    ]
    assert [stage.basis for stage in stages] == [Basis.ASSUMED, Basis.PROVISIONAL, Basis.CONFIRMED]
    for stage in stages:
        assert stage.notice.literal < stage.notice.whole_weeks <= stage.notice.recommended
        assert stage.later.refused_before < stage.later.recommended <= stage.later.recommended_working_day
        assert not is_rest_day(stage.later.recommended_working_day)
    for earlier, later in pairwise(stages):
        assert earlier.later.refused_before <= later.later.refused_before
        assert earlier.later.recommended <= later.later.recommended


@given(days, days)
def test_a_later_sending_never_gives_an_earlier_date(one: date, other: date) -> None:
    first, second = sorted((one, other))
    assert received_at_once(first).later.recommended <= received_at_once(second).later.recommended


@given(days, st.integers(-60, 60))
def test_the_petition_follows_the_later_clock(day: date, distance: int) -> None:
    warning = day + timedelta(days=distance)
    dates = received_at_once(day, warning)
    alone = received_at_once(warning)
    assert dates.warning is not None
    assert (dates.warning.literal, dates.warning.recommended) == (alone.notice.literal, alone.notice.recommended)
    assert dates.later.refused_before == max(dates.notice.literal, alone.notice.literal)
    assert dates.later.recommended == max(dates.notice.recommended, alone.notice.recommended)


def test_without_a_warning_there_is_one_clock() -> None:
    dates = received_at_once(date(2026, 11, 23))
    assert dates.warning is None
    assert dates.later.recommended == dates.notice.recommended


@given(days, st.times(timezones=st.just(UTC)))
def test_dates_are_counted_in_norway_s_calendar_and_never_in_hours(utc_day: date, time: time) -> None:
    """Across a change of clocks, 336 hours and 14 dates can differ by a day: the dates decide."""
    instant = datetime.combine(utc_day, time)
    day = oslo_date(instant)
    assert received_at_once(day).notice.literal - day == timedelta(days=14)
    assert abs((oslo_date(instant + timedelta(hours=336)) - day).days - 14) <= 1


@pytest.mark.parametrize(
    ("sent", "hours_would_say"),
    [("2026-10-12T00:30+02:00", "2026-10-25"), ("2026-03-16T23:30+01:00", "2026-03-31")],
)
def test_hours_would_come_a_day_off_at_both_changes_of_clocks(sent: str, hours_would_say: str) -> None:
    instant = datetime.fromisoformat(sent)
    by_hours = oslo_date(instant + timedelta(hours=336))
    assert by_hours == date.fromisoformat(hours_would_say)
    assert received_at_once(oslo_date(instant)).notice.literal != by_hours


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        oslo_date(datetime(2026, 1, 1))  # noqa: DTZ001  # what is under test


def test_a_receipt_before_the_sending_moves_nothing() -> None:
    late = notice_dates(assumed_sent_on=date(2026, 11, 23), sent_on=date(2026, 11, 23), received_on=date(2026, 11, 20))
    assert late.notice == received_at_once(date(2026, 11, 23)).notice


def test_the_days_that_the_end_moved_past_are_told_with_their_reasons() -> None:
    moved = received_at_once(date(2026, 3, 19)).notice.moved
    assert [(one.day.isoformat(), one.reason) for one in moved] == [
        ("2026-04-02", "maundy_thursday"),
        ("2026-04-03", "good_friday"),
        ("2026-04-04", "saturday"),
        ("2026-04-05", "easter_sunday"),
        ("2026-04-06", "easter_monday"),
    ]
    assert received_at_once(date(2026, 11, 23)).notice.moved == ()


def test_the_reasons_are_these_whatever_the_machine_s_language(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("LANG", "LC_ALL", "LC_MESSAGES", "LANGUAGE"):
        monkeypatch.setenv(variable, "th_TH.UTF-8")
    # Years that no other test asks for, so that they are not loaded yet.
    found = {reason_of(date(year, 1, 1) + timedelta(days=number)) for year in (2241, 2242) for number in range(365)}
    assert found == {
        None,
        "saturday",
        "sunday",
        "new_years_day",
        "maundy_thursday",
        "good_friday",
        "easter_sunday",
        "easter_monday",
        "labor_day",
        "constitution_day",
        "ascension_day",
        "pentecost",
        "pentecost_monday",
        "christmas_day",
        "second_day_of_christmas",
    }


@pytest.mark.parametrize("day", [date(2026, 12, 24), date(2026, 12, 31), date(2027, 5, 18)])
def test_the_eves_are_ordinary_days(day: date) -> None:
    assert roll(day) == day
    assert skipped(day) == ()


@given(days, st.integers(0, 15))
def test_working_days_are_counted_one_by_one(day: date, number: int) -> None:
    end = add_working_days(day, number)
    between = [day + timedelta(days=days) for days in range(1, (end - day).days + 1)]
    assert sum(one not in oracles.rest_days(one.year) for one in between) == number
    assert number == 0 or not is_rest_day(end)


@pytest.mark.parametrize(
    ("planned", "verdict"),
    [
        ("2026-12-11", PlannedVerdict.TOO_EARLY),
        ("2026-12-12", PlannedVerdict.EARLIER_THAN_RECOMMENDED),
        ("2026-12-14", PlannedVerdict.EARLIER_THAN_RECOMMENDED),
        ("2026-12-15", PlannedVerdict.FINE),
        ("2027-06-01", PlannedVerdict.FINE),
    ],
)
def test_a_planned_date_against_the_readings(planned: str, verdict: PlannedVerdict) -> None:
    petition = received_at_once(date(2026, 11, 28)).later
    assert planned_petition_verdict(date.fromisoformat(planned), petition) is verdict


def test_another_rule_than_those_carried_out_is_refused() -> None:
    with pytest.raises(UnknownRule):
        notice_dates(assumed_sent_on=date(2026, 11, 23), rule_version="1999-01-01")
