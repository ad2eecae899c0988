"""`POST /v1/offices/lookup` and `GET /v1/offices/{number}`, over HTTP."""

from typing import Any

import httpx
import pytest

from tests.service import NAV, Service
from varsling.feed.service import Grant, GrantKind
from varsling.offices.register import bundled

OSLO = {"address_line": "Sannergata 1 B, H0201", "postal_code": "0557", "city": "Oslo", "district_number": "030102"}


def look_up(service: Service, dwelling: dict[str, Any], **headers: str) -> httpx.Response:
    return service.landlord().post("/v1/offices/lookup", json={"dwelling": dwelling}, headers=headers)


def test_the_office_of_a_dwelling(service: Service) -> None:
    answer = look_up(service, OSLO)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert answer.json() == {
        "office": {"number": "0315", "name": "Nav Grünerløkka"},
        "found_by": "district_number",
        "reached_by": "letter",
        "municipality": {"number": "0301", "name": "Oslo"},
        "district": {"number": "030102", "name": "Grünerløkka"},
        "dwelling": {
            "street": "Sannergata",
            "house_number": "1",
            "house_letter": "B",
            "unit_number": "H0201",
            "postal_code": "0557",
            "city": "Oslo",
            "municipality_number": "0301",
            "district_number": "030102",
        },
        "remarks": [],
        "register_version": bundled().version,
    }


def test_an_office_with_an_integration_is_reached_by_its_feed(service: Service) -> None:
    service.context.writer.submit_and_wait(Grant(NAV, "0315", GrantKind.RECEIVE, lambda _, __: []))
    assert look_up(service, OSLO).json()["reached_by"] == "feed"
    assert service.landlord().get("/v1/offices/0315").json()["reached_by"] == "feed"
    assert service.landlord().get("/v1/offices/0314").json()["reached_by"] == "letter"


def test_an_office_that_is_not_known_is_found_by_a_person(service: Service) -> None:
    answer = look_up(
        service, {"address_line": "Moiveien 9", "postal_code": "4460", "city": "Lund"}, **{"Accept-Language": "en"}
    )
    found = answer.json()
    assert (answer.status_code, found["office"], found["found_by"], found["reached_by"]) == (200, None, "pending", None)
    assert [remark["code"] for remark in found["remarks"]] == ["city-differs", "office-to-be-found"]
    assert all(remark["detail"] for remark in found["remarks"])


def test_what_is_missing_is_named_with_what_would_do(service: Service) -> None:
    answer = look_up(service, {"address_line": "Sannergata 1 B", "postal_code": "0557"})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "district-needed")
    assert problem["candidates"] == [
        {"number": "030102", "name": "Grünerløkka", "office": {"number": "0315", "name": "Nav Grünerløkka"}},
        {"number": "030103", "name": "Sagene", "office": {"number": "0314", "name": "Nav Sagene"}},
    ]
    assert problem["errors"][0]["candidates"] == problem["candidates"]
    assert [(one["pointer"], one["code"]) for one in problem["errors"]] == [
        ("/dwelling/district_number", "district-needed")
    ]


def test_a_split_municipality_names_its_successors(service: Service) -> None:
    answer = look_up(service, {"address_line": "Storgata 5", "postal_code": "6001", "municipality_number": "1507"})
    assert (answer.status_code, answer.json()["code"]) == (422, "municipality-split")
    assert [(one["number"], one["name"]) for one in answer.json()["candidates"]] == [
        ("1508", "Ålesund"),
        ("1580", "Haram"),
    ]


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_repeated(service: Service) -> None:
    answer = look_up(service, {"address_line": "Postboks 7417", "postal_code": "0000", "municipality_number": "9999"})
    assert answer.status_code == 422
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        ("/dwelling/address_line", "not-a-street-address"),
        ("/dwelling/postal_code", "unknown-postal-code"),
        ("/dwelling/municipality_number", "unknown-municipality"),
    ]
    assert "7417" not in answer.text


FAULTS_OF_SHAPE: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({}, {"": "missing", "/postal_code": "missing"}),
    ({"street": "Storgata", "postal_code": "9008"}, {"/house_number": "missing"}),
    ({"address_line": "Storgata 5", "street": "Storgata", "postal_code": "9008"}, {"/street": "unknown-field"}),
    ({"address_line": "Storgata 5", "postal_code": 9008}, {"/postal_code": "wrong-type"}),
    ({"address_line": "Storgata 5", "postal_code": "NO-9008"}, {"/postal_code": "invalid-format"}),
    ({"street": "Storgata 5", "postal_code": "9008"}, {"/house_number": "missing"}),
    (
        {"address_line": "Storgata 5", "postal_code": "9008", "municipality_number": "55", "district_number": "1"},
        {"/municipality_number": "invalid-format", "/district_number": "invalid-format"},
    ),
]


def test_faults_of_shape(service: Service) -> None:
    for dwelling, faults in FAULTS_OF_SHAPE:
        problem = look_up(service, dwelling).json()
        assert problem["code"] == "validation-failed"
        assert {one["pointer"]: one["code"] for one in problem["errors"]} == {
            f"/dwelling{pointer}": code for pointer, code in faults.items()
        }


def test_an_office_with_its_areas(service: Service) -> None:
    answer = service.landlord().get("/v1/offices/0313").json()
    assert (answer["number"], answer["name"], answer["status"]) == ("0313", "Nav St. Hanshaugen", "active")
    assert {area["number"]: area["name"] for area in answer["areas"]} == {
        "030104": "St. Hanshaugen",
        "030116": "Sentrum",
    }
    assert answer["register_version"] == bundled().version


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_office_of_the_register_can_be_read(service: Service) -> None:
    """Nav Tromsø serves Svalbard too, which is no municipality."""
    landlord = service.landlord()
    for number in bundled().offices:
        assert landlord.get(f"/v1/offices/{number}").status_code == 200, number


def test_a_replaced_office_names_its_successor(service: Service) -> None:
    answer = service.landlord().get("/v1/offices/0136").json()
    assert (answer["name"], answer["status"], answer["successor"], answer["areas"]) == (
        "Nav Rygge",
        "replaced",
        "0104",
        [],
    )


def test_an_office_that_does_not_exist(service: Service) -> None:
    for number in ("9999", "x", "0315%00"):
        answer = service.landlord().get(f"/v1/offices/{number}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_only_with_the_scope(service: Service) -> None:
    assert service.anonymous().get("/v1/offices/0315").status_code == 401
    assert service.client(NAV, ["feed"]).get("/v1/offices/0315").json()["code"] == "forbidden"
    assert service.client(NAV, ["offices.read"]).get("/v1/offices/0315").status_code == 200
