"""Offices through NORG2: looked at again when the first copy is written, found where the register knows none."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.law.said import remarks
from tests.notices.scenario import Stage
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
def stage(new_service: Callable[..., Service], norg2: Norg2) -> Stage:
    stage = Stage(new_service(norg2_url=norg2.url))
    stage.grant(office=None)
    return stage


def read(stage: Stage, notice: dict[str, Any]) -> httpx.Response:
    return stage.landlord.get(f"/v1/notices/{notice['id']}")


def forget_answers(stage: Stage) -> None:
    """An hour later, as far as NORG2 is concerned."""
    answers = stage.context.offices._served
    assert answers is not None
    answers._kept.clear()


class TestLookedAtAgain:
    def test_where_nothing_has_changed_nothing_does(self, stage: Stage, norg2: Norg2) -> None:
        before = stage.context.offices.register.version
        notice = stage.send()
        stage.work()
        now = stage.read(notice["id"])
        assert (now["status"], now["office"], now["remarks"]) == ("sent", notice["office"], [])
        assert norg2.calls == ["/norg2/api/v1/enhet/navkontor/030102"]
        assert stage.context.offices.register.version == before

    def test_a_change_is_remarked_published_and_stands_in_the_letter(self, stage: Stage, norg2: Norg2) -> None:
        notice = stage.send()
        assert notice["office"]["number"] == "0315"
        norg2.open(NEW, "Nav Nyby", "030102")
        stage.work()
        now = stage.read(notice["id"])
        assert (now["status"], now["office"]["number"], now["office"]["name"]) == ("sent", NEW, "Nav Nyby")
        assert remarks(read(stage, notice)) == {"office-changed"}
        assert [one["office"] for one in stage.events(type="notice.sent")] == [NEW]
        assert [one["office"] for one in stage.events(stage.landlord, type="notice.sent")] == [NEW]
        assert stage.fetch(notice["id"]).json()["office"] == {"number": NEW, "name": "Nav Nyby"}
        (copy,) = stage.texts_of("copy")
        assert "Nav Nyby" in copy
        assert "Nav Grünerløkka" not in copy
        assert "notice.office_changed" in [one["event"] for one in now["history"]]

    def test_and_is_what_the_next_notice_and_look_up_get(self, stage: Stage, norg2: Norg2) -> None:
        stage.send()
        norg2.open(NEW, "Nav Nyby", "030102")
        stage.work()
        body = {"dwelling": {"address_line": "Sannergata 1", "postal_code": "0557", "district_number": "030102"}}
        told = stage.landlord.post("/v1/offices/lookup", json=body).json()
        assert told["office"] == {"number": NEW, "name": "Nav Nyby"}
        assert "+norg2-" in told["register_version"]
        office = stage.landlord.get(f"/v1/offices/{NEW}").json()
        assert (office["name"], office["areas"]) == ("Nav Nyby", [{"number": "030102", "name": "Grünerløkka"}])
        assert stage.landlord.get("/v1/offices/0315").json()["areas"] == []

    def test_a_new_name_is_no_change_of_office(self, stage: Stage, norg2: Norg2) -> None:
        notice = stage.send()
        norg2.open("0315", "Nav Nytt Navn", "030102")
        stage.work()
        assert (stage.read(notice["id"])["office"]["name"], remarks(read(stage, notice))) == ("Nav Nytt Navn", set())

    @pytest.mark.parametrize("status", ["Nedlagt", "Under etablering"])
    def test_where_it_knows_no_office_in_use_a_person_is_asked(self, stage: Stage, norg2: Norg2, status: str) -> None:
        notice = stage.send()
        norg2.open("0315", "Nav Grünerløkka", "030102", status=status)
        self.held(stage, notice)

    def test_where_it_knows_no_office_at_all_too(self, stage: Stage, norg2: Norg2) -> None:
        notice = stage.send()
        del norg2.serves["030102"]
        self.held(stage, notice)

    @staticmethod
    def held(stage: Stage, notice: dict[str, Any]) -> None:
        stage.work()
        now = stage.read(notice["id"])
        assert (now["status"], now["office"], stage.letters("copy")) == ("accepted", None, [])
        assert remarks(read(stage, notice)) == {"office-to-be-found"}
        stage.context.writer.submit_and_wait(Assign(stage.context, UUID(notice["id"]), OfficeNumber("0314")))
        stage.work()
        now = stage.read(notice["id"])
        assert (now["status"], now["office"]["number"], now["office"]["found_by"]) == ("sent", "0314", "operator")

    def test_whoever_is_asked_has_days_from_then_on(self, stage: Stage, norg2: Norg2) -> None:
        """Its copies waited for a channel for long; the landlord's days count from the question."""
        notice = stage.send()
        stage.pass_time(timedelta(days=20))
        del norg2.serves["030102"]
        for _ in range(2):
            stage.work()
        assert stage.read(notice["id"])["status"] == "accepted"
        stage.pass_time(timedelta(days=10))
        stage.work()
        assert stage.read(notice["id"])["blocked"] == {"reason": "not-decided-in-time"}

    def test_one_on_its_way_out_is_in_use(self, stage: Stage, norg2: Norg2) -> None:
        notice = stage.send()
        norg2.open("0315", "Nav Grünerløkka", "030102", status="Under avvikling")
        stage.work()
        assert stage.read(notice["id"])["status"] == "sent"

    @pytest.mark.parametrize(
        "broken", [(500, b""), (200, b"<html>"), (200, b"{}")], ids=["500", "no JSON", "no office"]
    )
    def test_an_outage_changes_nothing(self, stage: Stage, norg2: Norg2, broken: tuple[int, bytes]) -> None:
        norg2.broken = broken
        notice = stage.send()
        stage.work()
        assert (stage.read(notice["id"])["status"], remarks(read(stage, notice))) == ("sent", set())

    def test_a_new_version_is_looked_at_anew_until_one_is_published(self, stage: Stage, norg2: Norg2) -> None:
        notice = stage.send()
        stage.dispatch_to()  # its first copy is written, and taken by nobody
        norg2.open(NEW, "Nav Nyby", "030102")
        forget_answers(stage)
        stage.change(notice["id"], "update", {"deposited_amount": "1.00"})
        stage.work()
        assert [one["office"] for one in stage.events(type="notice.sent")] == [NEW]
        norg2.open("0315", "Nav Grünerløkka", "030102")
        forget_answers(stage)
        stage.change(notice["id"], "update", {"deposited_amount": "2.00"})
        stage.pass_time(timedelta(days=15))
        stage.work()
        assert [one["office"] for one in stage.events(type="notice.updated")] == [NEW]  # it has the notice


class TestUnknown:
    def test_an_area_that_the_register_knows_no_office_for(self, stage: Stage, norg2: Norg2) -> None:
        norg2.open("1101", "Nav Dalane", "1112")
        notice = stage.send(dwelling=LUND)
        assert notice["office"] is None
        stage.work()
        now = stage.read(notice["id"])
        assert (now["status"], now["office"]["number"]) == ("sent", "1101")
        assert now["office"]["found_by"] == "municipality_number"
        again = stage.landlord.post("/v1/offices/lookup", json={"dwelling": LUND}).json()
        assert again["office"] == {"number": "1101", "name": "Nav Dalane"}

    def test_one_that_nobody_knows_waits_for_a_person(self, stage: Stage) -> None:
        notice = stage.send(dwelling=LUND)
        stage.work()
        assert (stage.read(notice["id"])["status"], stage.letters("copy")) == ("accepted", [])

    def test_a_city_alone_is_never_asked_about(self, stage: Stage, norg2: Norg2) -> None:
        stage.send()
        stage.work()
        assert not any(call.endswith("/0301") for call in norg2.calls)


def test_what_nav_keeps_to_itself_is_read_by_nobody(stage: Stage, norg2: Norg2) -> None:
    norg2.open(NEW, "Nav Nyby", "030102")
    notice = stage.send()
    stage.work()
    shown = (
        stage.landlord.get(f"/v1/offices/{NEW}").text,
        stage.fetch(notice["id"]).text,
        read(stage, notice).text,
        *stage.texts_of("copy"),
    )
    assert not any("Vakttelefon" in text for text in shown)
