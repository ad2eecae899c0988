"""Bad input is answered with every fault, its place and its remedy; nothing is stored, and no value comes back."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.notices.bodies import changed, rows_in
from tests.service import Service
from varsling.notices.schemas.examples import TIMELESS_NOTICE

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

GOOD = json.dumps(TIMELESS_NOTICE)
KARI = '"01819010001"'
CLAIM = TIMELESS_NOTICE["breach"]["claims"][0]
Raw = str | bytes


def instead(of: str, other: str) -> str:
    assert GOOD.count(of) >= 1, of
    return GOOD.replace(of, other, 1)


def claims(number: int) -> str:
    return json.dumps(changed(TIMELESS_NOTICE, (("breach", "claims"), [CLAIM] * number)))


CASES: dict[str, tuple[Callable[[], Raw], str, list[tuple[str, str]]]] = {
    "an identity number as an integer": (
        lambda: instead(KARI, "1819010001"),
        "validation-failed",
        [("wrong-type", "/tenants/0/national_id")],
    ),
    "a lost leading zero of a number": (
        lambda: instead(KARI, '"1819010001"'),
        "validation-failed",
        [("invalid-identity-number", "/tenants/0/national_id")],
    ),
    "a lost leading zero of a postal code": (
        lambda: instead('"0557"', '"557"'),
        "validation-failed",
        [("invalid-format", "/dwelling/postal_code")],
    ),
    "NUL in a name": (
        lambda: instead("Kari Testperson", "Kari\\u0000Testperson"),
        "validation-failed",
        [("invalid-text", "/tenants/0/name")],
    ),
    "a lone surrogate": (
        lambda: instead("Kari Testperson", "Kari\\ud800Testperson"),
        "validation-failed",
        [("invalid-text", "/tenants/0/name")],
    ),
    "a comma in an amount": (
        lambda: instead('"9000.00"', '"9000,00"'),
        "validation-failed",
        [("invalid-amount", "/breach/claims/1/outstanding_amount")],
    ),
    "an amount as a number": (
        lambda: instead('"9000.00"', "9000.00"),
        "validation-failed",
        [("wrong-type", "/breach/claims/1/outstanding_amount")],
    ),
    "NaN": (lambda: instead('"9000.00"', "NaN"), "malformed-json", []),
    "Infinity": (lambda: instead('"9000.00"', "-Infinity"), "malformed-json", []),
    "100 claims": (lambda: claims(100), "validation-failed", [("out-of-range", "/breach/claims")]),
    "10,000 claims": (lambda: claims(10_000), "too-large", []),
    "5 MiB": (lambda: instead("Kari Testperson", "x" * 5 * 1024 * 1024), "too-large", []),
    "invalid UTF-8": (lambda: GOOD.encode().replace(b"Kari", b"K\xe5ri"), "malformed-json", []),
    "a member twice": (lambda: instead('"reference":', '"reference": "A", "reference":'), "malformed-json", []),
    "a day that is none": (
        lambda: instead('"2026-10-01"', '"2026-02-30"'),
        "validation-failed",
        [("invalid-date", "/breach/claims/0/due_date")],
    ),
    "an instant for a day": (
        lambda: instead('"2026-10-01"', '"2026-10-01T00:00:00Z"'),
        "validation-failed",
        [("invalid-date", "/breach/claims/0/due_date")],
    ),
    "yes for true": (
        lambda: instead('"eviction_clause": true', '"eviction_clause": 1'),
        "validation-failed",
        [("wrong-type", "/lease/eviction_clause")],
    ),
    "all at once": (
        lambda: instead(KARI, "1819010001").replace('"0557"', '"557"').replace('"9000.00"', '"9000,00"'),
        "validation-failed",
        [
            ("invalid-format", "/dwelling/postal_code"),
            ("wrong-type", "/tenants/0/national_id"),
            ("invalid-amount", "/breach/claims/1/outstanding_amount"),
        ],
    ),
}


@pytest.fixture
def landlord(service: Service) -> httpx.Client:
    return service.landlord()


def test_each_is_named_with_its_remedy_and_leaves_nothing(service: Service, landlord: httpx.Client) -> None:
    before = rows_in(service.context.engine)
    for name, (make, code, faults) in CASES.items():
        raw = make()
        for path in ("/v1/notices", "/v1/notices/check"):
            answer = landlord.post(path, content=raw, headers={"Content-Type": "application/json"})
            problem: dict[str, Any] = answer.json()
            assert (name, answer.status_code < 500, problem["code"]) == (name, True, code)
            told = [(one["code"], one["pointer"]) for one in problem["errors"]]
            assert (name, sorted(told)) == (name, sorted(faults))
            assert all(len(one["detail"]) > 20 for one in problem["errors"])
            assert "Testperson" not in answer.text
            assert "1819010001" not in answer.text
    assert rows_in(service.context.engine) == before
    assert landlord.post("/v1/notices", content=GOOD, headers={"Content-Type": "application/json"}).status_code == 201
