"""Lists of notices: filters, pages, and cursors that no other caller can use."""

from datetime import timedelta

import httpx
import pytest

from tests.notices.bodies import changed, notice, pass_time, tenant
from tests.service import Service


@pytest.fixture
def seven(landlord: httpx.Client) -> list[str]:
    """The ids of seven notices, in the order sent."""
    items = [{"notice": notice(number, tenants=[tenant(number)])} for number in range(7)]
    results = landlord.post("/v1/notices/batch", json={"items": items}).json()["results"]
    return [one["notice"]["id"] for one in results]


def ids_of(client: httpx.Client, **query: object) -> list[str]:
    answer = client.get("/v1/notices", params={name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


class TestPages:
    def test_they_hold_every_notice_once_and_in_order(self, landlord: httpx.Client, seven: list[str]) -> None:
        found: list[str] = []
        query = {"limit": "3"}
        sizes = []
        while True:
            page = landlord.get("/v1/notices", params=query).json()
            found += [one["id"] for one in page["items"]]
            sizes.append(len(page["items"]))
            if page["next"] is None:
                break
            query["cursor"] = page["next"]
        assert sizes == [3, 3, 1]
        assert found == sorted(seven)

    def test_a_page_is_the_same_each_time_it_is_asked_for(self, landlord: httpx.Client, seven: list[str]) -> None:
        del seven
        first, again = (landlord.get("/v1/notices", params={"limit": 3}) for _ in range(2))
        assert first.content == again.content

    def test_items_are_what_a_change_answers(self, landlord: httpx.Client) -> None:
        sent = landlord.post("/v1/notices", json=notice()).json()
        assert landlord.get("/v1/notices").json() == {"items": [sent], "next": None}

    def test_a_cursor_is_good_for_its_list_and_its_caller_alone(
        self, service: Service, landlord: httpx.Client, seven: list[str]
    ) -> None:
        del seven
        cursor = landlord.get("/v1/notices", params={"limit": 3}).json()["next"]
        supplier = service.landlord(supplier="313367002")
        tries = [
            (supplier, {"cursor": cursor}),
            (landlord, {"cursor": cursor, "status": "sent"}),
            (landlord, {"cursor": cursor[:-6] + "AAAA=="}),
            (landlord, {"cursor": "nonsense"}),
            (landlord, {"cursor": ""}),
            (landlord, {"cursor": "ø"}),
        ]
        for client, query in tries:
            answer = client.get("/v1/notices", params=query)
            assert (answer.status_code, answer.json()["code"]) == (400, "cursor-unknown")


class TestFilters:
    def test_each_narrows_the_list(self, service: Service, landlord: httpx.Client, seven: list[str]) -> None:
        ordered = sorted(seven)
        by_reference = landlord.get("/v1/notices", params={"reference": "N-3"}).json()["items"]
        assert [one["reference"] for one in by_reference] == ["N-3"]
        assert ids_of(landlord, lease="K-5") == ids_of(landlord, reference="N-5")
        assert ids_of(landlord, landlord="311758489") == ordered
        assert ids_of(landlord, landlord="310332712") == []
        assert ids_of(landlord, petition_recommended_before="2026-12-08") == []
        assert ids_of(landlord, petition_recommended_before="2026-12-09") == ordered

        accepted_at = landlord.get("/v1/notices").json()["items"][-1]["accepted_at"]
        pass_time(service.context.engine, timedelta(hours=1))
        withdrawn = landlord.post(f"/v1/notices/{seven[2]}/withdrawal", json={"reason": "mistake"})
        assert withdrawn.status_code == 200, withdrawn.text
        assert ids_of(landlord, status="withdrawn") == [seven[2]]
        assert ids_of(landlord, status="accepted") == sorted(set(seven) - {seven[2]})
        since = accepted_at.replace("T09", "T10")
        assert ids_of(landlord, updated_since=since) == [seven[2]]

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    def test_faulty_ones_are_refused(self, landlord: httpx.Client) -> None:
        tries = {
            "limit": ("0", "out-of-range"),
            "status": ("open", "out-of-range"),
            "landlord": ("123", "invalid-organisation-number"),
            "updated_since": ("2026-11-23T09:12:33", "invalid-date"),
            "petition_recommended_before": ("soon", "invalid-date"),
            "colour": ("red", "unknown-field"),
        }
        for name, (value, code) in tries.items():
            answer = landlord.get("/v1/notices", params={name: value})
            assert (answer.status_code, answer.json()["code"]) == (422, "validation-failed")
            assert [(one["parameter"], one["code"]) for one in answer.json()["errors"]] == [(name, code)]

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    def test_what_is_no_id_is_not_there(self, landlord: httpx.Client) -> None:
        for path in ("/v1/notices/nonsense", f"/v1/notices/{'0' * 32}"):
            assert landlord.get(path).status_code == 404


def test_a_landlord_finds_what_others_send_for_it(service: Service, landlord: httpx.Client) -> None:
    agent = {
        "organisation_number": "313367002",
        "name": "Forvalter AS",
        "contact": {"email": "post@forvalter.example"},
    }
    body = changed(notice(), (("attestations", "power_of_attorney"), True)) | {"agent": agent}
    sent = service.agent().post("/v1/notices", json=body).json()
    for client in (landlord, service.agent()):
        assert ids_of(client) == [sent["id"]]
