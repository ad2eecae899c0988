"""`GET /v1/dates`: LAW's table over HTTP, with the reason for each moved day."""

from datetime import timedelta

from tests.service import Service
from varsling.database.clock import shift
from varsling.database.engine import connect_for_writing, reading
from varsling.domain.dates import oslo_date


def test_the_dates_of_a_notice_with_its_warning(service: Service) -> None:
    query = {"sent_on": "2026-11-23", "received_on": "2026-11-24", "warning_sent_on": "2026-12-10"}
    answer = service.anonymous().get("/v1/dates", params=query)
    assert answer.status_code == 200
    assert answer.json() == {
        "rule_version": "2007-07-01",
        "basis": "confirmed",
        "assumed_sent_on": "2026-11-23",
        "sent_on": "2026-11-23",
        "received_on": "2026-11-24",
        "notice": {"literal": "2026-12-07", "whole_weeks": "2026-12-08", "recommended": "2026-12-09", "moved": []},
        "warning": {"literal": "2026-12-24", "whole_weeks": "2026-12-25", "recommended": "2026-12-25", "moved": []},
        "petition": {
            "refused_before": "2026-12-24",
            "recommended": "2026-12-25",
            "recommended_working_day": "2026-12-28",
        },
    }


def test_each_moved_day_has_its_reason(service: Service) -> None:
    notice = service.anonymous().get("/v1/dates", params={"sent_on": "2026-03-19"}).json()["notice"]
    assert notice["recommended"] == "2026-04-08"
    days = [moved["day"] for moved in notice["moved"]]
    assert days == ["2026-04-02", "2026-04-03", "2026-04-04", "2026-04-05", "2026-04-06"]
    assert all(moved["reason"] for moved in notice["moved"])


def test_without_a_day_the_dates_are_assumed_from_today_by_the_databases_clock(service: Service) -> None:
    with connect_for_writing(service.context.engine) as connection:
        shift(connection, timedelta(days=400))
        connection.commit()
    with reading(service.context.engine) as connection:
        today = oslo_date(service.context.clock.now(connection))
    answer = service.anonymous().get("/v1/dates").json()
    assert (answer["basis"], answer["sent_on"]) == ("assumed", None)
    assert answer["assumed_sent_on"] == today.isoformat()


def test_what_is_no_day_is_named(service: Service) -> None:
    for query, expected in {
        "sent_on=2026-02-30&warning_sent_on=yesterday&colour=red": {
            ("sent_on", "invalid-date"),
            ("warning_sent_on", "invalid-date"),
            ("colour", "unknown-field"),
        },
        "received_on=2026-11-23": {("sent_on", "missing")},
        "sent_on=2026-11-23&received_on=2026-11-22": {("received_on", "invalid-date")},
        "sent_on=20261123": {("sent_on", "invalid-date")},
    }.items():
        answer = service.anonymous().get(f"/v1/dates?{query}")
        assert answer.status_code == 422
        assert {(fault["parameter"], fault["code"]) for fault in answer.json()["errors"]} == expected
