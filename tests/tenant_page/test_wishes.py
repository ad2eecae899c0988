"""What she wants help with, and with whom Nav may talk: said by herself, free, to the office alone."""

from datetime import timedelta
from typing import Any

import pytest

from tests.notices.scenario import Scenario
from tests.service import Service
from tests.tenant_page.conftest import Reader, code_of

SENT = "Det du skrev, vises ikke her, så ingen andre får lese det."


@pytest.fixture
def inside(scenario: Scenario, notice: dict[str, Any], reader: Reader) -> Reader:
    del notice
    reader.enter(code_of(scenario))
    return reader


def her(scenario: Scenario, notice: dict[str, Any]) -> dict[str, Any]:
    """The tenant as her office sees her."""
    return dict(scenario.fetch(notice["id"]).json()["tenants"][0])


def test_her_wishes_reach_the_office_once(scenario: Scenario, notice: dict[str, Any], inside: Reader) -> None:
    for _ in range(2):  # a double click
        answer = inside.send("/t/notice/wishes", payment_plan="yes", children="yes")
    assert SENT in answer.text
    assert answer.url.fragment == "wishes"
    (event,) = scenario.events(type="tenant.wishes")
    assert (event["notice"], event["tenant"]) == (notice["id"], notice["tenants"][0]["id"])
    assert event["urgent"] is True  # children
    assert her(scenario, notice)["wishes"] == {"kinds": ["payment_plan", "children"], "through": "home"}
    assert her(scenario, notice)["consents"] is None


def test_with_whom_nav_may_talk_can_be_taken_back(scenario: Scenario, notice: dict[str, Any], inside: Reader) -> None:
    inside.send("/t/notice/consents", landlord="yes", health_services="yes")
    assert her(scenario, notice)["consents"] == {"to": ["landlord", "health_services"], "through": "home"}
    inside.send("/t/notice/consents", none="yes")
    assert her(scenario, notice)["consents"] == {"to": [], "through": "home"}
    assert [event["urgent"] for event in scenario.events(type="tenant.consents")] == [False, False]


@pytest.mark.parametrize(("form", "asks"), [("wishes", "vil ha hjelp med"), ("consents", "Nav kan snakke med")])
def test_a_form_sent_empty_says_nothing(scenario: Scenario, inside: Reader, form: str, asks: str) -> None:
    answer = inside.send(f"/t/notice/{form}")
    assert answer.status_code == 422
    assert f"Sett kryss ved de{'t du ' if form == 'wishes' else 'm '}{asks}" in answer.text
    assert scenario.types() == ["notice.sent"]


def test_the_landlord_hears_nothing(scenario: Scenario, notice: dict[str, Any], inside: Reader) -> None:
    before, told = scenario.read(notice["id"]), len(scenario.events(scenario.landlord))
    inside.send("/t/notice/wishes", voluntary_deduction="yes")
    inside.send("/t/notice/consents", landlord="yes")
    assert (scenario.read(notice["id"]), len(scenario.events(scenario.landlord))) == (before, told)


def test_after_the_end_nobody_is_told(scenario: Scenario, notice: dict[str, Any], inside: Reader) -> None:
    scenario.settle(notice["id"])
    assert "/t/notice/wishes" not in inside.get("/t/notice").text
    assert inside.send("/t/notice/wishes", payment_plan="yes").status_code == 200
    assert "tenant.wishes" not in scenario.types()


def test_an_office_on_paper_gets_them_as_letters(service: Service) -> None:
    scenario, reader = Scenario(service), Reader(service)
    scenario.send()
    scenario.work()
    reader.enter(code_of(scenario))
    reader.send("/t/notice/wishes", housing_allowance="yes")
    reader.send("/t/notice/consents", housing_office="yes")
    scenario.pass_time(timedelta(minutes=1))
    scenario.work()
    texts = scenario.texts_of("office")
    assert any("Jeg vil ha hjelp med bostøtte" in text for text in texts)
    assert any("Boligkontoret i kommunen" in text for text in texts)
