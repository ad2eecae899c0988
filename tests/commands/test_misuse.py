"""An operator handles misuse: reads the reports, stops a landlord, and lets it send again."""

from typing import Any

import pytest

from tests.commands.conftest import Run
from tests.commands.test_operating import done, refused
from tests.notices.bodies import of_a_person
from tests.notices.scenario import Scenario, tenant
from tests.service import LANDLORD, Service
from tests.tenant_page.conftest import Reader, code_of

UNKNOWN = "019ad0c4-2c4b-7f4e-9d0a-3c9f0c2b7a11"


@pytest.fixture
def scenario(service: Service) -> Scenario:
    return Scenario.with_grant(service)


@pytest.fixture
def notice(scenario: Scenario) -> dict[str, Any]:
    notice = scenario.send()
    scenario.work()
    return notice


def test_a_report_is_read_and_closed(run: Run, scenario: Scenario, notice: dict[str, Any]) -> None:
    assert "No report is open." in done(run("reports", "list"))
    reader = Reader(scenario.service)
    reader.enter(code_of(scenario))
    for _ in range(2):  # the same command twice
        assert "Vi har fått meldingen" in reader.send("/t/notice/report", harassment="yes", untrue="yes").text
    told = done(run("reports", "list"))
    (line,) = [line for line in told.splitlines() if notice["id"] in line]
    assert "harassment, untrue" in line
    assert "Kari" not in told
    report = line.split()[0]
    done(run("reports", "close", report))
    assert "No report is open." in done(run("reports", "list"))
    assert "not-found" in refused(run("reports", "close", report))
    assert "Vi har fått meldingen" not in reader.get("/t/notice").text


def test_a_suspended_landlord_sends_nothing_and_ends_what_it_sent(
    run: Run, scenario: Scenario, notice: dict[str, Any]
) -> None:
    waiting = scenario.send(tenant("Ida Prøve", birth_date="1970-01-01"), reference="W", lease=lease("W"))
    assert waiting["id"] in done(run("landlords", "suspend", LANDLORD))
    body = scenario.body(tenant("Per Prøve", birth_date="1971-01-01"), reference="N", lease=lease("N"))
    for path in ("/v1/notices", "/v1/notices/check"):
        refusal = scenario.landlord.post(path, json=body)
        assert (refusal.status_code, refusal.json()["code"]) == (403, "landlord-suspended")
    batch = scenario.landlord.post("/v1/notices/batch", json={"items": [{"notice": body}]}).json()
    assert batch["results"][0]["problem"]["code"] == "landlord-suspended"
    update = scenario.change(notice["id"], "update", {"deposited_amount": "100.00"})
    assert update.json()["code"] == "landlord-suspended"
    again = scenario.landlord.post("/v1/notices", json=scenario.body())
    assert again.headers["Idempotency-Replayed"] == "true"  # a stored notice keeps its answer
    assert scenario.withdraw(waiting["id"]).status_code == 200
    assert scenario.settle(notice["id"]).status_code == 200
    done(run("landlords", "resume", LANDLORD))
    assert scenario.landlord.post("/v1/notices", json=body).status_code == 201


def test_a_landlord_who_is_a_person_is_found_by_a_notice(run: Run, scenario: Scenario) -> None:
    agent = scenario.service.agent()
    sent = agent.post("/v1/notices", json=of_a_person())
    assert sent.status_code == 201, sent.text
    done(run("landlords", "suspend", "--notice", sent.json()["id"]))
    other = of_a_person(reference="other", lease=lease("other"))
    assert agent.post("/v1/notices", json=other).json()["code"] == "landlord-suspended"
    assert "not-found" in refused(run("landlords", "suspend", "--notice", UNKNOWN))
    for arguments in ((), (LANDLORD, "--notice", UNKNOWN)):
        assert run("landlords", "suspend", *arguments).returncode == 2


def lease(reference: str) -> dict[str, Any]:
    return {"reference": reference, "use": "dwelling", "eviction_clause": True}
