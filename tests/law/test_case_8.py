"""LAW, case 8: a wrong office forwards the notice to another, or answers that it does not know the right one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.notices.scenario import GRUNERLOKKA, Scenario, both
from tests.service import OTHER_LANDLORD, Service
from varsling.domain.office import OfficeNumber
from varsling.domain.problems import NoticeClosed
from varsling.feed.service import GrantKind
from varsling.notices.service import Assign, held_notices, unfetched_notices

SAGENE, VIKAFOSSEN = "0314", "2103"
SAGENES = OTHER_LANDLORD  # the organisation behind Sagene's integration


@pytest.fixture
def scenario(service: Service) -> Scenario:
    """Grünerløkka and Sagene have an integration each."""
    scenario = Scenario.with_grant(service)
    scenario.grant(SAGENE, organisation=SAGENES)
    return scenario


@pytest.fixture
def sent(scenario: Scenario) -> dict[str, Any]:
    notice = scenario.send(*both())
    scenario.work()
    return notice


def forward(
    scenario: Scenario, notice: dict[str, Any], office: str | None = SAGENE, reason: str = "wrong_area", **headers: str
) -> httpx.Response:
    path = f"/v1/feed/notices/{notice['id']}/forwarding"
    return scenario.nav.post(path, json={"office": office, "reason": reason}, headers=headers)


def sagene(scenario: Scenario) -> httpx.Client:
    return scenario.service.nav(SAGENES)


def assign(scenario: Scenario, notice: dict[str, Any], office: str) -> None:
    change = Assign(scenario.context, UUID(notice["id"]), OfficeNumber(office))
    scenario.context.writer.submit_and_wait(change)


class TestCase8:
    def test_case_8_the_right_office_has_it_from_then_on(self, scenario: Scenario, sent: dict[str, Any]) -> None:
        answer = forward(scenario, sent)
        assert answer.status_code == 200
        assert answer.json()["office"] == {"number": SAGENE, "name": "Nav Sagene"}
        assert scenario.fetch(sent["id"]).status_code == 404
        read = sagene(scenario).get(f"/v1/feed/notices/{sent['id']}")
        assert read.json()["office"] == {"number": SAGENE, "name": "Nav Sagene"}
        assert [one["event"] for one in read.json()["history"]][:3] == [
            "notice.sent",
            "notice.forwarded",
            "notice.fetched",
        ]
        assert scenario.letters("office") == []

    def test_case_8_both_offices_are_told(self, scenario: Scenario, sent: dict[str, Any]) -> None:
        forward(scenario, sent)
        for client in (scenario.nav, sagene(scenario)):
            (event,) = scenario.events(client, type="notice.forwarded")
            assert (event["from_office"], event["to_office"], event["office"]) == (GRUNERLOKKA, SAGENE, SAGENE)
        assert scenario.types(sagene(scenario)) == ["notice.forwarded"]

    def test_case_8_one_who_reads_for_both_is_told_once(self, scenario: Scenario, sent: dict[str, Any]) -> None:
        scenario.grant(None, GrantKind.OBSERVE)
        forward(scenario, sent)
        assert scenario.types().count("notice.forwarded") == 1

    def test_case_8_its_arrival_at_the_right_one_is_reception(self, scenario: Scenario, sent: dict[str, Any]) -> None:
        forward(scenario, sent)
        scenario.pass_time(timedelta(days=1))
        sagene(scenario).get(f"/v1/feed/notices/{sent['id']}")
        dates = scenario.read(sent["id"])["dates"]
        assert (dates["basis"], dates["received_on"]) == ("confirmed", scenario.today.isoformat())
        assert dates["sent_on"] == (scenario.today - timedelta(days=1)).isoformat()

    def test_case_8_a_confirmed_date_never_moves(self, scenario: Scenario, sent: dict[str, Any]) -> None:
        scenario.fetch(sent["id"])
        confirmed = scenario.read(sent["id"])
        forward(scenario, sent)
        scenario.pass_time(timedelta(days=3))
        read = sagene(scenario).get(f"/v1/feed/notices/{sent['id']}").json()
        assert read["dates"] == confirmed["dates"]
        assert scenario.read(sent["id"]) == confirmed
        acknowledged = sagene(scenario).post(
            f"/v1/feed/notices/{sent['id']}/acknowledgement", json={"opened_by_person": True}
        )
        assert acknowledged.json()["opened_at"] is not None  # NAV's own register
        assert scenario.read(sent["id"]) == confirmed

    @pytest.mark.parametrize("to", [SAGENE, VIKAFOSSEN, None])
    def test_case_8_the_landlord_is_told_nothing(
        self, scenario: Scenario, sent: dict[str, Any], to: str | None
    ) -> None:
        before, events = scenario.read(sent["id"]), scenario.events(scenario.landlord)
        etag = scenario.landlord.get(f"/v1/notices/{sent['id']}").headers["ETag"]
        forward(scenario, sent, to, "unknown" if to is None else "moved")
        scenario.work()
        assert scenario.read(sent["id"]) == before
        assert scenario.events(scenario.landlord) == events
        assert scenario.landlord.get(f"/v1/notices/{sent['id']}").headers["ETag"] == etag

    def test_case_8_tenants_hear_that_their_letter_named_another(
        self, scenario: Scenario, sent: dict[str, Any]
    ) -> None:
        forward(scenario, sent)
        scenario.work()
        letters = scenario.letters("second")
        assert sorted(one["address"][0] for one in letters) == ["Kari Testperson", "Ola Prøvesen"]
        assert all("Nav Sagene" in text for text in scenario.texts_of("second"))

    @pytest.mark.parametrize(("to", "reason"), [(SAGENE, "moved"), (VIKAFOSSEN, "moved"), (VIKAFOSSEN, "wrong_area")])
    def test_case_8_but_never_where_one_of_them_has_gone(
        self, scenario: Scenario, sent: dict[str, Any], to: str, reason: str
    ) -> None:
        """The other tenant may be the last who should know."""
        forward(scenario, sent, to, reason)
        scenario.work()
        assert scenario.letters("second") == []
        scenario.settle(sent["id"])
        scenario.work()
        texts = scenario.texts_of("second")
        assert len(texts) == 2
        assert all("Nav får beskjed" in text and "Sagene" not in text and "Vikafossen" not in text for text in texts)

    def test_case_8_an_office_without_an_integration_gets_a_letter(
        self, scenario: Scenario, sent: dict[str, Any]
    ) -> None:
        scenario.fetch(sent["id"])
        forward(scenario, sent, "0316")
        scenario.work()
        assert [one["office_number"] for one in scenario.letters("office")] == ["0316"]
        assert scenario.read(sent["id"])["office"]["reached_by"] == "feed"

    def test_case_8_whose_way_counts_where_nobody_read_it(self, scenario: Scenario, sent: dict[str, Any]) -> None:
        forward(scenario, sent, "0316")
        scenario.work()
        letter_on = scenario.today
        scenario.pass_time(timedelta(days=7))
        scenario.work()
        assert scenario.read(sent["id"])["dates"]["received_on"] == (letter_on + timedelta(days=7)).isoformat()

    def test_case_8_an_integration_that_leaves_it_unfetched_gets_a_letter(
        self, scenario: Scenario, sent: dict[str, Any]
    ) -> None:
        scenario.fetch(sent["id"])
        forward(scenario, sent)
        assert [str(one.id) for one in unfetched_notices(scenario.context, scenario.now + timedelta(seconds=1))] == [
            sent["id"]
        ]
        scenario.pass_time(timedelta(days=7))
        scenario.work()
        scenario.work()
        assert [one["office_number"] for one in scenario.letters("office")] == [SAGENE]

    def test_case_8_a_newer_version_follows(self, scenario: Scenario, sent: dict[str, Any]) -> None:
        forward(scenario, sent)
        scenario.change(sent["id"], "update", {"deposited_amount": "100.00"})
        scenario.pass_time(timedelta(days=15))
        scenario.work()
        assert "notice.updated" in scenario.types(sagene(scenario))
        assert "notice.updated" not in scenario.types()
        assert scenario.fetch(sent["id"]).status_code == 404
        assert sagene(scenario).get(f"/v1/feed/notices/{sent['id']}").json()["version"] == 2

    def test_case_8_so_does_a_settlement(self, scenario: Scenario, sent: dict[str, Any]) -> None:
        forward(scenario, sent)
        scenario.settle(sent["id"])
        assert "notice.settled" in scenario.types(sagene(scenario))
        assert "notice.settled" not in scenario.types()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestNotKnownWhose:
    def test_case_8_it_waits_for_a_person_who_finds_it(self, scenario: Scenario, sent: dict[str, Any]) -> None:
        assert forward(scenario, sent, None, "unknown").json()["office"] is None
        assert scenario.fetch(sent["id"]).status_code == 404
        (event,) = scenario.events(type="notice.forwarded")
        assert (event["to_office"], event["office"]) == (None, None)
        assert [(str(one.id), one.held_for, one.decide_by) for one in held_notices(scenario.context)] == [
            (sent["id"], "forwarded", None)
        ]
        assign(scenario, sent, SAGENE)
        assert held_notices(scenario.context) == []
        assert scenario.types(sagene(scenario)) == ["notice.forwarded"]
        assert sagene(scenario).get(f"/v1/feed/notices/{sent['id']}").status_code == 200

    def test_case_8_what_came_meanwhile_is_published_then(self, scenario: Scenario, sent: dict[str, Any]) -> None:
        forward(scenario, sent, None, "unknown")
        scenario.change(sent["id"], "update", {"deposited_amount": "100.00"})
        scenario.pass_time(timedelta(days=15))
        scenario.work()
        assert "notice.updated" not in scenario.types(scenario.landlord)
        assert scenario.types(sagene(scenario)) == []  # both still read their streams
        assert scenario.types()[-1] == "notice.forwarded"
        assign(scenario, sent, SAGENE)
        assert sagene(scenario).get(f"/v1/feed/notices/{sent['id']}").json()["version"] == 2

    def test_case_8_a_settlement_needs_no_office(self, scenario: Scenario, sent: dict[str, Any]) -> None:
        forward(scenario, sent, None, "wrong_area")
        assert scenario.settle(sent["id"]).status_code == 200
        scenario.work()
        assert held_notices(scenario.context) == []

    def test_case_8_there_is_nothing_to_decide_of_another(self, scenario: Scenario, sent: dict[str, Any]) -> None:
        with pytest.raises(NoticeClosed):
            assign(scenario, sent, SAGENE)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestRefused:
    @pytest.mark.parametrize(
        ("body", "fault"),
        [
            ({"office": "0000", "reason": "wrong_area"}, ("unknown-office", "/office")),
            ({"office": SAGENE, "reason": "unknown"}, ("out-of-range", "/reason")),
            ({"office": SAGENE}, ("missing", "/reason")),
            ({"office": "31", "reason": "moved"}, ("invalid-format", "/office")),
            ({"office": SAGENE, "reason": "moved", "note": "x"}, ("unknown-field", "/note")),
        ],
    )
    def test_case_8_what_says_no_office(
        self, scenario: Scenario, sent: dict[str, Any], body: dict[str, Any], fault: tuple[str, str]
    ) -> None:
        answer = scenario.nav.post(f"/v1/feed/notices/{sent['id']}/forwarding", json=body)
        assert answer.status_code == 422
        assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [fault]
        assert scenario.fetch(sent["id"]).status_code == 200

    def test_case_8_to_the_office_that_has_it(self, scenario: Scenario, sent: dict[str, Any]) -> None:
        assert forward(scenario, sent, GRUNERLOKKA).json()["code"] == "already-forwarded"

    def test_case_8_what_has_ended(self, scenario: Scenario, sent: dict[str, Any]) -> None:
        scenario.settle(sent["id"])
        assert forward(scenario, sent).json()["code"] == "notice-closed"

    def test_case_8_by_who_may_not(self, scenario: Scenario, sent: dict[str, Any]) -> None:
        path, body = f"/v1/feed/notices/{sent['id']}/forwarding", {"office": SAGENE, "reason": "moved"}
        assert sagene(scenario).post(path, json=body).status_code == 404
        scenario.grant(GRUNERLOKKA, GrantKind.OBSERVE, SAGENES)
        assert sagene(scenario).post(path, json=body).status_code == 404
        assert scenario.landlord.post(path, json=body).status_code == 404
        unpublished = scenario.send(reference="K-2", lease=scenario.body()["lease"] | {"reference": "K-2"})
        assert forward(scenario, unpublished).status_code == 404

    def test_case_8_twice_with_a_key_is_once(self, scenario: Scenario, sent: dict[str, Any]) -> None:
        headers = {"Idempotency-Key": "forward-1"}
        first = forward(scenario, sent, **headers)
        again = forward(scenario, sent, **headers)
        assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
        assert scenario.types().count("notice.forwarded") == 1
        assert forward(scenario, sent, "0316", **headers).json()["code"] == "idempotency-key-reused"

    def test_case_8_twice_without_one_is_not_there_any_more(self, scenario: Scenario, sent: dict[str, Any]) -> None:
        forward(scenario, sent)
        assert forward(scenario, sent).status_code == 404


def test_case_8_an_office_that_has_closed_means_the_one_that_took_over(
    new_service: Callable[..., Service],
) -> None:
    scenario = Scenario.with_grant(new_service())
    old, new = next(
        (number, heir.number)
        for number in scenario.context.offices.register.offices
        if (heir := scenario.context.offices.register.active_office(number)) is not None and heir.number != number
    )
    notice = scenario.send()
    scenario.work()
    assert forward(scenario, notice, old).json()["office"]["number"] == new
