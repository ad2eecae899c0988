"""A notice's parties: landlords and agents, tenants who reserved, open notices, limits."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from tests.notices.bodies import (
    AGENT,
    KARI,
    OLA,
    PERSON,
    changed,
    errors_of,
    notice,
    of_a_person,
    pass_time,
    reserve,
)
from tests.service import Service
from varsling.deliveries.tables import deliveries
from varsling.notices.tables import notice_tenants, notices
from varsling.tenants.tables import tenant_codes

OTHER = "310332712"


def codes_of(answer: httpx.Response) -> list[str]:
    return [remark["code"] for remark in answer.json()["remarks"]]


def count(engine: sa.Engine, table: sa.Table) -> int:
    with engine.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


class TestLandlords:
    def test_the_body_must_name_the_tokens_landlord(self, landlord: httpx.Client) -> None:
        answer = landlord.post("/v1/notices", json=changed(notice(), (("landlord", "organisation_number"), OTHER)))
        assert (answer.status_code, answer.json()["code"]) == (403, "landlord-mismatch")

    def test_a_person_needs_an_agent_with_a_power_of_attorney(self, landlord: httpx.Client) -> None:
        assert landlord.post("/v1/notices", json=of_a_person()).json()["code"] == "landlord-mismatch"

    @pytest.mark.parametrize("kind", ["supplier", "system_vendor"])
    def test_a_supplier_sends_for_the_tokens_landlord_and_says_who_it_is(
        self, service: Service, landlord: httpx.Client, kind: str
    ) -> None:
        supplier = service.landlord(**{kind: "313367002"})
        assert errors_of(supplier.post("/v1/notices", json=notice())) == [("missing", "/agent")]
        body = notice() | {"agent": AGENT}
        unattested = supplier.post("/v1/notices", json=body)
        assert errors_of(unattested) == [("power-of-attorney-not-attested", "/attestations/power_of_attorney")]
        body["attestations"] = {"no_reservation_received": True, "reason_to_notify": True, "power_of_attorney": True}
        answer = supplier.post("/v1/notices", json=body)
        assert answer.status_code == 201, answer.text
        # The landlord sees notices sent in its name.
        assert landlord.get(answer.headers["location"]).json()["agent"]["name"] == "Forvalter AS"

    def test_an_agent_may_not_give_another_as_agent(self, service: Service, landlord: httpx.Client) -> None:
        del landlord
        body = of_a_person(agent=AGENT | {"organisation_number": OTHER})
        answer = service.agent().post("/v1/notices", json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert "din egen organisasjon" in answer.json()["errors"][0]["detail"]

    def test_a_landlord_has_no_agent_in_its_own_notice(self, landlord: httpx.Client) -> None:
        assert errors_of(landlord.post("/v1/notices", json=notice() | {"agent": AGENT})) == [
            ("unknown-field", "/agent")
        ]

    def test_an_agent_sends_for_companies_and_persons(self, service: Service, landlord: httpx.Client) -> None:
        agent = service.agent()
        company = notice(1) | {"agent": AGENT, "attestations": of_a_person()["attestations"]}
        answers = [agent.post("/v1/notices", json=body) for body in (company, of_a_person(2))]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert [answer.json()["landlord"]["organisation_number"] for answer in answers] == ["311758489", None]
        whole = agent.get(answers[1].headers["location"])
        assert whole.json()["landlord"]["national_id_given"] is True
        assert PERSON["national_id"] not in answers[1].text + whole.text
        assert landlord.get(answers[1].headers["location"]).status_code == 404

    def test_what_others_sent_is_not_there(self, service: Service, landlord: httpx.Client) -> None:
        sent = landlord.post("/v1/notices", json=notice())
        for stranger in (service.landlord(OTHER), service.agent(), service.landlord(supplier=OTHER)):
            answer = stranger.get(sent.headers["location"])
            assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
            assert stranger.get("/v1/notices").json() == {"items": [], "next": None}


class TestTenants:
    def test_two_tenants_have_copies_and_a_code_for_each_way(self, service: Service, landlord: httpx.Client) -> None:
        answer = landlord.post("/v1/notices", json=notice(tenants=[KARI, OLA]))
        assert [one["copy"]["status"] for one in answer.json()["tenants"]] == ["queued", "queued"]
        engine = service.context.engine
        assert [count(engine, table) for table in (notice_tenants, tenant_codes, deliveries)] == [2, 3, 2]

    def test_one_of_two_who_reserved_is_left_out(self, service: Service, landlord: httpx.Client) -> None:
        reserve(landlord, "K-7", OLA)
        answer = landlord.post("/v1/notices", json=notice(tenants=[KARI, OLA]))
        assert answer.status_code == 201
        assert codes_of(answer) == ["tenant-left-out"]
        assert [one["copy"]["status"] for one in answer.json()["tenants"]] == ["queued", "not_sent"]
        engine = service.context.engine
        assert [count(engine, table) for table in (notice_tenants, tenant_codes, deliveries)] == [2, 2, 1]

    def test_a_lone_tenant_who_reserved_stops_the_notice(self, landlord: httpx.Client) -> None:
        reserve(landlord, "K-7", {"name": "Kari TESTPERSON", "birth_date": "1990-01-01"})
        for path in ("/v1/notices/check", "/v1/notices"):
            answer = landlord.post(path, json=notice())
            assert (answer.status_code, answer.json()["code"]) == (409, "tenant-reserved")
            assert errors_of(answer) == [("tenant-reserved", "/tenants/0")]

    def test_under_eighteen_waits_for_a_person(self, service: Service, landlord: httpx.Client) -> None:
        answer = landlord.post("/v1/notices", json=notice(tenants=[{"name": "Ung Leier", "birth_date": "2008-11-24"}]))
        assert (answer.status_code, answer.json()["status"]) == (201, "accepted")
        with service.context.engine.connect() as connection:
            assert connection.scalars(sa.select(notices.c.held_for)).all() == ["under_age"]
            assert connection.scalars(sa.select(deliveries.c.due_at)).all() == [None]
        of_age = notice(2, tenants=[{"name": "Voksen Leier", "birth_date": "2008-11-23"}])
        landlord.post("/v1/notices", json=of_age)
        with service.context.engine.connect() as connection:
            assert connection.scalars(sa.select(notices.c.held_for).order_by(notices.c.id)).all() == ["under_age", None]


class TestOpenNotice:
    def test_another_of_the_same_lease_is_refused_with_the_one_that_stands(self, landlord: httpx.Client) -> None:
        first = landlord.post("/v1/notices", json=notice(1, lease="K-1")).json()
        for path in ("/v1/notices/check", "/v1/notices"):
            answer = landlord.post(path, json=notice(2, lease="K-1"))
            assert (answer.status_code, answer.json()["code"]) == (409, "open-notice-exists")
            assert answer.json()["existing"] == {
                "id": first["id"],
                "reference": "N-1",
                "version": 1,
                "status": "accepted",
            }

    def test_which_one_stands_is_not_told_to_who_may_not_read_it(
        self, service: Service, landlord: httpx.Client
    ) -> None:
        landlord.post("/v1/notices", json=notice(1, lease="K-1"))
        body = notice(2, lease="K-1") | {"agent": AGENT, "attestations": of_a_person()["attestations"]}
        for if_open in ("refuse", "update"):
            answer = service.agent().post("/v1/notices", json=body | {"if_open": if_open})
            assert (answer.json()["code"], answer.json()["existing"]) == ("open-notice-exists", None)

    def test_it_becomes_an_update_where_that_is_asked(self, landlord: httpx.Client) -> None:
        first = landlord.post("/v1/notices", json=notice(1, lease="K-1"))
        grown = self.grown()
        checked = landlord.post("/v1/notices/check", json=grown)
        answer = landlord.post("/v1/notices", json=grown, headers={"Idempotency-Key": "k-2"})

        for told in (checked, answer):
            assert (told.status_code, told.json()["id"]) == (200, first.json()["id"])
            assert (told.json()["version"], told.json()["outstanding_total"]) == (2, "25000.00")
            assert codes_of(told) == ["updated-existing"]
        assert answer.headers["etag"] == '"2"'
        replay = landlord.post("/v1/notices", json=grown, headers={"Idempotency-Key": "k-2"})
        assert (replay.status_code, replay.content) == (200, answer.content)
        assert replay.headers["idempotency-replayed"] == "true"

    def test_the_same_again_sends_no_second_letter(self, service: Service, landlord: httpx.Client) -> None:
        landlord.post("/v1/notices", json=notice(1, lease="K-1"))
        answers = [landlord.post("/v1/notices", json=self.grown()) for _ in range(2)]
        assert [answer.json()["version"] for answer in answers] == [2, 2]
        assert count(service.context.engine, deliveries) == 2

    def test_an_updates_faults_stand_where_the_notice_has_them(self, landlord: httpx.Client) -> None:
        landlord.post("/v1/notices", json=notice(1, lease="K-1"))
        early = self.grown() | {"planned_petition_date": "2026-12-01"}
        for path in ("/v1/notices/check", "/v1/notices"):
            answer = landlord.post(path, json=early)
            assert (answer.status_code, errors_of(answer)) == (422, [("petition-too-early", "/planned_petition_date")])

    def test_the_clock_of_the_open_notice_counts_for_its_update(self, service: Service, landlord: httpx.Client) -> None:
        """Planned nine days from now: too early for a new notice, not for one that has stood for a week."""
        landlord.post("/v1/notices", json=notice(1, lease="K-1"))
        pass_time(service.context.engine, timedelta(days=7))
        answer = landlord.post("/v1/notices", json=self.grown() | {"planned_petition_date": "2026-12-09"})
        assert answer.status_code == 200, answer.text

    def test_other_tenants_are_no_update(self, landlord: httpx.Client) -> None:
        landlord.post("/v1/notices", json=notice(1, lease="K-1"))
        answer = landlord.post("/v1/notices", json=self.grown() | {"tenants": [KARI, OLA]})
        assert answer.json()["code"] == "open-notice-exists"

    def grown(self) -> dict[str, Any]:
        """The same breach with a bigger debt, sent as a new notice."""
        outstanding = (("breach", "claims", 1, "outstanding_amount"), "12500.00")
        return changed(notice(2, lease="K-1"), outstanding) | {"if_open": "update"}


class TestLimit:
    def test_the_fourth_notice_about_a_tenant_is_refused_until_the_first_is_old(
        self, service: Service, landlord: httpx.Client
    ) -> None:
        for number in range(3):
            assert landlord.post("/v1/notices", json=notice(number)).status_code == 201
        for path in ("/v1/notices/check", "/v1/notices"):
            answer = landlord.post(path, json=notice(4))
            assert (answer.status_code, errors_of(answer)) == (409, [("notice-limit-reached", "/tenants/0")])
        # Another tenant with the same birth date, or another landlord, hinders no notice.
        born_that_day = {"name": "Nora Nabo", "national_id": "01819013744"}
        assert landlord.post("/v1/notices", json=notice(5, tenants=[born_that_day])).status_code == 201
        other = changed(notice(6), (("landlord", "organisation_number"), OTHER))
        assert service.landlord(OTHER).post("/v1/notices", json=other).status_code == 201

        pass_time(service.context.engine, timedelta(days=181))
        later = changed(notice(7), (("planned_petition_date",), None))
        assert landlord.post("/v1/notices", json=later).status_code == 201
