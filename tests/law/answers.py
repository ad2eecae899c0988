"""Short names for landlords' requests and the service's answers."""

from datetime import timedelta
from typing import Any

import httpx

from tests.notices.scenario import Scenario


def answer_to(scenario: Scenario, *tenants: dict[str, Any], **changes: Any) -> httpx.Response:
    return scenario.landlord.post("/v1/notices", json=scenario.body(*tenants, **changes))


def codes(answer: httpx.Response) -> set[tuple[str, str]]:
    """List a refusal's faults with their places."""
    assert answer.status_code in (409, 422), answer.text
    return {(fault["code"], fault["pointer"]) for fault in answer.json()["errors"]}


def remarks(answer: httpx.Response) -> set[str]:
    assert answer.status_code in (200, 201), answer.text
    return {remark["code"] for remark in answer.json()["remarks"]}


def lease(reference: str = "K-1044", **changes: Any) -> dict[str, Any]:
    return {"reference": reference, "use": "dwelling", "eviction_clause": True} | changes


def in_days(scenario: Scenario, number: int) -> str:
    return (scenario.today + timedelta(days=number)).isoformat()


def dwelling(postal_code: str, **changes: Any) -> dict[str, Any]:
    return {"street": "Storgata", "house_number": "5", "postal_code": postal_code} | changes


def of_another_ground(scenario: Scenario, code: str, **facts: Any) -> dict[str, Any]:
    """The members of a notice that claims no money, with all that its ground needs."""
    needed = {
        "lease_expired": {"expired_on": in_days(scenario, -60), "move_out_requested_on": in_days(scenario, -40)},
        "lease_terminated": {"terminated_on": in_days(scenario, -120)},
        "rescission": {"rescinded_on": in_days(scenario, -30), "breach_kind": "b"},
        "judgment": {"decided_on": in_days(scenario, -100)},
        "no_title": {},
    }
    warning = {"warning_sent_on": in_days(scenario, -20)}
    return {"ground": {"code": code} | warning | needed[code] | facts, "breach": {"claims": []}}
