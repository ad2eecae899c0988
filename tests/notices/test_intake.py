"""Answers to a landlord's system: the contract's example, and every fault by its code and place."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from tests.notices.bodies import (
    ABSENT,
    PERSON,
    changed,
    errors_of,
    move_clock_to,
    of_a_person,
    reserve,
    rows_in,
)
from tests.notices.faults import CLAIM, LAW, SHAPE, TENANT
from tests.service import Service
from varsling.notices.schemas.examples import NOTICE


def test_the_contracts_example_is_answered_with_every_member(landlord: httpx.Client) -> None:
    answer = landlord.post("/v1/notices", json=NOTICE)

    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert uuid.UUID(told.pop("id")).version == 7
    assert answer.headers["location"] == f"/v1/notices/{answer.json()['id']}"
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["cache-control"] == "no-store, private"
    (kari,) = told.pop("tenants")
    assert uuid.UUID(kari.pop("id")).version == 7
    assert kari == {"copy": {"status": "queued", "dispatched_at": None}}
    assert told.pop("accepted_at").startswith("2026-11-23T09:12:3")
    assert told == {
        "reference": "K-1044-2026-11",
        "version": 1,
        "status": "accepted",
        "landlord": {"organisation_number": "311758489"},
        "office": {
            "number": "0315",
            "name": "Nav Grünerløkka",
            "found_by": "district_number",
            "reached_by": "letter",
        },
        "dwelling": NOTICE["dwelling"] | {"municipality_number": "0301"},
        "outstanding_total": "21500.00",
        "dates": {
            "rule_version": "2007-07-01",
            "basis": "assumed",
            "assumed_sent_on": "2026-11-23",
            "sent_on": None,
            "received_on": None,
            "notice": {"literal": "2026-12-07", "whole_weeks": "2026-12-08", "recommended": "2026-12-08"},
            "warning": {"literal": "2026-11-19", "whole_weeks": "2026-11-20", "recommended": "2026-11-20"},
            "petition": {
                "refused_before": "2026-12-07",
                "recommended": "2026-12-08",
                "recommended_working_day": "2026-12-08",
            },
        },
        "remarks": [],
        "blocked": None,
    }


def test_what_was_sent_can_be_read_and_no_number_is_in_it(landlord: httpx.Client) -> None:
    sent = landlord.post("/v1/notices", json=NOTICE)

    answer = landlord.get(sent.headers["location"])

    assert answer.status_code == 200
    assert answer.headers["etag"] == '"1"'
    told = answer.json()
    assert told["tenants"][0]["name"] == "Kari Testperson"
    assert told["tenants"][0]["national_id_given"] is True
    assert told["tenants"][0]["birth_date"] is None
    assert told["landlord"]["contact"]["email"] == "utleie@tiger.example"
    assert [claim["outstanding_amount"] for claim in told["breach"]["claims"]] == ["12500.00", "9000.00"]
    assert [one["event"] for one in told["history"]] == ["notice.accepted"]
    assert "01819010001" not in sent.text + answer.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestFaults:
    def test_each_fault_of_shape_has_its_code_and_its_place(self, landlord: httpx.Client) -> None:
        for changes, code, pointer in SHAPE:
            answer = landlord.post("/v1/notices", json=changed(NOTICE, *changes))
            assert (answer.status_code, answer.json()["code"]) == (422, "validation-failed"), (code, answer.text)
            assert errors_of(answer) == [(code, pointer)]

    def test_each_fault_of_law_and_routing_has_its_code_and_its_place(self, landlord: httpx.Client) -> None:
        for changes, code, pointer in LAW:
            for path in ("/v1/notices", "/v1/notices/check"):
                answer = landlord.post(path, json=changed(NOTICE, *changes))
                assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
                assert errors_of(answer) == [(code, pointer)]

    def test_a_petition_that_is_too_early_is_answered_with_the_dates(self, landlord: httpx.Client) -> None:
        answer = landlord.post("/v1/notices", json=changed(NOTICE, (("planned_petition_date",), "2026-12-06")))
        assert answer.json()["dates"]["petition"]["refused_before"] == "2026-12-07"

    def test_all_faults_of_shape_are_told_together(self, landlord: httpx.Client) -> None:
        body = changed(NOTICE, (("reference",), ABSENT), ((*TENANT, "national_id"), "1"), (("more",), 1))
        answer = landlord.post("/v1/notices", json=body)
        assert {code for code, _ in errors_of(answer)} == {"missing", "invalid-identity-number", "unknown-field"}

    def test_all_faults_of_law_routing_and_reservation_are_told_together(self, landlord: httpx.Client) -> None:
        reserve(landlord, "K-1044", {"name": "Kari Testperson", "birth_date": "1990-01-01"})
        body = changed(
            NOTICE,
            (("lease", "eviction_clause"), False),
            (("planned_petition_date",), "2026-12-06"),
            (("dwelling", "postal_code"), "0000"),
        )
        answer = landlord.post("/v1/notices", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "notice-refused")
        assert {code for code, _ in errors_of(answer)} >= {
            "eviction-clause-missing",
            "petition-too-early",
            "unknown-postal-code",
            "tenant-reserved",
        }
        assert "dates" in answer.json()

    def test_faults_of_one_kind_come_under_their_own_code(self, landlord: httpx.Client) -> None:
        late = [CLAIM | {"due_date": "2026-11-23"}, CLAIM | {"due_date": "2026-12-01"}, CLAIM]
        answer = landlord.post("/v1/notices", json=changed(NOTICE, (("breach", "claims"), late)))
        assert answer.json()["code"] == "nothing-overdue"
        assert len(answer.json()["errors"]) == 2

    def test_a_refused_notice_leaves_nothing(self, service: Service, landlord: httpx.Client) -> None:
        before = rows_in(service.context.engine)
        refused = landlord.post("/v1/notices", json=changed(NOTICE, (("planned_petition_date",), "2026-12-06")))
        assert refused.status_code == 422
        assert landlord.post("/v1/notices/check", json=NOTICE).status_code == 200
        assert rows_in(service.context.engine) == before

    def test_no_value_is_echoed_in_a_fault(self, landlord: httpx.Client) -> None:
        body = changed(NOTICE, ((*TENANT, "national_id"), "01819010002"), (("01819010001",), "Kari Testperson"))
        answer = landlord.post("/v1/notices", json=body)
        assert answer.status_code == 422
        for value in ("01819010002", "01819010001", "Kari"):
            assert value not in answer.text

    def test_the_landlord_may_not_be_the_tenant(self, service: Service, landlord: httpx.Client) -> None:
        del landlord
        agent = service.agent()
        body = of_a_person() | {"tenants": [{"name": "Per Utleier", "national_id": PERSON["national_id"]}]}
        answer = agent.post("/v1/notices", json=body)
        assert errors_of(answer) == [("landlord-is-tenant", "/tenants/0/national_id")]

    def test_the_warnings_period_must_be_over_where_the_policy_says_so(
        self, new_service: Callable[..., Service]
    ) -> None:
        service = new_service(ground_rule="sequential")
        move_clock_to(service.context.engine, datetime(2026, 11, 19, 12, tzinfo=UTC))
        answer = service.landlord().post("/v1/notices", json=NOTICE)
        assert errors_of(answer) == [("warning-period-running", "/ground/warning_sent_on")]

        move_clock_to(service.context.engine, datetime(2026, 11, 19, 23, 30, tzinfo=UTC))
        assert service.landlord().post("/v1/notices", json=NOTICE).status_code == 201


class TestDates:
    def test_the_day_is_oslos_at_the_moment_of_acceptance(self, service: Service) -> None:
        """Half past eleven in London in winter is the next day in Oslo; the process's own clock says another year."""
        move_clock_to(service.context.engine, datetime(2026, 12, 10, 23, 30, tzinfo=UTC))
        body = changed(NOTICE, (("planned_petition_date",), None))
        dates = service.landlord().post("/v1/notices", json=body).json()["dates"]
        assert (dates["assumed_sent_on"], dates["petition"]["recommended"]) == ("2026-12-11", "2026-12-29")
