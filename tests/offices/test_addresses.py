"""Dwellings through Kartverket's addresses, over HTTP: a known address decides, and silence refuses no notice."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.law.answers import codes, remarks
from tests.notices.bodies import letters_of
from tests.notices.scenario import Scenario
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
def scenario(new_service: Callable[..., Service], kartverket: Kartverket) -> Scenario:
    return Scenario.with_grant(new_service(kartverket_url=kartverket.url, postal_code_districts="never"))


def look_up(scenario: Scenario, line: str, postal_code: str, **more: Any) -> httpx.Response:
    dwelling = {"address_line": line, "postal_code": postal_code, **more}
    return scenario.landlord.post("/v1/offices/lookup", json={"dwelling": dwelling})


def found(scenario: Scenario, line: str, postal_code: str, **more: Any) -> tuple[str | None, str]:
    answer = look_up(scenario, line, postal_code, **more)
    assert answer.status_code == 200, answer.text
    office = answer.json()["office"]
    return office and office["number"], answer.json()["found_by"]


def candidates(answer: httpx.Response) -> list[list[str]]:
    return [[each["number"] for each in one.get("candidates", [])] for one in answer.json()["errors"]]


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
    def test_its_point_says_the_district(self, scenario: Scenario, line: str) -> None:
        assert found(scenario, line, "0557") == ("0315", "point")

    def test_in_bergen(self, scenario: Scenario) -> None:
        assert found(scenario, "Torgallmenningen 8", "5014")[1] == "point"

    def test_in_marka_its_streets_say_the_office(self, scenario: Scenario) -> None:
        assert found(scenario, "Nordmarka 842", "0890")[1] == "street_table"

    def test_in_marka_a_street_that_is_not_listed_waits_for_a_person(self, scenario: Scenario) -> None:
        assert found(scenario, "Ukjentstien 1", "0890") == (None, "pending")

    def test_a_district_that_agrees_decides(self, scenario: Scenario) -> None:
        assert found(scenario, "Sannergata 1 B", "0557", district_number="030102") == ("0315", "district_number")

    def test_another_district_contradicts_it(self, scenario: Scenario) -> None:
        answer = look_up(scenario, "Sannergata 1 B", "0557", district_number="030103")
        assert codes(answer) == {("address-conflict", DISTRICT)}
        assert candidates(answer) == [["030102"]]
        (error,) = answer.json()["errors"]
        assert error["against"] == "/dwelling/address_line"
        parts = {"street": "Sannergata", "house_number": "1", "house_letter": "B", "postal_code": "0557"}
        body = {"dwelling": parts | {"district_number": "030103"}}
        (error,) = scenario.landlord.post("/v1/offices/lookup", json=body).json()["errors"]
        assert error["against"] == "/dwelling/street"

    def test_houses_of_two_districts_leave_it_open(self, scenario: Scenario) -> None:
        assert codes(look_up(scenario, "Grenseveien 5", "0557")) == {("district-needed", DISTRICT)}
        assert found(scenario, "Grenseveien 5 A", "0557") == ("0315", "point")


class TestAcrossAMunicipalitysBorder:
    """In the register a postal code lies in one municipality; some of its houses do not."""

    def test_the_address_decides_over_the_postal_code(self, scenario: Scenario) -> None:
        answer = look_up(scenario, "Grensestien 2", "1337").json()
        assert (answer["municipality"]["number"], answer["found_by"]) == ("3305", "point")

    def test_and_bears_out_a_municipality_that_is_named(self, scenario: Scenario) -> None:
        answer = look_up(scenario, "Grensestien 2", "1337", municipality_number="3305").json()
        assert (answer["municipality"]["number"], answer["found_by"]) == ("3305", "municipality_number")

    def test_or_contradicts_it(self, scenario: Scenario) -> None:
        answer = look_up(scenario, "Grensestien 2", "1337", municipality_number="3301")
        assert codes(answer) == {("address-conflict", MUNICIPALITY)}
        assert candidates(answer) == [["3305"]]

    def test_a_district_elsewhere_contradicts_it(self, scenario: Scenario) -> None:
        answer = look_up(scenario, "Grensestien 2", "1337", district_number="030102")
        assert codes(answer) == {("address-conflict", DISTRICT)}
        assert candidates(answer) == [["3305"]]

    def test_a_farm_by_its_name(self, scenario: Scenario) -> None:
        assert look_up(scenario, "Nordre Kisa", "1337").json()["municipality"]["number"] == "3305"

    def test_an_address_in_two_of_them_is_none(self, scenario: Scenario) -> None:
        answer = look_up(scenario, "Tvillingveien 4", "1337").json()
        assert (answer["municipality"]["number"], answer["found_by"]) == ("3201", "postal_code")


class TestNotKnown:
    @pytest.mark.parametrize("line", ["Sannergata 99", "Sannergata 1 C", "Tannergata 1 B", "Sannergata"])
    def test_the_district_is_needed_and_nothing_similar_is_taken(self, scenario: Scenario, line: str) -> None:
        answer = look_up(scenario, line, "0557")
        assert codes(answer) == {("district-needed", DISTRICT)}
        assert candidates(answer) == [["030102", "030103"]]

    def test_elsewhere_the_postal_code_says_the_municipality(self, scenario: Scenario) -> None:
        assert found(scenario, "Storgata 5", "9008") == ("1902", "postal_code")

    def test_nothing_is_asked_where_nothing_is_open(self, scenario: Scenario, kartverket: Kartverket) -> None:
        assert found(scenario, "Storgata 5", "9008", municipality_number="5501") == ("1902", "municipality_number")
        assert look_up(scenario, "Postboks 5", "0557").status_code == 422
        assert kartverket.calls == []


class TestSilence:
    @pytest.fixture
    def body(self, scenario: Scenario) -> dict[str, Any]:
        """A notice about an address in Oslo without a district."""
        body = scenario.body()
        body["dwelling"] = body["dwelling"] | {"district_number": None}
        return body

    def send(self, scenario: Scenario, body: dict[str, Any]) -> dict[str, Any]:
        answer = scenario.landlord.post("/v1/notices", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def test_a_notice_is_accepted_and_its_office_found_later(
        self, scenario: Scenario, kartverket: Kartverket, body: dict[str, Any]
    ) -> None:
        kartverket.free.clear()
        notice = self.send(scenario, body)
        assert notice["office"] is None
        assert [one["code"] for one in notice["remarks"]] == ["office-to-be-found"]
        kartverket.free.set()
        scenario.work()
        now = scenario.read(notice["id"])
        assert (now["office"]["number"], now["office"]["found_by"], now["status"]) == ("0315", "point", "sent")
        assert now["remarks"] == []
        assert "notice.office_found" in [one["event"] for one in now["history"]]
        assert scenario.fetch(notice["id"]).json()["office"]["number"] == "0315"

    @pytest.mark.parametrize("broken", [(500, b""), (200, b"<html>"), (302, b"")], ids=["500", "no JSON", "a redirect"])
    def test_while_it_is_away_no_copy_goes(
        self, scenario: Scenario, kartverket: Kartverket, body: dict[str, Any], broken: tuple[int, bytes]
    ) -> None:
        kartverket.broken = broken
        notice = self.send(scenario, body)
        scenario.work()
        assert (scenario.read(notice["id"])["status"], scenario.letters("copy")) == ("accepted", [])
        kartverket.broken = None
        scenario.work()
        assert scenario.read(notice["id"])["status"] == "sent"

    def test_an_address_that_is_not_there_waits_for_a_person(
        self, scenario: Scenario, kartverket: Kartverket, body: dict[str, Any]
    ) -> None:
        kartverket.broken = (500, b"")
        body["dwelling"] = body["dwelling"] | {"house_number": "99"}
        notice = self.send(scenario, body)
        kartverket.broken = None
        scenario.work()
        assert (scenario.read(notice["id"])["office"], scenario.letters("copy")) == (None, [])

    def test_nothing_that_it_might_settle_is_refused(self, scenario: Scenario, kartverket: Kartverket) -> None:
        kartverket.broken = (500, b"")
        assert found(scenario, "Grensestien 2", "1337", municipality_number="3305") == (None, "pending")
        assert found(scenario, "Storgata 5", "9008") == ("1902", "postal_code")

    def test_what_it_cannot_settle_is(self, scenario: Scenario, kartverket: Kartverket) -> None:
        kartverket.broken = (500, b"")
        answer = look_up(scenario, "Sannergata 1", "0557", municipality_number="4601", district_number="030102")
        assert codes(answer) == {("address-conflict", DISTRICT)}
        assert codes(look_up(scenario, "Postboks 1", "0557")) >= {("not-a-street-address", "/dwelling/address_line")}

    def test_what_was_found_stays_when_it_is_silent_at_the_first_copy(
        self, scenario: Scenario, kartverket: Kartverket, body: dict[str, Any], new_service: Callable[..., Service]
    ) -> None:
        notice = self.send(scenario, body)
        assert notice["office"]["number"] == "0315"
        kartverket.broken = (500, b"")
        with_cold_memory = Scenario(new_service(kartverket_url=kartverket.url, postal_code_districts="never"))
        with_cold_memory.work()
        now = scenario.read(notice["id"])
        assert (now["office"]["number"], now["office"]["found_by"], now["status"]) == ("0315", "point", "sent")


def test_a_contradiction_that_comes_to_light_later_waits_for_a_person(
    scenario: Scenario, kartverket: Kartverket
) -> None:
    kartverket.free.clear()
    body = scenario.body()
    body["dwelling"] = body["dwelling"] | {"district_number": "030103"}
    answer = scenario.landlord.post("/v1/notices", json=body)
    notice = answer.json()
    assert (answer.status_code, notice["office"]["found_by"]) == (201, "district_number")
    kartverket.free.set()
    scenario.work()
    now = scenario.read(notice["id"])
    assert (now["status"], now["office"], remarks(scenario.landlord.get(f"/v1/notices/{notice['id']}"))) == (
        "accepted",
        None,
        {"office-to-be-found"},
    )
    assert scenario.letters("copy") == []


def test_a_batch_asks_for_each_address_once(scenario: Scenario, kartverket: Kartverket) -> None:
    bodies = []
    for number in range(6):
        body = scenario.body(reference=f"K-{number}")
        body["lease"] = body["lease"] | {"reference": f"K-{number}"}
        body["tenants"] = [{"name": f"Leier Nummer{letters_of(number)}", "birth_date": f"19{60 + number}-01-01"}]
        flat = {"district_number": None, "unit_number": f"H010{number}"}
        bodies.append({"notice": body | {"dwelling": body["dwelling"] | flat}})
    answer = scenario.landlord.post("/v1/notices/batch", json={"items": bodies}).json()
    assert [one["notice"]["office"]["found_by"] for one in answer["results"]] == ["point"] * 6
    assert len(kartverket.calls) == 1


def test_no_more_is_asked_than_where_the_house_stands(scenario: Scenario, kartverket: Kartverket) -> None:
    scenario.send()
    assert kartverket.calls == [
        "/adresser/v1/sok?adressenavn=Sannergata&nummer=1&postnummer=0557&treffPerSide=1000",
    ]
