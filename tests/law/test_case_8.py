"""LAW, case 8: a wrong office forwards the notice to another, or says that it does not know whose it is."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.notices.scenario import GRUNERLOKKA, Stage, both
from tests.service import OTHER_LANDLORD, Service
from varsling.domain.office import OfficeNumber
from varsling.domain.problems import NoticeClosed
from varsling.feed.service import GrantKind
from varsling.notices.service import Assign, held_notices, unfetched_notices

SAGENE, VIKAFOSSEN = "0314", "2103"
SAGENES = OTHER_LANDLORD  # the organisation that runs Sagene's integration


@pytest.fixture
def stage(service: Service) -> Stage:
    """Grünerløkka and Sagene have an integration each."""
    stage = Stage.with_grant(service)
    stage.grant(SAGENE, organisation=SAGENES)
    return stage


@pytest.fixture
def sent(stage: Stage) -> dict[str, Any]:
    notice = stage.send(*both())
    stage.work()
    return notice


def forward(
    stage: Stage, notice: dict[str, Any], office: str | None = SAGENE, reason: str = "wrong_area", **headers: str
) -> httpx.Response:
    path = f"/v1/feed/notices/{notice['id']}/forwarding"
    return stage.nav.post(path, json={"office": office, "reason": reason}, headers=headers)


def sagene(stage: Stage) -> httpx.Client:
    return stage.service.nav(SAGENES)


def assign(stage: Stage, notice: dict[str, Any], office: str) -> None:
    change = Assign(stage.context, UUID(notice["id"]), OfficeNumber(office))
    stage.context.writer.submit_and_wait(change)


class TestCase8:
    def test_case_8_the_right_office_has_it_from_then_on(self, stage: Stage, sent: dict[str, Any]) -> None:
        answer = forward(stage, sent)
        assert answer.status_code == 200
        assert answer.json()["office"] == {"number": SAGENE, "name": "Nav Sagene"}
        assert stage.fetch(sent["id"]).status_code == 404
        read = sagene(stage).get(f"/v1/feed/notices/{sent['id']}")
        assert read.json()["office"] == {"number": SAGENE, "name": "Nav Sagene"}
        assert [one["event"] for one in read.json()["history"]][:3] == [
            "notice.sent",
            "notice.forwarded",
            "notice.fetched",
        ]
        assert stage.letters("office") == []

    def test_case_8_both_offices_are_told(self, stage: Stage, sent: dict[str, Any]) -> None:
        forward(stage, sent)
        for client in (stage.nav, sagene(stage)):
            (event,) = stage.events(client, type="notice.forwarded")
            assert (event["from_office"], event["to_office"], event["office"]) == (GRUNERLOKKA, SAGENE, SAGENE)
        assert stage.types(sagene(stage)) == ["notice.forwarded"]

    def test_case_8_one_who_reads_for_both_is_told_once(self, stage: Stage, sent: dict[str, Any]) -> None:
        stage.grant(None, GrantKind.OBSERVE)
        forward(stage, sent)
        assert stage.types().count("notice.forwarded") == 1

    def test_case_8_its_arrival_at_the_right_one_is_reception(self, stage: Stage, sent: dict[str, Any]) -> None:
        forward(stage, sent)
        stage.pass_time(timedelta(days=1))
        sagene(stage).get(f"/v1/feed/notices/{sent['id']}")
        dates = stage.read(sent["id"])["dates"]
        assert (dates["basis"], dates["received_on"]) == ("confirmed", stage.today.isoformat())
        assert dates["sent_on"] == (stage.today - timedelta(days=1)).isoformat()

    def test_case_8_a_confirmed_date_never_moves(self, stage: Stage, sent: dict[str, Any]) -> None:
        stage.fetch(sent["id"])
        confirmed = stage.read(sent["id"])
        forward(stage, sent)
        stage.pass_time(timedelta(days=3))
        read = sagene(stage).get(f"/v1/feed/notices/{sent['id']}").json()
        assert read["dates"] == confirmed["dates"]
        assert stage.read(sent["id"]) == confirmed
        acknowledged = sagene(stage).post(
            f"/v1/feed/notices/{sent['id']}/acknowledgement", json={"opened_by_person": True}
        )
        assert acknowledged.json()["opened_at"] is not None  # Nav's own record
        assert stage.read(sent["id"]) == confirmed

    @pytest.mark.parametrize("to", [SAGENE, VIKAFOSSEN, None])
    def test_case_8_the_landlord_is_told_nothing(self, stage: Stage, sent: dict[str, Any], to: str | None) -> None:
        before, events = stage.read(sent["id"]), stage.events(stage.landlord)
        etag = stage.landlord.get(f"/v1/notices/{sent['id']}").headers["ETag"]
        forward(stage, sent, to, "unknown" if to is None else "moved")
        stage.work()
        assert stage.read(sent["id"]) == before
        assert stage.events(stage.landlord) == events
        assert stage.landlord.get(f"/v1/notices/{sent['id']}").headers["ETag"] == etag

    def test_case_8_tenants_hear_that_their_letter_named_another(self, stage: Stage, sent: dict[str, Any]) -> None:
        forward(stage, sent)
        stage.work()
        letters = stage.letters("second")
        assert sorted(one["address"][0] for one in letters) == ["Kari Testperson", "Ola Prøvesen"]
        assert all("Nav Sagene" in text for text in stage.texts_of("second"))

    @pytest.mark.parametrize(("to", "reason"), [(SAGENE, "moved"), (VIKAFOSSEN, "moved"), (VIKAFOSSEN, "wrong_area")])
    def test_case_8_but_never_where_one_of_them_has_gone(
        self, stage: Stage, sent: dict[str, Any], to: str, reason: str
    ) -> None:
        """The other tenant may be the last who should know."""
        forward(stage, sent, to, reason)
        stage.work()
        assert stage.letters("second") == []
        stage.settle(sent["id"])
        stage.work()
        texts = stage.texts_of("second")
        assert len(texts) == 2
        assert all("Nav Grünerløkka" in text and "Sagene" not in text and "Vikafossen" not in text for text in texts)

    def test_case_8_an_office_without_an_integration_gets_a_letter(self, stage: Stage, sent: dict[str, Any]) -> None:
        stage.fetch(sent["id"])
        forward(stage, sent, "0316")
        stage.work()
        assert [one["office_number"] for one in stage.letters("office")] == ["0316"]
        assert stage.read(sent["id"])["office"]["reached_by"] == "feed"

    def test_case_8_whose_way_counts_where_nobody_read_it(self, stage: Stage, sent: dict[str, Any]) -> None:
        forward(stage, sent, "0316")
        stage.work()
        letter_on = stage.today
        stage.pass_time(timedelta(days=7))
        stage.work()
        assert stage.read(sent["id"])["dates"]["received_on"] == (letter_on + timedelta(days=7)).isoformat()

    def test_case_8_an_integration_that_leaves_it_unfetched_gets_a_letter(
        self, stage: Stage, sent: dict[str, Any]
    ) -> None:
        stage.fetch(sent["id"])
        forward(stage, sent)
        assert [str(one.id) for one in unfetched_notices(stage.context, stage.now + timedelta(seconds=1))] == [
            sent["id"]
        ]
        stage.pass_time(timedelta(days=7))
        stage.work()
        stage.work()
        assert [one["office_number"] for one in stage.letters("office")] == [SAGENE]

    def test_case_8_a_newer_version_follows(self, stage: Stage, sent: dict[str, Any]) -> None:
        forward(stage, sent)
        stage.change(sent["id"], "update", {"deposited_amount": "100.00"})
        stage.pass_time(timedelta(days=15))
        stage.work()
        assert "notice.updated" in stage.types(sagene(stage))
        assert "notice.updated" not in stage.types()
        assert stage.fetch(sent["id"]).status_code == 404
        assert sagene(stage).get(f"/v1/feed/notices/{sent['id']}").json()["version"] == 2

    def test_case_8_so_does_a_settlement(self, stage: Stage, sent: dict[str, Any]) -> None:
        forward(stage, sent)
        stage.settle(sent["id"])
        assert "notice.settled" in stage.types(sagene(stage))
        assert "notice.settled" not in stage.types()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestNotKnownWhose:
    def test_case_8_it_waits_for_a_person_who_finds_it(self, stage: Stage, sent: dict[str, Any]) -> None:
        assert forward(stage, sent, None, "unknown").json()["office"] is None
        assert stage.fetch(sent["id"]).status_code == 404
        (event,) = stage.events(type="notice.forwarded")
        assert (event["to_office"], event["office"]) == (None, None)
        assert [(str(one.id), one.held_for, one.decide_by) for one in held_notices(stage.context)] == [
            (sent["id"], "forwarded", None)
        ]
        assign(stage, sent, SAGENE)
        assert held_notices(stage.context) == []
        assert stage.types(sagene(stage)) == ["notice.forwarded"]
        assert sagene(stage).get(f"/v1/feed/notices/{sent['id']}").status_code == 200

    def test_case_8_what_came_meanwhile_is_published_then(self, stage: Stage, sent: dict[str, Any]) -> None:
        forward(stage, sent, None, "unknown")
        stage.change(sent["id"], "update", {"deposited_amount": "100.00"})
        stage.pass_time(timedelta(days=15))
        stage.work()
        assert "notice.updated" not in stage.types(stage.landlord)
        assert stage.types(sagene(stage)) == []  # both read their streams still
        assert stage.types()[-1] == "notice.forwarded"
        assign(stage, sent, SAGENE)
        assert sagene(stage).get(f"/v1/feed/notices/{sent['id']}").json()["version"] == 2

    def test_case_8_a_settlement_needs_no_office(self, stage: Stage, sent: dict[str, Any]) -> None:
        forward(stage, sent, None, "wrong_area")
        assert stage.settle(sent["id"]).status_code == 200
        stage.work()
        assert held_notices(stage.context) == []

    def test_case_8_there_is_nothing_to_decide_of_another(self, stage: Stage, sent: dict[str, Any]) -> None:
        with pytest.raises(NoticeClosed):
            assign(stage, sent, SAGENE)


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
        self, stage: Stage, sent: dict[str, Any], body: dict[str, Any], fault: tuple[str, str]
    ) -> None:
        answer = stage.nav.post(f"/v1/feed/notices/{sent['id']}/forwarding", json=body)
        assert answer.status_code == 422
        assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [fault]
        assert stage.fetch(sent["id"]).status_code == 200

    def test_case_8_to_the_office_that_has_it(self, stage: Stage, sent: dict[str, Any]) -> None:
        assert forward(stage, sent, GRUNERLOKKA).json()["code"] == "already-forwarded"

    def test_case_8_what_has_ended(self, stage: Stage, sent: dict[str, Any]) -> None:
        stage.settle(sent["id"])
        assert forward(stage, sent).json()["code"] == "notice-closed"

    def test_case_8_by_who_may_not(self, stage: Stage, sent: dict[str, Any]) -> None:
        path, body = f"/v1/feed/notices/{sent['id']}/forwarding", {"office": SAGENE, "reason": "moved"}
        assert sagene(stage).post(path, json=body).status_code == 404
        stage.grant(GRUNERLOKKA, GrantKind.OBSERVE, SAGENES)
        assert sagene(stage).post(path, json=body).status_code == 404
        assert stage.landlord.post(path, json=body).status_code == 404
        unpublished = stage.send(reference="K-2", lease=stage.body()["lease"] | {"reference": "K-2"})
        assert forward(stage, unpublished).status_code == 404

    def test_case_8_twice_with_a_key_is_once(self, stage: Stage, sent: dict[str, Any]) -> None:
        headers = {"Idempotency-Key": "forward-1"}
        first = forward(stage, sent, **headers)
        again = forward(stage, sent, **headers)
        assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
        assert stage.types().count("notice.forwarded") == 1
        assert forward(stage, sent, "0316", **headers).json()["code"] == "idempotency-key-reused"

    def test_case_8_twice_without_one_is_not_there_any_more(self, stage: Stage, sent: dict[str, Any]) -> None:
        forward(stage, sent)
        assert forward(stage, sent).status_code == 404


def test_case_8_an_office_that_has_closed_means_the_one_that_took_over(
    new_service: Callable[..., Service],
) -> None:
    stage = Stage.with_grant(new_service())
    old, new = next(
        (number, heir.number)
        for number in stage.context.offices.register.offices
        if (heir := stage.context.offices.register.active_office(number)) is not None and heir.number != number
    )
    notice = stage.send()
    stage.work()
    assert forward(stage, notice, old).json()["office"]["number"] == new
