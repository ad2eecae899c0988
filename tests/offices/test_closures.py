"""Offices merge and close: open notices move to the office that serves the dwelling now, and each party hears of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.law.answers import remarks
from tests.notices.scenario import GRUNERLOKKA, Scenario, both
from tests.service import OTHER_LANDLORD, Service
from varsling.domain.office import OfficeNumber
from varsling.notices.service import Assign, held_notices, sweep
from varsling.offices.register import Office, OfficeStatus
from varsling.offices.store import KeepRenewal

NEW, NYBY = OfficeNumber("0399"), "Nav Nyby"
NYBYS = OTHER_LANDLORD  # the organisation behind its integration
LUND = {"address_line": "Moiveien 9", "postal_code": "4460", "municipality_number": "1112"}


@pytest.fixture
def scenario(service: Service) -> Scenario:
    return Scenario.with_grant(service)


def closes(scenario: Scenario, number: str, *, area: str | None, to: OfficeNumber | None = None) -> None:
    """Renew the register: the office has closed with this successor, and `area` belongs to Nav Nyby or to no office."""
    shut = replace(scenario.context.offices.register.offices[number], status=OfficeStatus.REPLACED, successor=to)
    areas: dict[str, OfficeNumber | None] = {} if area is None else {area: NEW if to else None}
    offices = {number: shut, NEW: Office(NEW, NYBY, OfficeStatus.ACTIVE, None, None)}
    scenario.context.writer.submit_and_wait(KeepRenewal(areas, offices))


def merged(scenario: Scenario) -> None:
    closes(scenario, GRUNERLOKKA, area="030102", to=NEW)


def shown(scenario: Scenario, notice: dict[str, Any]) -> tuple[str, set[str]]:
    answer = scenario.landlord.get(f"/v1/notices/{notice['id']}")
    return answer.json()["office"]["number"], remarks(answer)


class TestPublished:
    @pytest.fixture
    def notice(self, scenario: Scenario) -> dict[str, Any]:
        notice = scenario.send(*both())
        scenario.work()
        scenario.fetch(notice["id"])
        return scenario.read(notice["id"])

    def test_it_lies_with_the_new_office(self, scenario: Scenario, notice: dict[str, Any]) -> None:
        scenario.grant(NEW, organisation=NYBYS)
        merged(scenario)
        scenario.work()
        nyby = scenario.service.nav(NYBYS)
        assert scenario.fetch(notice["id"]).status_code == 404
        assert nyby.get(f"/v1/feed/notices/{notice['id']}").json()["office"] == {"number": NEW, "name": NYBY}
        for client in (scenario.nav, nyby):
            (event,) = scenario.events(client, type="notice.forwarded")
            assert (event["from_office"], event["to_office"]) == (GRUNERLOKKA, NEW)

    def test_without_an_integration_it_gets_a_letter(self, scenario: Scenario, notice: dict[str, Any]) -> None:
        merged(scenario)
        scenario.work()
        scenario.work()
        assert [one["office_number"] for one in scenario.letters("office")] == [NEW]

    def test_the_landlord_sees_it_and_no_date_moves(self, scenario: Scenario, notice: dict[str, Any]) -> None:
        merged(scenario)
        scenario.work()
        assert shown(scenario, notice) == (NEW, {"office-changed"})
        now = scenario.read(notice["id"])
        assert (now["dates"], now["status"], now["version"]) == (notice["dates"], "received", 1)
        assert [one["event"] for one in now["history"]][-1] == "notice.office_changed"

    def test_tenants_hear_of_it_once(self, scenario: Scenario, notice: dict[str, Any]) -> None:
        merged(scenario)
        for _ in range(3):
            scenario.work()
        texts = scenario.texts_of("second")
        assert len(texts) == 2
        assert all(NYBY in text for text in texts)
        assert scenario.types().count("notice.forwarded") == 1

    def test_where_nobody_knows_who_follows_a_person_finds_it(self, scenario: Scenario, notice: dict[str, Any]) -> None:
        closes(scenario, GRUNERLOKKA, area="030102")
        scenario.work()
        assert [one.held_for for one in held_notices(scenario.context)] == ["forwarded"]
        assert shown(scenario, notice) == (GRUNERLOKKA, set())
        assert scenario.letters("second") == []

    def test_one_that_has_ended_stays_where_it_is(self, scenario: Scenario, notice: dict[str, Any]) -> None:
        scenario.settle(notice["id"])
        merged(scenario)
        scenario.work()
        assert "notice.forwarded" not in scenario.types()

    def test_one_that_nav_moved_follows_its_own_office(self, scenario: Scenario, notice: dict[str, Any]) -> None:
        """The office of a protected tenant is NAV's own business: neither landlord nor tenants hear of the move."""
        before = scenario.read(notice["id"])
        body = {"office": "0314", "reason": "moved"}
        assert scenario.nav.post(f"/v1/feed/notices/{notice['id']}/forwarding", json=body).status_code == 200
        closes(scenario, "0314", area=None, to=NEW)
        scenario.work()
        assert scenario.letters("office")[-1]["office_number"] == NEW
        assert scenario.read(notice["id"]) == before
        assert scenario.letters("second") == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestOnItsWay:
    def test_a_copy_that_names_the_old_one_is_set_right(self, scenario: Scenario) -> None:
        scenario.grant(NEW)
        notice = scenario.send(*both())
        scenario.dispatch_to("Kari Testperson")
        merged(scenario)
        scenario.work()
        scenario.pass_time(timedelta(hours=1))  # the other tenant's copy is tried again
        scenario.work()
        assert scenario.read(notice["id"])["status"] == "sent"
        assert shown(scenario, notice) == (NEW, {"office-changed"})
        (second,) = scenario.letters("second")
        assert second["address"][0] == "Kari Testperson"
        (copy,) = scenario.texts_of("copy")
        assert NYBY in copy
        assert [one["office"] for one in scenario.events(type="notice.sent")] == [NEW]

    def test_before_the_first_copy_there_is_nothing_to_set_right(self, scenario: Scenario) -> None:
        scenario.grant(NEW)
        notice = scenario.send()
        merged(scenario)
        scenario.work()
        assert shown(scenario, notice) == (NEW, {"office-changed"})
        assert scenario.letters("second") == []
        (copy,) = scenario.texts_of("copy")
        assert NYBY in copy

    def test_where_nobody_knows_who_follows_it_is_held(self, scenario: Scenario) -> None:
        notice = scenario.send()
        closes(scenario, GRUNERLOKKA, area="030102")
        scenario.work()
        now = scenario.read(notice["id"])
        assert (now["office"], now["status"], scenario.letters("copy")) == (None, "accepted", [])
        assert [one.held_for for one in held_notices(scenario.context)] == ["office"]

    def test_what_an_operator_chose_follows_its_successor(self, scenario: Scenario) -> None:
        scenario.grant(None)
        notice = scenario.send(dwelling=LUND)
        scenario.context.writer.submit_and_wait(Assign(scenario.context, UUID(notice["id"]), OfficeNumber("0314")))
        closes(scenario, "0314", area=None, to=NEW)
        scenario.work()
        now = scenario.read(notice["id"])
        assert (now["office"]["number"], now["office"]["found_by"], now["status"]) == (NEW, "operator", "sent")


def test_without_a_closure_a_sweep_has_nothing_to_do(scenario: Scenario) -> None:
    scenario.send()
    assert sweep(scenario.context) == 0
