"""JSON as callers write it: text that is no JSON, or has a member twice, is refused unread."""

import json
from typing import Any

import pytest

from tests.notices.bodies import CONTRACT_TIME, move_clock_to
from tests.service import Service
from varsling.notices.schemas.examples import NOTICE

SOUND = json.dumps(NOTICE).encode()
DEEP = b"[" * 50_000 + b"]" * 50_000


def sent(service: Service, body: bytes, path: str = "/v1/notices") -> tuple[int, str | None, list[tuple[str, str]]]:
    move_clock_to(service.context.engine, CONTRACT_TIME)
    answer = service.landlord().post(path, content=body, headers={"Content-Type": "application/json"})
    told = answer.json()
    faults = [(one["pointer"], one["code"]) for one in told.get("errors", ())]
    return answer.status_code, told.get("code"), faults


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"reference": NaN}',
        b'{"reference": -Infinity}',
        SOUND[:-1] + b', "reference": "K-2"}',
        SOUND.replace(b'"K-1044"', b'"K-1044", "reference": "K-1044"'),
        SOUND.replace(b"Kari", b"K\xe5ri"),
        SOUND.decode().encode("utf-16"),
        SOUND + SOUND,
        DEEP,
        b'{"reference": ' + b"9" * 5000 + b"}",
    ],
    ids=range(12),
)
def test_what_is_no_json(service: Service, body: bytes) -> None:
    assert sent(service, body) == (400, "malformed-json", [])


def test_a_byte_order_mark_is_skipped(service: Service) -> None:
    assert sent(service, b"\xef\xbb\xbf" + SOUND)[0] == 201


CODE_POINTS: list[tuple[Any, str, list[tuple[str, str]]]] = [
    (NOTICE | {"reference": "\ud800"}, "validation-failed", [("/reference", "invalid-text")]),
    (NOTICE | {"\ud800": 1}, "validation-failed", [("", "invalid-text")]),
    (NOTICE | {"Kari Testperson": 1}, "validation-failed", [("", "unknown-field")]),
    (NOTICE | {"references": 1}, "validation-failed", [("/references", "unknown-field")]),
    (NOTICE | {"References": 1}, "validation-failed", [("", "unknown-field")]),
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("body", "code", "faults"), CODE_POINTS, ids=range(len(CODE_POINTS)))
def test_lone_surrogates_and_strange_names(
    service: Service, body: Any, code: str, faults: list[tuple[str, str]]
) -> None:
    assert sent(service, json.dumps(body).encode()) == (422, code, faults)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_strange_item_of_a_batch_harms_no_other(service: Service) -> None:
    move_clock_to(service.context.engine, CONTRACT_TIME)
    body = {"items": [{"notice": NOTICE | {"reference": "\ud800"}}, {"notice": NOTICE}, {"notice": {"\udfff": 1}}]}
    answer = service.landlord().post(
        "/v1/notices/batch",
        content=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Idempotency-Key": "k"},
    )
    assert [one["status"] for one in answer.json()["results"]] == [422, 201, 422]
