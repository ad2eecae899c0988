"""A landlord's changes to an open notice (LAW, cases 2 and 3; DESIGN § 2)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.notices.bodies import errors_of
from tests.notices.scenario import Scenario, both
from tests.service import AGENT, LANDLORD, OTHER_LANDLORD, Service
from varsling.deliveries.channels.channel import Permanent


@pytest.fixture
def scenario(service: Service) -> Scenario:
    return Scenario.with_grant(service)


def claims(scenario: Scenario, outstanding: str = "12500.00") -> list[dict[str, Any]]:
    due = (scenario.today - timedelta(days=60)).isoformat()
    return [{"due_date": due, "original_amount": "12500.00", "outstanding_amount": outstanding}]


class TestSettlement:
    def test_before_the_first_dispatch_nothing_goes_out(self, scenario: Scenario) -> None:
        notice = scenario.send()

        settled = scenario.settle(notice["id"])
        scenario.work()

        assert settled.status_code == 200
        assert settled.json()["status"] == "settled"
        assert settled.json()["tenants"][0]["copy"]["status"] == "not_sent"
        assert scenario.letters("copy") == scenario.letters("second") == []
        assert scenario.types() == []
        assert scenario.types(scenario.landlord) == ["notice.settled"]

    def test_after_publication_the_office_and_every_tenant_hear_of_it(self, scenario: Scenario) -> None:
        notice = scenario.send(*both())
        scenario.work()

        assert scenario.settle(notice["id"]).status_code == 200

        told = scenario.events(type="notice.settled")
        assert [(one["reason"], one["delete"], one["version"]) for one in told] == [("paid", False, 1)]
        assert scenario.letters("second") == []  # published at once; letters follow
        scenario.work()
        assert len(scenario.letters("second")) == 2
        assert scenario.fetch(notice["id"]).json()["status"] == "settled"

    def test_a_day_to_come_is_refused(self, scenario: Scenario) -> None:
        notice = scenario.send()
        later = (scenario.today + timedelta(days=1)).isoformat()

        refused = scenario.change(notice["id"], "settlement", {"reason": "paid", "on": later})

        assert (refused.status_code, refused.json()["code"]) == (422, "date-in-future")
        assert refused.json()["errors"][0]["pointer"] == "/on"

    def test_a_day_before_the_oldest_claim_was_due_is_a_slip(self, scenario: Scenario) -> None:
        notice = scenario.send(breach=scenario.body()["breach"] | {"claims": claims(scenario)})
        for days, status in ((61, 422), (60, 200)):
            on = f"{scenario.today - timedelta(days=days)}"
            answer = scenario.change(notice["id"], "settlement", {"reason": "paid", "on": on})
            assert answer.status_code == status, answer.text
            if status == 422:
                assert errors_of(answer) == [("date-conflict", "/on")]
                assert "forfalt" in answer.json()["errors"][0]["detail"]

    def test_a_new_breach_needs_a_new_notice(self, scenario: Scenario) -> None:
        first = scenario.send()
        scenario.settle(first["id"])

        second = scenario.send(reference="K-1044-2027-01")

        assert second["id"] != first["id"]


class TestWithdrawal:
    def test_a_mistake_leaves_the_notice_readable_as_withdrawn(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.work()

        assert scenario.withdraw(notice["id"]).json()["status"] == "withdrawn"

        (event,) = scenario.events(type="notice.withdrawn")
        assert (event["reason"], event["delete"]) == ("mistake", False)
        assert scenario.fetch(notice["id"]).json()["status"] == "withdrawn"
        scenario.work()
        assert len(scenario.letters("second")) == 1

    def test_the_wrong_person_closes_the_content_at_once(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.work()
        assert scenario.fetch(notice["id"]).status_code == 200

        assert scenario.withdraw(notice["id"], "wrong_person").status_code == 200

        (event,) = scenario.events(type="notice.withdrawn")
        assert (event["reason"], event["delete"]) == ("wrong_person", True)
        gone = scenario.fetch(notice["id"])
        assert (gone.status_code, gone.json()["code"]) == (410, "erased")
        assert scenario.nav.head(f"/v1/feed/notices/{notice['id']}").status_code == 410
        scenario.work()
        assert len(scenario.letters("second")) == 1

    def test_before_publication_the_office_hears_nothing(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.withdraw(notice["id"], "wrong_person")
        scenario.work()

        assert scenario.types() == []
        assert scenario.fetch(notice["id"]).status_code == 404
        assert scenario.letters("copy") == scenario.letters("second") == []

    def test_it_frees_the_reference(self, scenario: Scenario) -> None:
        first = scenario.send()
        scenario.withdraw(first["id"])

        again = scenario.landlord.post("/v1/notices", json=scenario.body())

        assert again.status_code == 201
        assert again.json()["id"] != first["id"]

    def test_the_reason_reserved_is_nobodys_to_give(self, scenario: Scenario) -> None:
        notice = scenario.send()
        assert scenario.withdraw(notice["id"], "reserved").status_code == 422

    def test_nor_do_versions_that_no_office_has_yet(self, new_service: Callable[..., Service]) -> None:
        """Publication waits for days here, so that a tenant can answer."""
        scenario = Scenario.with_grant(new_service(reservation_window_days=7))
        notice = scenario.send()
        scenario.work()
        for amount in range(100, 600, 100):
            body = {"deposited_amount": f"{amount}.00"}
            assert scenario.change(notice["id"], "update", body).status_code == 200
            scenario.work()
        assert len(scenario.letters("copy")) == 3
        scenario.change(notice["id"], "update", {"petition_filed_on": scenario.today.isoformat()})
        scenario.work()
        assert len(scenario.letters("copy")) == 4
        scenario.pass_time(timedelta(days=8))
        scenario.work()
        assert scenario.types() == ["notice.sent"]


class TestUpdate:
    def test_before_publication_only_the_new_version_goes_out(self, scenario: Scenario) -> None:
        notice = scenario.send(*both())

        updated = scenario.change(notice["id"], "update", {"claims": claims(scenario)})
        scenario.work()

        assert updated.status_code == 200
        assert (updated.json()["version"], updated.headers["etag"]) == (2, '"2"')
        assert updated.json()["outstanding_total"] == "12500.00"
        assert len(scenario.letters("copy")) == 2
        assert [(one["type"], one["version"]) for one in scenario.events()] == [("notice.sent", 2)]
        assert scenario.fetch(notice["id"]).json()["breach"]["outstanding_total"] == "12500.00"

    def test_after_publication_the_old_version_stands_until_the_copies_are_out(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.work()
        sent_on = scenario.read(notice["id"])["dates"]["sent_on"]
        scenario.pass_time(timedelta(days=5))
        assert scenario.fetch(notice["id"]).status_code == 200

        scenario.change(notice["id"], "update", {"claims": claims(scenario, "12000.00")})
        scenario.work()

        before = scenario.fetch(notice["id"])
        assert before.json()["breach"]["outstanding_total"] == "21500.00"
        assert before.headers["etag"] == '"1"'
        assert [one["version"] for one in before.json()["history"]] == [1, 1]
        assert len(scenario.letters("copy")) == 1  # an update's letter comes at most once in 14 days
        assert scenario.read(notice["id"])["tenants"][0]["copy"]["status"] == "queued"
        scenario.pass_time(timedelta(days=9))
        scenario.work()
        after = scenario.fetch(notice["id"])
        assert after.json()["breach"]["outstanding_total"] == "12000.00"
        assert after.headers["etag"] == '"2"'
        assert scenario.types() == ["notice.sent", "notice.updated"]
        read = scenario.read(notice["id"])
        assert read["dates"]["sent_on"] == sent_on
        assert read["status"] == "received"
        assert len(scenario.letters("copy")) == 2

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    def test_how_often_a_letter_of_an_update_comes_is_a_setting(self, new_service: Callable[..., Service]) -> None:
        scenario = Scenario.with_grant(new_service(update_letter_days=0))
        notice = scenario.send()
        scenario.work()
        scenario.change(notice["id"], "update", {"deposited_amount": "100.00"})
        scenario.work()
        assert len(scenario.letters("copy")) == 2

    def test_a_settlement_does_not_wait_behind_an_update(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.work()
        scenario.change(notice["id"], "update", {"deposited_amount": "100.00"})
        scenario.settle(notice["id"])
        scenario.pass_time(timedelta(days=15))
        scenario.work()
        assert (len(scenario.letters("copy")), len(scenario.letters("second"))) == (1, 1)

    def test_the_same_again_is_no_version(self, scenario: Scenario) -> None:
        notice = scenario.send()
        standing = scenario.read(notice["id"])["breach"]

        same = scenario.change(notice["id"], "update", {"deposited_amount": standing["deposited_amount"]})

        assert same.status_code == 200
        assert same.json()["version"] == 1

    def test_its_faults_point_into_its_own_body(self, scenario: Scenario) -> None:
        notice = scenario.send()
        today = scenario.today.isoformat()

        refused = scenario.change(
            notice["id"],
            "update",
            {
                "claims": [{"due_date": today, "original_amount": "1.00", "outstanding_amount": "1.00"}],
                "planned_petition_date": (scenario.today + timedelta(days=1)).isoformat(),
            },
        )

        assert (refused.status_code, refused.json()["code"]) == (422, "notice-refused")
        found = {(one["pointer"], one["code"]) for one in refused.json()["errors"]}
        assert ("/claims/0/due_date", "nothing-overdue") in found
        assert ("/planned_petition_date", "petition-too-early") in found
        assert refused.json()["dates"]["petition"]["refused_before"]
        assert scenario.read(notice["id"])["version"] == 1

    def test_deposited_rent_counts_as_paid(self, scenario: Scenario) -> None:
        notice = scenario.send()
        refused = scenario.change(notice["id"], "update", {"deposited_amount": "21500.00"})
        assert refused.json()["code"] == "rent-deposited"

    def test_a_petition_that_was_filed_takes_the_planned_dates_place(self, scenario: Scenario) -> None:
        notice = scenario.send(planned_petition_date=(scenario.today + timedelta(days=40)).isoformat())

        updated = scenario.change(notice["id"], "update", {"petition_filed_on": scenario.today.isoformat()})

        assert {one["code"] for one in updated.json()["remarks"]} == {"petition-already-filed"}
        read = scenario.read(notice["id"])
        assert read["planned_petition_date"] is None
        assert read["petition_filed_on"] == scenario.today.isoformat()


class TestNewsOfAPetition:
    """It waits for no letter's turn (LAW, case 4)."""

    def filed(self, scenario: Scenario, *tenants: dict[str, Any]) -> dict[str, Any]:
        """A published notice with a petition whose copies are not out."""
        notice = scenario.send(*tenants)
        scenario.work()
        self.update(scenario, notice, petition_filed_on=scenario.today.isoformat())
        return notice

    def update(self, scenario: Scenario, notice: dict[str, Any], **changes: str) -> None:
        assert scenario.change(notice["id"], "update", changes).status_code == 200

    def test_it_does_not_wait_behind_sums(self, scenario: Scenario) -> None:
        notice = self.filed(scenario)
        self.update(scenario, notice, deposited_amount="100.00")
        scenario.work()
        assert len(scenario.letters("copy")) == 2
        assert scenario.types() == ["notice.sent", "notice.petition_filed"]

    def test_nor_behind_sums_for_a_tenant_who_has_her_letter(self, scenario: Scenario) -> None:
        notice = self.filed(scenario, *both())
        scenario.dispatch_to("Kari Testperson")
        self.update(scenario, notice, deposited_amount="100.00")
        scenario.work()
        assert scenario.types() == ["notice.sent", "notice.petition_filed"]

    def test_a_corrected_address_does_not_make_it_wait(self, scenario: Scenario) -> None:
        notice = self.filed(scenario)
        address = {"lines": ["Nygata 5"], "postal_code": "5003", "city": "Bergen"}
        body = {"tenant": notice["tenants"][0]["id"], "postal_address": address}
        assert scenario.change(notice["id"], "contact", body).status_code == 200
        scenario.work()
        assert len(scenario.letters("copy")) == 2
        assert scenario.types() == ["notice.sent", "notice.petition_filed"]

    def test_one_that_was_withdrawn_by_mistake_stands_when_it_is_told_again(self, scenario: Scenario) -> None:
        notice = self.filed(scenario)
        scenario.work()
        today = scenario.today.isoformat()
        self.update(scenario, notice, petition_withdrawn_on=today)
        scenario.work()
        # What was told before, both dates or the later one, says nothing new.
        self.update(scenario, notice, petition_withdrawn_on=today)
        self.update(scenario, notice, petition_filed_on=today, petition_withdrawn_on=today)
        assert scenario.types() == ["notice.sent", "notice.petition_filed", "notice.petition_withdrawn"]
        told = scenario.change(notice["id"], "update", {"petition_filed_on": today}).json()
        assert told["dates"]["petition"] is None
        scenario.work()
        assert scenario.types()[3:] == ["notice.petition_filed"]
        assert scenario.fetch(notice["id"]).json()["petition_withdrawn_on"] is None

    def test_its_withdrawal_goes_to_one_who_heard_of_it(self, scenario: Scenario) -> None:
        notice = self.filed(scenario, *both())
        scenario.dispatch_to("Kari Testperson")
        self.update(scenario, notice, petition_withdrawn_on=scenario.today.isoformat())
        scenario.work()
        assert scenario.types() == ["notice.sent"]  # the office never heard of a petition
        assert [one["address"][0] for one in scenario.letters("copy")][2:] == ["Kari Testperson"]


class TestEveryChange:
    @pytest.mark.parametrize(
        ("what", "body"),
        [
            ("update", {"deposited_amount": "100.00"}),
            ("settlement", {"reason": "paid", "on": "2020-01-01"}),
            ("withdrawal", {"reason": "mistake"}),
        ],
    )
    def test_same_key_same_answer(self, scenario: Scenario, what: str, body: dict[str, Any]) -> None:
        notice = scenario.send()
        body = body | {name: f"{scenario.today}" for name in body if name == "on"}

        first = scenario.change(notice["id"], what, body, Idempotency_Key="k")
        again = scenario.change(notice["id"], what, body, Idempotency_Key="k")
        elsewhere = scenario.change(
            notice["id"], "contact", {"tenant": notice["id"], "phone": "+4799999999"}, Idempotency_Key="k"
        )

        assert first.status_code == again.status_code == 200
        assert again.content == first.content
        assert again.headers["etag"] == first.headers["etag"]
        assert "idempotency-replayed" not in first.headers
        assert again.headers["idempotency-replayed"] == "true"
        assert elsewhere.json()["code"] == "idempotency-key-reused"

    def test_a_stale_version_is_a_conflict(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.change(notice["id"], "update", {"deposited_amount": "100.00"})

        stale = scenario.change(notice["id"], "withdrawal", {"reason": "mistake"}, If_Match='"1"')
        fresh = scenario.change(notice["id"], "withdrawal", {"reason": "mistake"}, If_Match='"2"')

        assert (stale.status_code, stale.json()["code"]) == (412, "version-conflict")
        assert fresh.status_code == 200

    def test_a_closed_notice_is_closed(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.settle(notice["id"])

        for what, body in (
            ("update", {"deposited_amount": "100.00"}),
            ("contact", {"tenant": notice["tenants"][0]["id"], "phone": "+4799999999"}),
            ("settlement", {"reason": "paid", "on": "2020-01-01"}),
            ("withdrawal", {"reason": "mistake"}),
        ):
            refused = scenario.change(notice["id"], what, body)
            assert (refused.status_code, refused.json()["code"]) == (409, "notice-closed"), what

    def test_it_is_the_landlords_sides_alone(self, scenario: Scenario) -> None:
        notice = scenario.send()
        body = {"reason": "mistake"}
        for other in (scenario.service.landlord(OTHER_LANDLORD), scenario.service.agent()):
            assert other.post(f"/v1/notices/{notice['id']}/withdrawal", json=body).status_code == 404
        assert scenario.nav.post(f"/v1/notices/{notice['id']}/withdrawal", json=body).status_code == 403

    def test_a_landlord_withdraws_what_its_agent_sent(self, scenario: Scenario) -> None:
        agent = {"organisation_number": AGENT, "name": "Forvalter AS", "contact": {"email": "post@forvalter.example"}}
        attestations = {"no_reservation_received": True, "reason_to_notify": True, "power_of_attorney": True}
        body = scenario.body(agent=agent, attestations=attestations)
        sent = scenario.service.agent().post("/v1/notices", json=body)
        assert sent.status_code == 201, sent.text

        withdrawn = scenario.withdraw(sent.json()["id"])

        assert withdrawn.status_code == 200
        assert scenario.types(scenario.service.agent()) == ["notice.withdrawn"]
        (event,) = scenario.events(scenario.landlord)
        assert (event["reference"], event["landlord"]) == (body["reference"], LANDLORD)


class TestContact:
    def test_a_copy_that_is_not_out_goes_to_the_new_address(self, scenario: Scenario) -> None:
        notice = scenario.send()
        address = {"lines": ["Nygata 5"], "postal_code": "5003", "city": "Bergen"}
        changed = scenario.change(
            notice["id"], "contact", {"tenant": notice["tenants"][0]["id"], "postal_address": address}
        )
        scenario.work()

        assert changed.status_code == 200
        (letter,) = scenario.letters("copy")
        assert "Nygata 5" in letter["address"]
        assert scenario.types() == ["notice.sent"]

    def test_a_copy_that_arrived_is_not_sent_again(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.work()
        scenario.change(notice["id"], "contact", {"tenant": notice["tenants"][0]["id"], "phone": "+4799999999"})
        scenario.work()

        assert len(scenario.letters("copy")) == 1
        assert scenario.fetch(notice["id"]).json()["tenants"][0]["phone"] == "+4799999999"

    def test_the_office_is_told_to_read_a_new_phone_number_and_of_no_other_address(self, scenario: Scenario) -> None:
        notice = scenario.send()
        tenant = notice["tenants"][0]["id"]
        address = {"lines": ["Nygata 5"], "postal_code": "5003", "city": "Bergen"}
        scenario.work()
        scenario.fetch(notice["id"])
        told = []
        for change in ({"postal_address": address}, {"phone": "+4799999999"}, {"phone": "+4799999999"}):
            assert scenario.change(notice["id"], "contact", {"tenant": tenant} | change).status_code == 200
            scenario.work()
            told.append(scenario.types()[1:])
        assert told == [[], ["notice.updated"], ["notice.updated"]]
        (event,) = scenario.events(type="notice.updated")
        assert (event["notice"], event["version"]) == (notice["id"], 1)

    def test_it_resumes_what_stopped_for_want_of_an_address(self, scenario: Scenario) -> None:
        notice = scenario.send(*both())
        scenario.dispatch_to("Kari Testperson", otherwise=Permanent("no-address"))
        scenario.work()
        assert scenario.read(notice["id"])["blocked"] == {"reason": "copy-undeliverable"}
        assert scenario.types(scenario.landlord) == ["copy.dispatched", "copy.undeliverable", "notice.blocked"]
        assert len(scenario.letters("second")) == 1
        ola = next(one["id"] for one in scenario.read(notice["id"])["tenants"] if one["name"] == "Ola Prøvesen")
        address = {"lines": ["Nygata 5"], "postal_code": "5003", "city": "Bergen"}

        changed = scenario.change(notice["id"], "contact", {"tenant": ola, "postal_address": address})
        scenario.work()

        assert (changed.status_code, changed.json()["status"], changed.json()["version"]) == (200, "accepted", 2)
        assert len(scenario.letters("copy")) == 2  # every tenant again: the first copy had been taken back
        assert scenario.types() == ["notice.sent"]
        scenario.settle(notice["id"])
        scenario.work()
        assert len(scenario.letters("second")) == 3

    def test_another_notice_may_have_taken_its_place(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.dispatch_to(otherwise=Permanent("no-address"))
        body = {"tenant": notice["tenants"][0]["id"], "phone": "+4799999999"}
        same_reference = scenario.send(lease={"reference": "K-2", "use": "dwelling", "eviction_clause": True})
        assert scenario.change(notice["id"], "contact", body).json()["code"] == "duplicate-reference"
        scenario.withdraw(same_reference["id"])
        other = scenario.send(reference="K-1044-B")
        refused = scenario.change(notice["id"], "contact", body).json()
        assert (refused["code"], refused["existing"]["id"]) == ("open-notice-exists", other["id"])

    def test_another_notices_tenant_is_not_there(self, scenario: Scenario) -> None:
        notice = scenario.send()
        missing = scenario.change(notice["id"], "contact", {"tenant": notice["id"], "phone": "+4799999999"})
        assert missing.status_code == 404


class TestDates:
    """A date that a caller sends is never dropped in silence: it counts, or is refused."""

    def again(self, scenario: Scenario, **changes: Any) -> httpx.Response:
        body = scenario.body(reference="AGAIN", if_open="update") | changes
        return scenario.landlord.post("/v1/notices", json=body)

    def test_an_update_by_a_notice_states_the_same_ground(self, scenario: Scenario) -> None:
        scenario.send(*both())
        tenants = list(both())
        other = {"code": "rent_unpaid", "warning_sent_on": (scenario.today - timedelta(days=5)).isoformat()}
        for path in ("/v1/notices", "/v1/notices/check"):
            body = scenario.body(*tenants, reference="AGAIN", if_open="update", ground=other)
            answer = scenario.landlord.post(path, json=body)
            assert errors_of(answer) == [("date-conflict", "/ground/warning_sent_on")]
            assert "Det åpne varselet" in answer.json()["errors"][0]["detail"]
        judged = {"code": "judgment", "decided_on": (scenario.today - timedelta(days=5)).isoformat()}
        answer = self.again(scenario, tenants=tenants, ground=judged)
        assert (answer.status_code, answer.json()["code"]) == (409, "open-notice-exists")
        assert answer.json()["existing"]["version"] == 1

    def test_a_notice_that_says_nothing_new_is_told_which_one_it_became(self, scenario: Scenario) -> None:
        notice = scenario.send()
        for path in ("/v1/notices/check", "/v1/notices"):
            answer = scenario.landlord.post(path, json=scenario.body(reference="AGAIN", if_open="update"))
            assert (answer.status_code, answer.json()["id"], answer.json()["version"]) == (200, notice["id"], 1)
            assert [one["code"] for one in answer.json()["remarks"]] == ["updated-existing"]

    def test_an_update_by_a_notice_brings_what_is_new(self, scenario: Scenario) -> None:
        notice = scenario.send()
        given = {"on": scenario.today.isoformat(), "how": "hand"}
        held = (scenario.today + timedelta(days=30)).isoformat()
        answer = self.again(
            scenario,
            attestations={"no_reservation_received": True, "reason_to_notify": True, "copy_given": given},
            children_in_dwelling=True,
            petition_held_until=held,
        )
        assert (answer.status_code, answer.json()["id"], answer.json()["version"]) == (200, notice["id"], 2)
        seen = scenario.read(notice["id"])
        assert (seen["attestations"]["copy_given"], seen["petition_held_until"]) == (given, held)
        assert seen["children_in_dwelling"] is True

    @pytest.mark.parametrize(
        ("at", "value"),
        [
            ("/dwelling/house_number", "3"),
            ("/dwelling/unit_number", "H0999"),
            ("/lease/use", "mixed"),
            ("/tenants/0/name", "Kari Annensen"),
            ("/tenants/0/email", "ny@mail.example"),
            ("/tenants/0/phone", "+4799999999"),
            ("/tenants/0/language", "nn"),
            ("/tenants/0/postal_address", {"lines": ["Nygata 5"], "postal_code": "5003", "city": "Bergen"}),
        ],
    )
    def test_what_an_update_by_a_notice_cannot_take_is_refused(self, scenario: Scenario, at: str, value: Any) -> None:
        notice = scenario.send()
        body = scenario.body(reference="AGAIN", if_open="update")
        *way, member = [int(part) if part.isdigit() else part for part in at.split("/")[1:]]
        part: Any = body
        for step in way:
            part = part[step]
        part[member] = value
        for path in ("/v1/notices", "/v1/notices/check"):
            answer = scenario.landlord.post(path, json=body)
            assert errors_of(answer) == [("open-notice-exists", at)]
            assert answer.json()["existing"]["id"] == notice["id"]
        assert scenario.read(notice["id"])["version"] == 1

    def test_another_spelling_of_the_same_is_the_same(self, scenario: Scenario) -> None:
        notice = scenario.send()
        body = scenario.body(reference="AGAIN", if_open="update", children_in_dwelling=True)
        body["dwelling"] |= {"city": None, "street": body["dwelling"]["street"].upper(), "municipality_number": "0301"}
        body["tenants"][0]["name"] = body["tenants"][0]["name"].upper()
        answer = scenario.landlord.post("/v1/notices", json=body)
        assert (answer.status_code, answer.json()["id"]) == (200, notice["id"]), answer.text

    def test_after_a_wrong_person_the_others_notice_can_be_updated(self, scenario: Scenario) -> None:
        notice = scenario.send(*both())
        wrong = {"reason": "wrong_person", "tenants": [notice["tenants"][1]["id"]]}
        assert scenario.change(notice["id"], "withdrawal", wrong).status_code == 200
        grown = {"children_in_dwelling": True}
        full = self.again(scenario, tenants=list(both()), **grown)
        assert (full.status_code, full.json()["code"]) == (409, "open-notice-exists")
        reduced = self.again(scenario, tenants=[both()[0]], **grown)
        assert (reduced.status_code, reduced.json()["id"]) == (200, notice["id"]), reduced.text

    def test_an_update_by_a_notice_takes_the_landlords_new_contact(self, scenario: Scenario) -> None:
        notice = scenario.send()
        landlord = scenario.body()["landlord"] | {"contact": {"email": "ny@tiger.example"}}
        account = {"account_number": "15032080119", "kid": None}
        answer = self.again(scenario, landlord=landlord, payment=account)
        assert (answer.status_code, answer.json()["version"]) == (200, 2)
        seen = scenario.read(notice["id"])
        assert seen["landlord"]["contact"]["email"] == "ny@tiger.example"
        assert seen["payment"]["account_number"] == "15032080119"
        speaking = landlord | {"contact": {"email": "ny@tiger.example", "name": "Namsmannen i Oslo"}}
        assert errors_of(self.again(scenario, landlord=speaking)) == [("invalid-text", "/landlord")]

    def test_the_sums_have_a_date(self, scenario: Scenario) -> None:
        notice, sent_on = scenario.send()["id"], scenario.today
        assert scenario.read(notice)["breach"]["balance_as_of"] == sent_on.isoformat()
        scenario.pass_time(timedelta(days=3))
        held = {"petition_held_until": (scenario.today + timedelta(days=30)).isoformat()}
        assert scenario.change(notice, "update", held).status_code == 200
        assert scenario.read(notice)["breach"]["balance_as_of"] == sent_on.isoformat()  # the sums are what they were
        same = {"claims": scenario.read(notice)["breach"]["claims"]}
        assert scenario.change(notice, "update", same).json()["version"] == 2
        assert scenario.change(notice, "update", {"deposited_amount": "100.00"}).json()["version"] == 3
        assert scenario.read(notice)["breach"]["balance_as_of"] == scenario.today.isoformat()
        old = {"balance_as_of": (scenario.today - timedelta(days=15)).isoformat()}
        answer = scenario.change(notice, "update", old)
        assert "balance-old" in {one["code"] for one in answer.json()["remarks"]}
        ahead = {"balance_as_of": (scenario.today + timedelta(days=1)).isoformat()}
        assert errors_of(scenario.change(notice, "update", ahead)) == [("date-in-future", "/balance_as_of")]


class TestLimits:
    def test_a_notice_changes_twenty_times_a_day(self, scenario: Scenario) -> None:
        """Each change takes a copy back and queues another, and all of them are read at the next."""
        notice = scenario.send()
        scenario.work()
        tenant = notice["tenants"][0]["id"]

        def change(number: int) -> httpx.Response:
            return scenario.change(notice["id"], "contact", {"tenant": tenant, "phone": f"+479000{number:04}"})

        assert {change(number).status_code for number in range(20)} == {200}
        limited = change(20)
        assert (limited.status_code, limited.json()["code"]) == (429, "rate-limited")
        assert int(limited.headers["Retry-After"]) > 3600
        sums = {"deposited_amount": "100.00"}
        assert scenario.change(notice["id"], "update", sums).status_code == 429
        assert scenario.settle(notice["id"]).status_code == 200
        scenario.pass_time(timedelta(days=1))

    def test_petitions_back_and_forth_send_no_letters_without_end(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.work()
        for ago in (8, 6, 4, 2):
            for member, day in (("petition_filed_on", ago), ("petition_withdrawn_on", ago - 1)):
                body = {member: (scenario.today - timedelta(days=day)).isoformat()}
                assert scenario.change(notice["id"], "update", body).status_code == 200
                scenario.work()
        # The first notice, a petition, its withdrawal, a second petition: that one is withdrawn in two weeks' time.
        assert len(scenario.letters("copy")) == 4
        assert scenario.types().count("notice.petition_filed") == 2
        scenario.pass_time(timedelta(days=15))
        scenario.work()
        assert len(scenario.letters("copy")) == 5
        assert scenario.types()[-1] == "notice.petition_withdrawn"
