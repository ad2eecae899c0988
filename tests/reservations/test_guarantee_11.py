"""Spelling never hides a reservation: registers a person in every way and notifies about her in every other way."""

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product
from typing import Any

import pytest

from tests.domain.test_names import SPELLINGS
from tests.notices.scenario import Scenario
from tests.service import Service
from varsling.domain.identity import parse_national_id

pytestmark = pytest.mark.slow

BORN = date(1990, 1, 2)
NAMES = (
    "Kari Prøveåsen",
    "PRØVEÅSEN, KARI",
    "kari  marie prøveåsen",
    "Kari Proeveaasen",
    unicodedata.normalize("NFD", "Kari Prøveåsen"),
    "Kári Prøve-Åsen",
    "Prøveåsen Kari",
    "Kari Testesen Prøveåsen",
)


def number(*, day: int = 0, month: int) -> str:
    """A synthetic number of that day: `month` 80 is Tenor's, 40 NAV's; `day` 40 makes a D-number."""
    start = f"{BORN.day + day:02}{BORN.month + month:02}{BORN.year % 100:02}"
    for rest in range(100_00, 499_99):
        try:
            return parse_national_id(f"{start}{rest:05}").number
        except ValueError:
            continue
    raise AssertionError


KNOWN_BY: tuple[dict[str, str], ...] = (
    {"national_id": number(month=80)},
    {"national_id": number(day=40, month=80)},
    {"national_id": number(month=40)},
    {"national_id": number(day=40, month=40)},
    {"birth_date": BORN.isoformat()},
)
WAYS = [{"name": name} | known for name, known in product(NAMES, KNOWN_BY)]


@pytest.fixture
def scenario(service: Service) -> Scenario:
    return Scenario(service)


def verdicts(
    scenario: Scenario, lease: str, ways: Sequence[dict[str, Any]] = WAYS
) -> Iterator[tuple[dict[str, Any], bool]]:
    """For each spelling of her, whether a notice is refused for her reservation and for nothing else."""
    body = scenario.body()
    body |= {"lease": body["lease"] | {"reference": lease}}
    items = [
        {"idempotency_key": f"{number}", "notice": body | {"reference": f"R-{number}", "tenants": [way]}}
        for number, way in enumerate(ways)
    ]
    answer = scenario.landlord.post("/v1/notices/check", json={"items": items})
    assert answer.status_code == 200, answer.text
    for way, result in zip(ways, answer.json()["results"], strict=True):
        yield way, result.get("problem", {}).get("code") == "tenant-reserved"


def test_all_pairs_of_ways_to_write_a_person(scenario: Scenario) -> None:
    assert not [way for way, refused in verdicts(scenario, "L-2") if refused]
    missed = []
    for number, way in enumerate(WAYS):
        made = scenario.reserve(lease="L-1", tenant=way, received_on=scenario.today.isoformat())
        assert made.status_code == 201, made.text
        missed += [(way, other) for other, refused in verdicts(scenario, "L-2") if not refused]
        end = {"received_on": scenario.today.isoformat(), "form": "letter"}
        revoked = scenario.landlord.post(f"{made.headers['location']}/revocation", json=end)
        assert revoked.status_code == 200, (number, revoked.text)
    assert missed == []


@pytest.mark.parametrize(("one", "other"), [*SPELLINGS, ("Prøveova", "Пробова")])
def test_two_spellings_of_her_family_name_are_one_person_however_she_is_known(
    scenario: Scenario, one: str, other: str
) -> None:
    for reserved, notified in ((one, other), (other, one)):
        known = KNOWN_BY[len(reserved) % len(KNOWN_BY)]
        made = scenario.reserve(lease="L-1", tenant={"name": f"Kari {reserved}"} | known)
        assert made.status_code == 201, made.text
        ways = [{"name": f"Kari {notified}"} | way for way in KNOWN_BY]
        assert [way for way, refused in verdicts(scenario, "L-2", ways) if not refused] == []
        end = {"received_on": scenario.today.isoformat(), "form": "letter"}
        revoked = scenario.landlord.post(f"{made.headers['location']}/revocation", json=end)
        assert revoked.status_code == 200  # or the first reservation would refuse all that follow


def test_on_her_own_lease_the_birth_date_is_enough_whatever_the_name(scenario: Scenario) -> None:
    for way in KNOWN_BY:
        made = scenario.reserve(lease="L-1", tenant={"name": "Helt Annerledes"} | way)
        missed = [other for other, refused in verdicts(scenario, "L-1") if not refused]
        end = {"received_on": scenario.today.isoformat(), "form": "letter"}
        assert scenario.landlord.post(f"{made.headers['location']}/revocation", json=end).status_code == 200
        assert missed == []


def test_another_person_of_that_birth_date_is_not_taken_for_her(scenario: Scenario) -> None:
    scenario.reserve(lease="L-1", tenant={"name": "Ola Kontrollsen", "birth_date": BORN.isoformat()})
    assert not [way for way, refused in verdicts(scenario, "L-2") if refused]
