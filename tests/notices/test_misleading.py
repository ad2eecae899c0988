"""What a landlord writes and letters print: a person looks first where it would be believed for more than it is."""

from copy import deepcopy
from typing import Any

import pytest

from tests.notices.bodies import of_a_person
from tests.notices.scenario import Scenario
from tests.service import Service
from varsling.domain.lifecycle import HeldFor
from varsling.notices.service import held_notices

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SAYS = "Betal med Vipps i dag"
POST = {"lines": ["Utleierveien 5", SAYS], "postal_code": "0557", "city": "Oslo"}
TOGETHER = [{"reference": word} for word in ("DU", "MA", "FLYTTE", "UT", "FREDAG")]
CLAIM = {"due_date": "2026-10-01", "original_amount": "12500.00", "outstanding_amount": "9000.00"}


@pytest.fixture
def scenario(service: Service) -> Scenario:
    return Scenario(service)


def put(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    *way, last = path.split(".")
    at: Any = (body := deepcopy(body))
    for step in way:
        at = at[int(step)] if step.isdigit() else at.setdefault(step, {})
    at[int(last) if last.isdigit() else last] = value
    return body


PLACES: list[tuple[str, Any]] = [
    ("landlord.name", f"Tigerboliger. {SAYS}"),
    ("landlord.contact.name", "Namsmannen i Oslo"),
    ("landlord.contact.postal_address", POST),
    ("landlord.contact.email", "betal.til.1234.56.78903@post.example"),
    ("landlord.contact.email", "post@namsmannen.no.post.example"),
    ("agent.name", "Politiet"),
    ("agent.contact.postal_address", POST),
    ("tenants.0.name", "Kari, varselet er trukket og du kan se bort fra det"),
    ("tenants.0.postal_address", POST),
    ("dwelling.city", "Namsmannen"),
    ("dwelling.street", "Betal i dag"),
    ("reference", "KONTO-1234.56.78903"),
    ("breach.claims", [CLAIM | {"reference": "evil.no/betal"}]),
    ("breach.claims", [CLAIM | word for word in TOGETHER]),
]


@pytest.mark.parametrize(("path", "value"), PLACES)
def test_a_notice_with_such_words_waits_for_a_person(scenario: Scenario, path: str, value: Any) -> None:
    by_agent = path.startswith("agent")
    body = scenario.body()
    if by_agent:
        body |= {name: of_a_person()[name] for name in ("agent", "attestations")}
    caller = scenario.service.agent() if by_agent else scenario.landlord
    answer = caller.post("/v1/notices", json=put(body, path, value))
    assert answer.status_code == 201, answer.text
    scenario.work()
    assert scenario.letters("copy") == []
    (waiting,) = held_notices(scenario.context)
    assert waiting.held_for == HeldFor.MISLEADING


def test_a_change_with_such_words_is_refused(scenario: Scenario) -> None:
    """It would go out at once."""
    notice = scenario.send()
    contact = scenario.change(notice["id"], "contact", {"tenant": notice["tenants"][0]["id"], "postal_address": POST})
    claims = [CLAIM | {"reference": "evil.no/betal"}]
    sums = scenario.change(notice["id"], "update", {"claims": claims})
    sentence = scenario.change(notice["id"], "update", {"claims": [CLAIM | word for word in TOGETHER]})
    for refused, pointer in ((contact, "/postal_address"), (sums, "/claims"), (sentence, "/claims")):
        assert refused.status_code == 422
        assert [(one["code"], one["pointer"]) for one in refused.json()["errors"]] == [("invalid-text", pointer)]


def test_nor_do_they_come_in_by_a_notice_that_becomes_an_update(scenario: Scenario) -> None:
    scenario.send()
    again = put(scenario.body(reference="B"), "breach.claims", [CLAIM | {"reference": "evil.no/betal"}])
    answer = scenario.landlord.post("/v1/notices", json=again | {"if_open": "update"})
    assert (answer.status_code, answer.json()["code"]) == (422, "validation-failed")


def test_a_postal_code_has_no_words(scenario: Scenario) -> None:
    """They would be printed in large type beside the city."""
    post = POST | {"lines": ["Utleierveien 5"], "postal_code": "BETAL IDAG", "country": "GB"}
    answer = scenario.landlord.post("/v1/notices", json=put(scenario.body(), "tenants.0.postal_address", post))
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("/tenants/0/postal_address/postal_code", "invalid-text")
