"""Offices merge and close: open notices go to who serves the dwelling now, and everybody concerned is told."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.law.said import remarks
from tests.notices.scenario import GRUNERLOKKA, Stage, both
from tests.service import OTHER_LANDLORD, Service
from varsling.domain.office import OfficeNumber
from varsling.notices.service import Assign, held_notices, sweep
from varsling.offices.register import Office, OfficeStatus
from varsling.offices.store import KeepRenewal

NEW, NYBY = OfficeNumber("0399"), "Nav Nyby"
NYBYS = OTHER_LANDLORD  # the organisation that runs its integration
LUND = {"address_line": "Moiveien 9", "postal_code": "4460", "municipality_number": "1112"}


@pytest.fixture
def stage(service: Service) -> Stage:
    return Stage.with_grant(service)


def closes(stage: Stage, number: str, *, area: str | None, to: OfficeNumber | None = None) -> None:
    """The register is renewed: the office has closed, with this successor, and `area` is Nav Nyby's or nobody's."""
    shut = replace(stage.context.offices.register.offices[number], status=OfficeStatus.REPLACED, successor=to)
    areas: dict[str, OfficeNumber | None] = {} if area is None else {area: NEW if to else None}
    offices = {number: shut, NEW: Office(NEW, NYBY, OfficeStatus.ACTIVE, None, None)}
    stage.context.writer.submit_and_wait(KeepRenewal(areas, offices))


def merged(stage: Stage) -> None:
    closes(stage, GRUNERLOKKA, area="030102", to=NEW)


def shown(stage: Stage, notice: dict[str, Any]) -> tuple[str, set[str]]:
    answer = stage.landlord.get(f"/v1/notices/{notice['id']}")
    return answer.json()["office"]["number"], remarks(answer)


class TestPublished:
    @pytest.fixture
    def notice(self, stage: Stage) -> dict[str, Any]:
        notice = stage.send(*both())
        stage.work()
        stage.fetch(notice["id"])
        return stage.read(notice["id"])

    def test_it_lies_with_the_new_office(self, stage: Stage, notice: dict[str, Any]) -> None:
        stage.grant(NEW, organisation=NYBYS)
        merged(stage)
        stage.work()
        nyby = stage.service.nav(NYBYS)
        assert stage.fetch(notice["id"]).status_code == 404
        assert nyby.get(f"/v1/feed/notices/{notice['id']}").json()["office"] == {"number": NEW, "name": NYBY}
        for client in (stage.nav, nyby):
            (event,) = stage.events(client, type="notice.forwarded")
            assert (event["from_office"], event["to_office"]) == (GRUNERLOKKA, NEW)

    def test_without_an_integration_it_gets_a_letter(self, stage: Stage, notice: dict[str, Any]) -> None:
        merged(stage)
        stage.work()
        stage.work()
        assert [one["office_number"] for one in stage.letters("office")] == [NEW]

    def test_the_landlord_sees_it_and_no_date_moves(self, stage: Stage, notice: dict[str, Any]) -> None:
        merged(stage)
        stage.work()
        assert shown(stage, notice) == (NEW, {"office-changed"})
        now = stage.read(notice["id"])
        assert (now["dates"], now["status"], now["version"]) == (notice["dates"], "received", 1)
        assert [one["event"] for one in now["history"]][-1] == "notice.office_changed"

    def test_tenants_hear_of_it_once(self, stage: Stage, notice: dict[str, Any]) -> None:
        merged(stage)
        for _ in range(3):
            stage.work()
        texts = stage.texts_of("second")
        assert len(texts) == 2
        assert all(NYBY in text for text in texts)
        assert stage.types().count("notice.forwarded") == 1

    def test_where_nobody_knows_who_follows_a_person_finds_it(self, stage: Stage, notice: dict[str, Any]) -> None:
        closes(stage, GRUNERLOKKA, area="030102")
        stage.work()
        assert [one.held_for for one in held_notices(stage.context)] == ["forwarded"]
        assert shown(stage, notice) == (GRUNERLOKKA, set())
        assert stage.letters("second") == []

    def test_one_that_has_ended_stays_where_it_is(self, stage: Stage, notice: dict[str, Any]) -> None:
        stage.settle(notice["id"])
        merged(stage)
        stage.work()
        assert "notice.forwarded" not in stage.types()

    def test_one_that_nav_moved_follows_its_own_office(self, stage: Stage, notice: dict[str, Any]) -> None:
        """Where it lies is Nav's own business: neither landlord nor tenants hear of it."""
        before = stage.read(notice["id"])
        body = {"office": "0314", "reason": "moved"}
        assert stage.nav.post(f"/v1/feed/notices/{notice['id']}/forwarding", json=body).status_code == 200
        closes(stage, "0314", area=None, to=NEW)
        stage.work()
        assert stage.letters("office")[-1]["office_number"] == NEW
        assert stage.read(notice["id"]) == before
        assert stage.letters("second") == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestOnItsWay:
    def test_a_copy_that_names_the_old_one_is_set_right(self, stage: Stage) -> None:
        stage.grant(NEW)
        notice = stage.send(*both())
        stage.dispatch_to("Kari Testperson")
        merged(stage)
        stage.work()
        stage.pass_time(timedelta(hours=1))  # the other's copy is tried again
        stage.work()
        assert stage.read(notice["id"])["status"] == "sent"
        assert shown(stage, notice) == (NEW, {"office-changed"})
        (second,) = stage.letters("second")
        assert second["address"][0] == "Kari Testperson"
        (copy,) = stage.texts_of("copy")
        assert NYBY in copy
        assert [one["office"] for one in stage.events(type="notice.sent")] == [NEW]

    def test_before_the_first_copy_there_is_nothing_to_set_right(self, stage: Stage) -> None:
        stage.grant(NEW)
        notice = stage.send()
        merged(stage)
        stage.work()
        assert shown(stage, notice) == (NEW, {"office-changed"})
        assert stage.letters("second") == []
        (copy,) = stage.texts_of("copy")
        assert NYBY in copy

    def test_where_nobody_knows_who_follows_it_is_held(self, stage: Stage) -> None:
        notice = stage.send()
        closes(stage, GRUNERLOKKA, area="030102")
        stage.work()
        now = stage.read(notice["id"])
        assert (now["office"], now["status"], stage.letters("copy")) == (None, "accepted", [])
        assert [one.held_for for one in held_notices(stage.context)] == ["office"]

    def test_what_an_operator_chose_follows_its_successor(self, stage: Stage) -> None:
        stage.grant(None)
        notice = stage.send(dwelling=LUND)
        stage.context.writer.submit_and_wait(Assign(stage.context, UUID(notice["id"]), OfficeNumber("0314")))
        closes(stage, "0314", area=None, to=NEW)
        stage.work()
        now = stage.read(notice["id"])
        assert (now["office"]["number"], now["office"]["found_by"], now["status"]) == (NEW, "operator", "sent")


def test_without_a_closure_a_sweep_has_nothing_to_do(stage: Stage) -> None:
    stage.send()
    assert sweep(stage.context) == 0
