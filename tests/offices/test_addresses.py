"""Dwellings through Kartverket's addresses, over HTTP: what is known there decides, and its silence refuses nobody."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.law.said import codes, remarks
from tests.notices.scenario import Stage
from tests.offices.kartverket import Kartverket, address
from tests.service import Service

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

GRUNERLOKKA, SENTRUM, MARKA = (59.9203, 10.7607), (59.9117, 10.7336), (60.05, 10.65)
BERGEN = (60.3905, 5.3325)
RINGERIKE = (60.17, 10.25)
DISTRICT, MUNICIPALITY, CODE = (
    f"/dwelling/{name}" for name in ("district_number", "municipality_number", "postal_code")
)


@pytest.fixture
def kartverket() -> Iterator[Kartverket]:
    with Kartverket() as simulator:
        simulator.addresses = [
            address("Sannergata", 1, "B", postnummer="0557", kommunenummer="0301", at=GRUNERLOKKA),
            address("Sannergata", 3, "A", postnummer="0557", kommunenummer="0301", at=GRUNERLOKKA),
            address("Sannergata", 3, "B", postnummer="0557", kommunenummer="0301", at=GRUNERLOKKA),
            address("Grenseveien", 5, "A", postnummer="0557", kommunenummer="0301", at=GRUNERLOKKA),
            address("Grenseveien", 5, "B", postnummer="0557", kommunenummer="0301", at=SENTRUM),
            address("Nordmarka", 842, postnummer="0890", kommunenummer="0301", at=MARKA),
            address("Ukjentstien", 1, postnummer="0890", kommunenummer="0301", at=MARKA),
            address("Torgallmenningen", 8, postnummer="5014", kommunenummer="4601", at=BERGEN),
            # A house of one municipality with the postal code of its neighbour.
            address("Grensestien", 2, postnummer="1337", kommunenummer="3305", at=RINGERIKE),
            # The same address in two municipalities that share a postal code.
            address("Tvillingveien", 4, postnummer="1337", kommunenummer="3305", at=RINGERIKE),
            address("Tvillingveien", 4, postnummer="1337", kommunenummer="3201", at=RINGERIKE),
            address("", None, farm="Nordre Kisa", postnummer="1337", kommunenummer="3305", at=RINGERIKE),
        ]
        yield simulator


@pytest.fixture
def stage(new_service: Callable[..., Service], kartverket: Kartverket) -> Stage:
    return Stage.with_grant(new_service(kartverket_url=kartverket.url, postal_code_districts="never"))


def look_up(stage: Stage, line: str, postal_code: str, **more: Any) -> httpx.Response:
    dwelling = {"address_line": line, "postal_code": postal_code, **more}
    return stage.landlord.post("/v1/offices/lookup", json={"dwelling": dwelling})


def found(stage: Stage, line: str, postal_code: str, **more: Any) -> tuple[str | None, str]:
    answer = look_up(stage, line, postal_code, **more)
    assert answer.status_code == 200, answer.text
    office = answer.json()["office"]
    return office and office["number"], answer.json()["found_by"]


def candidates(answer: httpx.Response) -> list[list[str]]:
    return [one.get("candidates", []) for one in answer.json()["errors"]]


class TestKnown:
    @pytest.mark.parametrize(
        "line",
        [
            "Sannergata 1 B",
            "SANNERGATA 1B",
            "sannergata 1b, H0201",
            "Sannergt. 1 B",
            "Sannergate 1B",
            "Sannergata 3",  # there are 3 A and 3 B, side by side
            "Sannergata 1B-3A",
        ],
    )
    def test_its_point_says_the_district(self, stage: Stage, line: str) -> None:
        assert found(stage, line, "0557") == ("0315", "point")

    def test_in_bergen(self, stage: Stage) -> None:
        assert found(stage, "Torgallmenningen 8", "5014")[1] == "point"

    def test_in_marka_its_streets_say_the_office(self, stage: Stage) -> None:
        assert found(stage, "Nordmarka 842", "0890")[1] == "street_table"

    def test_in_marka_a_street_that_is_not_listed_waits_for_a_person(self, stage: Stage) -> None:
        assert found(stage, "Ukjentstien 1", "0890") == (None, "pending")

    def test_a_district_that_agrees_decides(self, stage: Stage) -> None:
        assert found(stage, "Sannergata 1 B", "0557", district_number="030102") == ("0315", "district_number")

    def test_another_district_contradicts_it(self, stage: Stage) -> None:
        answer = look_up(stage, "Sannergata 1 B", "0557", district_number="030103")
        assert codes(answer) == {("address-conflict", DISTRICT)}
        assert candidates(answer) == [["030102"]]
        (error,) = answer.json()["errors"]
        assert error["against"] == "/dwelling/address_line"
        parts = {"street": "Sannergata", "house_number": "1", "house_letter": "B", "postal_code": "0557"}
        body = {"dwelling": parts | {"district_number": "030103"}}
        (error,) = stage.landlord.post("/v1/offices/lookup", json=body).json()["errors"]
        assert error["against"] == "/dwelling/street"

    def test_houses_of_two_districts_leave_it_open(self, stage: Stage) -> None:
        assert codes(look_up(stage, "Grenseveien 5", "0557")) == {("district-needed", DISTRICT)}
        assert found(stage, "Grenseveien 5 A", "0557") == ("0315", "point")


class TestAcrossAMunicipalitysBorder:
    """A postal code lies in one municipality by the register; some of its houses do not."""

    def test_the_address_decides_over_the_postal_code(self, stage: Stage) -> None:
        answer = look_up(stage, "Grensestien 2", "1337").json()
        assert (answer["municipality"]["number"], answer["found_by"]) == ("3305", "point")

    def test_and_bears_out_a_municipality_that_is_named(self, stage: Stage) -> None:
        answer = look_up(stage, "Grensestien 2", "1337", municipality_number="3305").json()
        assert (answer["municipality"]["number"], answer["found_by"]) == ("3305", "municipality_number")

    def test_or_contradicts_it(self, stage: Stage) -> None:
        answer = look_up(stage, "Grensestien 2", "1337", municipality_number="3301")
        assert codes(answer) == {("address-conflict", MUNICIPALITY)}
        assert candidates(answer) == [["3305"]]

    def test_a_district_elsewhere_contradicts_it(self, stage: Stage) -> None:
        answer = look_up(stage, "Grensestien 2", "1337", district_number="030102")
        assert codes(answer) == {("address-conflict", DISTRICT)}
        assert candidates(answer) == [["3305"]]

    def test_a_farm_by_its_name(self, stage: Stage) -> None:
        assert look_up(stage, "Nordre Kisa", "1337").json()["municipality"]["number"] == "3305"

    def test_an_address_in_two_of_them_is_none(self, stage: Stage) -> None:
        answer = look_up(stage, "Tvillingveien 4", "1337").json()
        assert (answer["municipality"]["number"], answer["found_by"]) == ("3201", "postal_code")


class TestNotKnown:
    @pytest.mark.parametrize("line", ["Sannergata 99", "Sannergata 1 C", "Tannergata 1 B", "Sannergata"])
    def test_the_district_is_needed_and_nothing_similar_is_taken(self, stage: Stage, line: str) -> None:
        answer = look_up(stage, line, "0557")
        assert codes(answer) == {("district-needed", DISTRICT)}
        assert candidates(answer) == [["030102", "030103"]]

    def test_elsewhere_the_postal_code_says_the_municipality(self, stage: Stage) -> None:
        assert found(stage, "Storgata 5", "9008") == ("1902", "postal_code")

    def test_nothing_is_asked_where_nothing_is_open(self, stage: Stage, kartverket: Kartverket) -> None:
        assert found(stage, "Storgata 5", "9008", municipality_number="5501") == ("1902", "municipality_number")
        assert look_up(stage, "Postboks 5", "0557").status_code == 422
        assert kartverket.calls == []


class TestSilence:
    @pytest.fixture
    def body(self, stage: Stage) -> dict[str, Any]:
        """A notice about an address in Oslo whose district nobody says."""
        body = stage.body()
        body["dwelling"] = body["dwelling"] | {"district_number": None}
        return body

    def send(self, stage: Stage, body: dict[str, Any]) -> dict[str, Any]:
        answer = stage.landlord.post("/v1/notices", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def test_a_notice_is_accepted_and_its_office_found_later(
        self, stage: Stage, kartverket: Kartverket, body: dict[str, Any]
    ) -> None:
        kartverket.free.clear()
        notice = self.send(stage, body)
        assert notice["office"] is None
        assert [one["code"] for one in notice["remarks"]] == ["office-to-be-found"]
        kartverket.free.set()
        stage.work()
        now = stage.read(notice["id"])
        assert (now["office"]["number"], now["office"]["found_by"], now["status"]) == ("0315", "point", "sent")
        assert now["remarks"] == []
        assert "notice.office_found" in [one["event"] for one in now["history"]]
        assert stage.fetch(notice["id"]).json()["office"]["number"] == "0315"

    @pytest.mark.parametrize("broken", [(500, b""), (200, b"<html>"), (302, b"")], ids=["500", "no JSON", "a redirect"])
    def test_while_it_is_away_no_copy_goes(
        self, stage: Stage, kartverket: Kartverket, body: dict[str, Any], broken: tuple[int, bytes]
    ) -> None:
        kartverket.broken = broken
        notice = self.send(stage, body)
        stage.work()
        assert (stage.read(notice["id"])["status"], stage.letters("copy")) == ("accepted", [])
        kartverket.broken = None
        stage.work()
        assert stage.read(notice["id"])["status"] == "sent"

    def test_an_address_that_is_not_there_waits_for_a_person(
        self, stage: Stage, kartverket: Kartverket, body: dict[str, Any]
    ) -> None:
        kartverket.broken = (500, b"")
        body["dwelling"] = body["dwelling"] | {"house_number": "99"}
        notice = self.send(stage, body)
        kartverket.broken = None
        stage.work()
        assert (stage.read(notice["id"])["office"], stage.letters("copy")) == (None, [])

    def test_nothing_that_it_might_settle_is_refused(self, stage: Stage, kartverket: Kartverket) -> None:
        kartverket.broken = (500, b"")
        assert found(stage, "Grensestien 2", "1337", municipality_number="3305") == (None, "pending")
        assert found(stage, "Storgata 5", "9008") == ("1902", "postal_code")

    def test_what_it_cannot_settle_is(self, stage: Stage, kartverket: Kartverket) -> None:
        kartverket.broken = (500, b"")
        answer = look_up(stage, "Sannergata 1", "0557", municipality_number="4601", district_number="030102")
        assert codes(answer) == {("address-conflict", DISTRICT)}
        assert codes(look_up(stage, "Postboks 1", "0557")) >= {("not-a-street-address", "/dwelling/address_line")}

    def test_what_was_found_stays_when_it_is_silent_at_the_first_copy(
        self, stage: Stage, kartverket: Kartverket, body: dict[str, Any], new_service: Callable[..., Service]
    ) -> None:
        notice = self.send(stage, body)
        assert notice["office"]["number"] == "0315"
        kartverket.broken = (500, b"")
        with_cold_memory = Stage(new_service(kartverket_url=kartverket.url, postal_code_districts="never"))
        with_cold_memory.work()
        now = stage.read(notice["id"])
        assert (now["office"]["number"], now["office"]["found_by"], now["status"]) == ("0315", "point", "sent")


def test_a_contradiction_that_comes_to_light_later_waits_for_a_person(stage: Stage, kartverket: Kartverket) -> None:
    kartverket.free.clear()
    body = stage.body()
    body["dwelling"] = body["dwelling"] | {"district_number": "030103"}
    answer = stage.landlord.post("/v1/notices", json=body)
    notice = answer.json()
    assert (answer.status_code, notice["office"]["found_by"]) == (201, "district_number")
    kartverket.free.set()
    stage.work()
    now = stage.read(notice["id"])
    assert (now["status"], now["office"], remarks(stage.landlord.get(f"/v1/notices/{notice['id']}"))) == (
        "accepted",
        None,
        {"office-to-be-found"},
    )
    assert stage.letters("copy") == []


def test_a_batch_asks_for_each_address_once(stage: Stage, kartverket: Kartverket) -> None:
    bodies = []
    for number in range(6):
        body = stage.body(reference=f"K-{number}")
        body["lease"] = body["lease"] | {"reference": f"K-{number}"}
        body["tenants"] = [{"name": f"Leier Nummer{number}", "birth_date": f"19{60 + number}-01-01"}]
        flat = {"district_number": None, "unit_number": f"H010{number}"}
        bodies.append({"notice": body | {"dwelling": body["dwelling"] | flat}})
    answer = stage.landlord.post("/v1/notices/batch", json={"items": bodies}).json()
    assert [one["notice"]["office"]["found_by"] for one in answer["results"]] == ["point"] * 6
    assert len(kartverket.calls) == 1


def test_no_more_is_asked_than_where_the_house_stands(stage: Stage, kartverket: Kartverket) -> None:
    stage.send()
    assert kartverket.calls == [
        "/adresser/v1/sok?adressenavn=Sannergata&nummer=1&postnummer=0557&treffPerSide=1000",
    ]
