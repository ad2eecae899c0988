"""A reminder (policy `reminder_days`): once, short, while the notice is open, and stopped from the page."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.notices.scenario import Scenario, both
from tests.service import Service
from tests.tenant_page.conftest import Reader, code_of
from varsling.notices.service import sweep

DAYS = 10


@pytest.fixture
def scenario(new_service: Callable[..., Service]) -> Scenario:
    return Scenario.with_grant(new_service(reminder_days=DAYS))


def pass_days(scenario: Scenario, days: int) -> None:
    scenario.pass_time(timedelta(days=days))
    scenario.work()


def test_it_comes_once_and_says_what_stands_on_its_day(scenario: Scenario, notice: dict[str, Any]) -> None:
    pass_days(scenario, DAYS - 1)
    assert scenario.letters("second") == []
    scenario.fetch(notice["id"])  # the date is confirmed, later than the copy could know
    pass_days(scenario, 1)
    (text,) = scenario.texts_of("second")
    assert "Påminnelse: Nav har varselet" in text
    on = scenario.read(notice["id"])["dates"]["petition"]["recommended"]
    year, month, day = on.split("-")
    assert f"{int(day)}. " in text
    assert f" {year}." in text
    assert month == "12"
    assert "desember" in text
    assert "21" not in text.partition("Påminnelse")[2].partition("55 55")[0]  # no sum
    for _ in range(2):
        pass_days(scenario, DAYS)
    assert len(scenario.letters("second")) == 1


def test_by_default_there_is_none(new_service: Callable[..., Service]) -> None:
    scenario = Scenario.with_grant(new_service())
    scenario.send()
    scenario.work()
    assert "Påminnelse" not in Reader(scenario.service).enter(code_of(scenario)).text
    for _ in range(3):
        pass_days(scenario, DAYS)
    assert scenario.letters("second") == []


def test_each_tenant_stops_her_own(scenario: Scenario, reader: Reader) -> None:
    scenario.send(*both())
    scenario.work()
    page = reader.enter(code_of(scenario)).text
    assert "Ikke send meg påminnelse" in page
    reader.send("/t/notice/reminder")  # an empty form does nothing
    assert "Ikke send meg påminnelse" in reader.get("/t/notice").text
    assert "Du får ingen påminnelse." in reader.send("/t/notice/reminder", stop="yes").text
    pass_days(scenario, DAYS)
    assert [one["address"][0] for one in scenario.letters("second")] == ["Ola Prøvesen"]
    assert "ingen påminnelse" not in reader.enter(code_of(scenario)).text


def test_none_comes_once_the_notice_has_ended_or_tells_of_a_petition(
    scenario: Scenario, notice: dict[str, Any]
) -> None:
    assert scenario.change(notice["id"], "update", {"petition_filed_on": scenario.today.isoformat()}).status_code == 200
    scenario.work()
    pass_days(scenario, DAYS)
    assert scenario.letters("second") == []
    scenario.settle(notice["id"])
    scenario.work()
    pass_days(scenario, DAYS)
    assert len(scenario.letters("second")) == 1  # of the settlement


def test_one_that_waits_for_its_channel_is_not_sent_after_the_end(scenario: Scenario, notice: dict[str, Any]) -> None:
    scenario.pass_time(timedelta(days=DAYS))
    sweep(scenario.context)
    scenario.settle(notice["id"])
    scenario.work()
    (text,) = scenario.texts_of("second")
    assert "gjelder ikke lenger" in text
