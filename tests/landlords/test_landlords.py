"""Landlords through Enhetsregisteret: its answer may refuse a notice, its silence never does (LAW, row 9)."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.landlords.enhetsregisteret import Simulator, deleted, unit
from tests.law.answers import codes, remarks
from tests.notices.bodies import letters_of, of_a_person
from tests.notices.scenario import Scenario
from tests.service import AGENT, LANDLORD, OTHER_LANDLORD, Service
from varsling.domain.lifecycle import HeldFor
from varsling.notices.service import Release, held_notices

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PLACE = "/landlord/organisation_number"
NUMBER = LANDLORD


@pytest.fixture
def register() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def scenario(new_service: Callable[..., Service], register: Simulator) -> Scenario:
    return Scenario.with_grant(new_service(enhetsregisteret_url=register.url))


def send(scenario: Scenario, **changes: Any) -> httpx.Response:
    """Make the real call after the check gave the same verdict."""
    body = scenario.body() | changes
    checked = scenario.landlord.post("/v1/notices/check", json=body)
    answer = scenario.landlord.post("/v1/notices", json=body)
    assert (checked.status_code == 200) is (answer.status_code == 201)
    return answer


@pytest.mark.parametrize(
    "registered",
    [
        unit(NUMBER),
        unit(NUMBER, "ENK", "8200"),
        unit(NUMBER, "BRL", "2100"),
        unit(NUMBER, "AS", "1520"),  # a company that a municipality owns is private
        unit(NUMBER, "AS", "6500"),  # and so is one registered as administration
        unit(NUMBER, "STI", "2500"),
    ],
    ids=["AS", "ENK", "borettslag", "municipal AS", "municipal AS in the administration", "foundation"],
)
def test_a_private_landlord_is_accepted(scenario: Scenario, register: Simulator, registered: dict[str, Any]) -> None:
    register.units[NUMBER] = registered
    assert remarks(send(scenario)) == set()


@pytest.mark.parametrize(
    "registered",
    [
        unit(NUMBER, "KOMM", "6500"),
        unit(NUMBER, "KF", "1510"),
        unit(NUMBER, "FYLK", "6500"),
        unit(NUMBER, "FKF", "1510"),
        unit(NUMBER, "STAT", "6100"),
        unit(NUMBER, "ORGL", "6500"),
        unit(NUMBER, "ORGL", "6100"),
        unit(NUMBER, "ORGL", "1110"),
    ],
    ids=["municipality", "KF", "county", "county's FKF", "state", "municipal unit", "agency", "state's business"],
)
def test_a_public_landlord_is_refused(scenario: Scenario, register: Simulator, registered: dict[str, Any]) -> None:
    register.units[NUMBER] = registered
    assert codes(send(scenario)) == {("public-landlord", PLACE)}


def test_row_9_private_homes_off_accepts_it(new_service: Callable[..., Service], register: Simulator) -> None:
    register.units[NUMBER] = unit(NUMBER, "KOMM", "6500")
    scenario = Scenario.with_grant(new_service(enhetsregisteret_url=register.url, private_homes="off"))
    lease = scenario.body()["lease"] | {"use": "holiday"}
    assert remarks(send(scenario, lease=lease)) == set()


@pytest.mark.parametrize("flag", ["konkurs", "underAvvikling", "underTvangsavviklingEllerTvangsopplosning"])
def test_a_bankrupt_or_ending_landlord_is_remarked(scenario: Scenario, register: Simulator, flag: str) -> None:
    register.units[NUMBER] = unit(NUMBER) | {flag: True}
    assert remarks(send(scenario)) == {"landlord-bankrupt"}


@pytest.mark.parametrize(
    ("registered", "differs"),
    [
        ("TIGERBOLIGER AS", False),
        ("TIGERBOLIGER", False),
        ("Tigerboliger  AS", False),
        ("LØVEBOLIGER AS", True),
        ("TIGER EIENDOM AS", True),
    ],
)
def test_a_landlord_with_another_registered_name_is_remarked(
    scenario: Scenario, register: Simulator, registered: str, differs: bool
) -> None:
    register.units[NUMBER] = unit(NUMBER, navn=registered)
    assert remarks(send(scenario)) == ({"landlord-name-differs"} if differs else set())


class TestNotThere:
    def test_a_deleted_one_is_dissolved(self, scenario: Scenario, register: Simulator) -> None:
        register.units[NUMBER] = deleted(NUMBER)
        assert codes(send(scenario)) == {("landlord-dissolved", PLACE)}

    def test_one_that_was_removed_is_dissolved(self, scenario: Scenario, register: Simulator) -> None:
        register.gone.add(NUMBER)
        assert codes(send(scenario)) == {("landlord-dissolved", PLACE)}

    def test_an_unknown_one_is_unknown(self, scenario: Scenario, register: Simulator) -> None:
        assert codes(send(scenario)) == {("landlord-unknown", PLACE)}
        assert register.calls[:2] == [
            f"/enhetsregisteret/api/enheter/{NUMBER}",
            f"/enhetsregisteret/api/underenheter/{NUMBER}",
        ]

    def test_a_sub_unit_is_what_its_whole_is(self, scenario: Scenario, register: Simulator) -> None:
        register.parts[NUMBER] = unit(NUMBER, "BEDR", "2100", overordnetEnhet=OTHER_LANDLORD)
        register.units[OTHER_LANDLORD] = unit(OTHER_LANDLORD, "KOMM", "6500")
        assert codes(send(scenario)) == {("public-landlord", PLACE)}

    def test_it_is_told_with_the_other_faults(self, scenario: Scenario) -> None:
        lease = scenario.body()["lease"] | {"eviction_clause": False}
        assert codes(send(scenario, lease=lease)) == {
            ("landlord-unknown", PLACE),
            ("eviction-clause-missing", "/lease/eviction_clause"),
        }


class TestSilence:
    @pytest.mark.parametrize(
        "broken",
        [
            (500, b""),
            (503, b"{}"),
            (200, b"<html>"),
            (200, b"[]"),
            (200, b'{"organisasjonsnummer": "999999999", "slettedato": "2020-01-01"}'),
            (302, b""),
            (400, b'{"status": 400}'),
        ],
        ids=["500", "503", "no JSON", "a list", "another's answer", "a redirect", "400"],
    )
    def test_an_outage_refuses_nobody(self, scenario: Scenario, register: Simulator, broken: tuple[int, bytes]) -> None:
        register.broken = broken
        assert remarks(send(scenario)) == set()

    def test_a_slow_one_is_not_waited_for_and_answers_the_next(self, scenario: Scenario, register: Simulator) -> None:
        register.gone.add(NUMBER)
        register.free.clear()
        assert scenario.landlord.post("/v1/notices/check", json=scenario.body()).status_code == 200
        register.free.set()
        answer = scenario.landlord.post("/v1/notices/check", json=scenario.body())
        while answer.status_code == 200:  # the register has not answered yet
            answer = scenario.landlord.post("/v1/notices/check", json=scenario.body())
        assert codes(answer) == {("landlord-dissolved", PLACE)}

    def test_one_that_is_away_is_left_alone_for_a_while(self, scenario: Scenario, register: Simulator) -> None:
        register.broken = (500, b"")
        for _ in range(20):
            assert scenario.landlord.post("/v1/notices/check", json=scenario.body()).status_code == 200
        assert len(register.calls) == 5

    def test_none_is_asked_where_none_is_configured(self, new_service: Callable[..., Service]) -> None:
        assert remarks(send(Scenario(new_service()))) == set()


def test_an_answer_is_kept(scenario: Scenario, register: Simulator) -> None:
    register.units[NUMBER] = unit(NUMBER)
    for _ in range(3):
        assert scenario.landlord.post("/v1/notices/check", json=scenario.body()).status_code == 200
    assert len(register.calls) == 1


class TestPersons:
    @pytest.mark.parametrize(
        "landlord",
        [
            {"name": "Per Utleier", "national_id": "31926530774", "contact": {"email": "per@mail.example"}},
            {
                "name": "Anna Utenlandsk",
                "birth_date": "1965-12-31",
                "contact": {
                    "postal_address": {
                        "lines": ["Hauptstr. 1"],
                        "postal_code": "10115",
                        "city": "Berlin",
                        "country": "DE",
                    }
                },
            },
        ],
        ids=["with a Norwegian number", "without"],
    )
    def test_a_person_is_in_no_register(
        self, scenario: Scenario, register: Simulator, landlord: dict[str, Any]
    ) -> None:
        body = (
            scenario.body() | {name: of_a_person()[name] for name in ("agent", "attestations")} | {"landlord": landlord}
        )
        sent = scenario.service.agent(AGENT).post("/v1/notices", json=body)
        assert sent.status_code == 201, sent.text
        assert sent.json()["landlord"] == {"organisation_number": None}
        assert all(call.endswith(AGENT) for call in register.calls)
        for part in (landlord.get("national_id"), landlord.get("birth_date")):
            assert part is None or part not in sent.text


def test_a_batch_asks_for_each_landlord_once(scenario: Scenario, register: Simulator) -> None:
    register.units[LANDLORD] = unit(LANDLORD)
    register.units[OTHER_LANDLORD] = unit(OTHER_LANDLORD, "KOMM", "6500")
    register.units[AGENT] = unit(AGENT)
    bodies = []
    for number in range(6):
        body = scenario.body(reference=f"L-{number}") | {
            name: of_a_person()[name] for name in ("agent", "attestations")
        }
        body["lease"] = body["lease"] | {"reference": f"L-{number}"}
        body["tenants"] = [{"name": f"Leier Nummer{letters_of(number)}", "birth_date": f"19{60 + number}-01-01"}]
        body["landlord"] = body["landlord"] | {"organisation_number": (LANDLORD, OTHER_LANDLORD)[number % 2]}
        bodies.append({"notice": body})
    answer = scenario.service.agent(AGENT).post("/v1/notices/batch", json={"items": bodies}).json()
    found = [one.get("problem", {}).get("code") for one in answer["results"]]
    assert found == [None, "public-landlord"] * 3
    assert len(register.calls) == 3  # two landlords, and the agent


def test_letters_have_a_companys_registered_name(scenario: Scenario, register: Simulator) -> None:
    """What it calls itself in the notice is its own word."""
    register.units[LANDLORD] = unit(LANDLORD, navn="TIGERBOLIGER AS")
    register.units[AGENT] = unit(AGENT, navn="FORVALTER AS")
    body = scenario.body() | {name: of_a_person()[name] for name in ("agent", "attestations")}
    body["landlord"] = body["landlord"] | {"name": "Utkastelse i dag AS"}
    body["agent"] = body["agent"] | {"name": "Betal straks AS"}
    sent = scenario.service.agent(AGENT).post("/v1/notices", json=body)
    assert sent.status_code == 201, sent.text
    assert "landlord-name-differs" in {one["code"] for one in sent.json()["remarks"]}
    scenario.work()
    (letter,) = scenario.texts_of("copy")
    assert "TIGERBOLIGER AS" in letter
    assert "FORVALTER AS" in letter
    assert not any(words in letter for words in ("Utkastelse i dag", "Betal straks"))
    view = scenario.fetch(sent.json()["id"]).json()
    assert view["landlord"]["name"] == "TIGERBOLIGER AS"


def test_an_authoritys_name_waits_for_a_person_unless_the_register_has_it(
    scenario: Scenario, register: Simulator
) -> None:
    named = scenario.body()["landlord"] | {"name": "Namsmannen i Oslo"}
    register.broken = (503, b"")
    held = scenario.send(landlord=named)
    scenario.work()
    assert scenario.letters("copy") == []
    (waiting,) = held_notices(scenario.context)
    assert (str(waiting.id), waiting.held_for) == (held["id"], HeldFor.MISLEADING)
    scenario.context.writer.submit_and_wait(Release(scenario.context, waiting.id))
    scenario.work()
    assert scenario.read(held["id"])["status"] == "sent"

    register.broken, register.units[LANDLORD] = None, unit(LANDLORD, navn="POLITIFORENINGENS BOLIGSTIFTELSE")
    lease = scenario.body()["lease"] | {"reference": "B"}
    known = scenario.landlord.post("/v1/notices", json=scenario.body(reference="B", landlord=named, lease=lease))
    assert known.status_code == 201, known.text
    scenario.work()
    assert scenario.read(known.json()["id"])["status"] == "sent"
