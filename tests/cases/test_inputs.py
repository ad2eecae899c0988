"""Inputs that broke comparable software (inputs.json), each with the answer that the contract gives."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.notices.bodies import CONTRACT_TIME, move_clock_to
from tests.service import Service

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "inputs.json").read_text())["cases"]
EXPECTATIONS = {
    "status",
    "code",
    "errors",
    "body_must_not_contain",
    "json",
    "json_one_of",
    "json_must_not",
    "error_code",
    "errors_parameter",
    "pointer",
    "remarks_contain",
    "remarks_absent",
    "notice_dates",
    "headers",
    "same_as_before",
    "other",
}
TOKEN = re.compile(r"Bearer <token landlord (\d{9})>")


def call(service: Service, request: Mapping[str, Any]) -> httpx.Response:
    headers = dict(request["headers"])
    token = TOKEN.fullmatch(headers.pop("Authorization", ""))
    client = service.landlord(token[1]) if token else service.anonymous()
    body = None if "body" not in request else json.dumps(request["body"]).encode()
    return client.request(request["method"], request["path"], headers=headers, content=body)


def at(document: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        document = document[int(step) if isinstance(document, list) else step]
    return document


def check_errors(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    if "errors" in expected:
        pairs = zip(expected["errors"], told["errors"], strict=True)
        assert [{name: error.get(name) for name in one} for one, error in pairs] == expected["errors"]
    for name, member in (("error_code", "code"), ("errors_parameter", "parameter"), ("pointer", "pointer")):
        if name in expected:
            assert [error.get(member) for error in told["errors"]] == [expected[name]]


def check_remarks(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    remarks = {remark["code"] for remark in told.get("remarks", ())}
    assert set(expected.get("remarks_contain", ())) <= remarks
    assert remarks.isdisjoint(expected.get("remarks_absent", ()))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_input(service: Service, case: dict[str, Any]) -> None:
    move_clock_to(service.context.engine, CONTRACT_TIME)
    expected = case["expect"]
    assert set(expected) <= EXPECTATIONS
    earlier = [call(service, request) for request in case.get("before", [])]
    answer = call(service, case["request"])
    assert answer.status_code == expected["status"], answer.text
    if answer.headers["Content-Type"].startswith("text/html") or case["request"]["method"] == "HEAD":
        return
    told = answer.json()
    assert told.get("code") == expected.get("code")
    check_errors(told, expected)
    check_remarks(told, expected)
    for value in expected.get("body_must_not_contain", ()):
        assert value not in answer.text
    for pointer, value in expected.get("json", {}).items():
        assert at(told, pointer) == value
    for pointer, values in expected.get("json_one_of", {}).items():
        assert (at(told, pointer) if told["office"] else None) in values
    for pointer, value in expected.get("json_must_not", {}).items():
        assert (at(told, pointer) if told["office"] else None) != value
    for name, day in expected.get("notice_dates", {}).items():
        assert (told["petition"] if name == "recommended_working_day" else told["notice"])[name] == day
    for name, value in expected.get("headers", {}).items():
        assert answer.headers[name] == value
    for what in expected.get("same_as_before", ()):
        seen = [one.content if what == "body" else one.headers[what] for one in (*earlier, answer)]
        assert len(seen) > 1
        assert len(set(seen)) == 1, what
    for same in expected.get("other", ()):
        other = dict(case["request"], path=f"/v1/notices?{same.removeprefix('equal to ')}")
        assert told["items"]
        assert call(service, other).json() == told
