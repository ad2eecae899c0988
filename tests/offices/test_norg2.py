"""Offices through NORG2: asked again when the first copy is written, and asked where the register has no office."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.law.answers import remarks
from tests.notices.scenario import Scenario
from tests.offices.norg2 import Norg2
from tests.service import Service
from varsling.domain.office import OfficeNumber
from varsling.notices.service import Assign

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NEW = "0399"
LUND = {"address_line": "Moiveien 9", "postal_code": "4460", "municipality_number": "1112"}


@pytest.fixture
def norg2() -> Iterator[Norg2]:
    with Norg2() as simulator:
        yield simulator


@pytest.fixture
def scenario(new_service: Callable[..., Service], norg2: Norg2) -> Scenario:
    scenario = Scenario(new_service(norg2_url=norg2.url))
    scenario.grant(office=None)
    return scenario


def read(scenario: Scenario, notice: dict[str, Any]) -> httpx.Response:
    return scenario.landlord.get(f"/v1/notices/{notice['id']}")


def forget_answers(scenario: Scenario) -> None:
    """Let an hour pass for the kept answers of NORG2."""
    answers = scenario.context.offices._served
    assert answers is not None
    answers._kept.clear()


class TestLookedAtAgain:
    def test_where_nothing_has_changed_nothing_does(self, scenario: Scenario, norg2: Norg2) -> None:
        before = scenario.context.offices.register.version
        notice = scenario.send()
        scenario.work()
        now = scenario.read(notice["id"])
        assert (now["status"], now["office"], now["remarks"]) == ("sent", notice["office"], [])
        assert norg2.calls == ["/norg2/api/v1/enhet/navkontor/030102"]
        assert scenario.context.offices.register.version == before

    def test_a_change_is_remarked_published_and_stands_in_the_letter(self, scenario: Scenario, norg2: Norg2) -> None:
        notice = scenario.send()
        assert notice["office"]["number"] == "0315"
        norg2.open(NEW, "Nav Nyby", "030102")
        scenario.work()
        now = scenario.read(notice["id"])
        assert (now["status"], now["office"]["number"], now["office"]["name"]) == ("sent", NEW, "Nav Nyby")
        assert remarks(read(scenario, notice)) == {"office-changed"}
        assert [one["office"] for one in scenario.events(type="notice.sent")] == [NEW]
        assert [one["office"] for one in scenario.events(scenario.landlord, type="notice.sent")] == [NEW]
        assert scenario.fetch(notice["id"]).json()["office"] == {"number": NEW, "name": "Nav Nyby"}
        (copy,) = scenario.texts_of("copy")
        assert "Nav Nyby" in copy
        assert "Nav Grünerløkka" not in copy
        assert "notice.office_changed" in [one["event"] for one in now["history"]]

    def test_and_is_what_the_next_notice_and_look_up_get(self, scenario: Scenario, norg2: Norg2) -> None:
        scenario.send()
        norg2.open(NEW, "Nav Nyby", "030102")
        scenario.work()
        body = {"dwelling": {"address_line": "Sannergata 1", "postal_code": "0557", "district_number": "030102"}}
        told = scenario.landlord.post("/v1/offices/lookup", json=body).json()
        assert told["office"] == {"number": NEW, "name": "Nav Nyby"}
        assert "+norg2-" in told["register_version"]
        office = scenario.landlord.get(f"/v1/offices/{NEW}").json()
        assert (office["name"], office["areas"]) == ("Nav Nyby", [{"number": "030102", "name": "Grünerløkka"}])
        assert scenario.landlord.get("/v1/offices/0315").json()["areas"] == []

    def test_a_new_name_is_no_change_of_office(self, scenario: Scenario, norg2: Norg2) -> None:
        notice = scenario.send()
        norg2.open("0315", "Nav Nytt Navn", "030102")
        scenario.work()
        assert (scenario.read(notice["id"])["office"]["name"], remarks(read(scenario, notice))) == (
            "Nav Nytt Navn",
            set(),
        )

    @pytest.mark.parametrize("status", ["Nedlagt", "Under etablering"])
    def test_where_it_knows_no_office_in_use_a_person_is_asked(
        self, scenario: Scenario, norg2: Norg2, status: str
    ) -> None:
        notice = scenario.send()
        norg2.open("0315", "Nav Grünerløkka", "030102", status=status)
        self.held(scenario, notice)

    def test_where_it_knows_no_office_at_all_too(self, scenario: Scenario, norg2: Norg2) -> None:
        notice = scenario.send()
        del norg2.serves["030102"]
        self.held(scenario, notice)

    @staticmethod
    def held(scenario: Scenario, notice: dict[str, Any]) -> None:
        scenario.work()
        now = scenario.read(notice["id"])
        assert (now["status"], now["office"], scenario.letters("copy")) == ("accepted", None, [])
        assert remarks(read(scenario, notice)) == {"office-to-be-found"}
        scenario.context.writer.submit_and_wait(Assign(scenario.context, UUID(notice["id"]), OfficeNumber("0314")))
        scenario.work()
        now = scenario.read(notice["id"])
        assert (now["status"], now["office"]["number"], now["office"]["found_by"]) == ("sent", "0314", "operator")

    def test_whoever_is_asked_has_days_from_then_on(self, scenario: Scenario, norg2: Norg2) -> None:
        """The copies waited long for a channel; the landlord's days count from the question."""
        notice = scenario.send()
        scenario.pass_time(timedelta(days=20))
        del norg2.serves["030102"]
        for _ in range(2):
            scenario.work()
        assert scenario.read(notice["id"])["status"] == "accepted"
        scenario.pass_time(timedelta(days=10))
        scenario.work()
        assert scenario.read(notice["id"])["blocked"] == {"reason": "not-decided-in-time"}

    def test_one_on_its_way_out_is_in_use(self, scenario: Scenario, norg2: Norg2) -> None:
        notice = scenario.send()
        norg2.open("0315", "Nav Grünerløkka", "030102", status="Under avvikling")
        scenario.work()
        assert scenario.read(notice["id"])["status"] == "sent"

    @pytest.mark.parametrize(
        "broken", [(500, b""), (200, b"<html>"), (200, b"{}")], ids=["500", "no JSON", "no office"]
    )
    def test_an_outage_changes_nothing(self, scenario: Scenario, norg2: Norg2, broken: tuple[int, bytes]) -> None:
        norg2.broken = broken
        notice = scenario.send()
        scenario.work()
        assert (scenario.read(notice["id"])["status"], remarks(read(scenario, notice))) == ("sent", set())

    def test_a_new_version_is_looked_at_anew_until_one_is_published(self, scenario: Scenario, norg2: Norg2) -> None:
        notice = scenario.send()
        scenario.dispatch_to()  # the first copy is written and waits in the queue
        norg2.open(NEW, "Nav Nyby", "030102")
        forget_answers(scenario)
        scenario.change(notice["id"], "update", {"deposited_amount": "1.00"})
        scenario.work()
        assert [one["office"] for one in scenario.events(type="notice.sent")] == [NEW]
        norg2.open("0315", "Nav Grünerløkka", "030102")
        forget_answers(scenario)
        scenario.change(notice["id"], "update", {"deposited_amount": "2.00"})
        scenario.pass_time(timedelta(days=15))
        scenario.work()
        assert [one["office"] for one in scenario.events(type="notice.updated")] == [NEW]  # the office has the notice


class TestUnknown:
    def test_an_area_that_the_register_knows_no_office_for(self, scenario: Scenario, norg2: Norg2) -> None:
        norg2.open("1101", "Nav Dalane", "1112")
        notice = scenario.send(dwelling=LUND)
        assert notice["office"] is None
        scenario.work()
        now = scenario.read(notice["id"])
        assert (now["status"], now["office"]["number"]) == ("sent", "1101")
        assert now["office"]["found_by"] == "municipality_number"
        again = scenario.landlord.post("/v1/offices/lookup", json={"dwelling": LUND}).json()
        assert again["office"] == {"number": "1101", "name": "Nav Dalane"}

    def test_one_that_nobody_knows_waits_for_a_person(self, scenario: Scenario) -> None:
        notice = scenario.send(dwelling=LUND)
        scenario.work()
        assert (scenario.read(notice["id"])["status"], scenario.letters("copy")) == ("accepted", [])

    def test_a_city_alone_is_never_asked_about(self, scenario: Scenario, norg2: Norg2) -> None:
        scenario.send()
        scenario.work()
        assert not any(call.endswith("/0301") for call in norg2.calls)


def test_what_nav_keeps_to_itself_is_read_by_nobody(scenario: Scenario, norg2: Norg2) -> None:
    norg2.open(NEW, "Nav Nyby", "030102")
    notice = scenario.send()
    scenario.work()
    shown = (
        scenario.landlord.get(f"/v1/offices/{NEW}").text,
        scenario.fetch(notice["id"]).text,
        read(scenario, notice).text,
        *scenario.texts_of("copy"),
    )
    assert not any("Vakttelefon" in text for text in shown)
