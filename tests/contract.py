"""Holds every answer that a test gets against the committed OpenAPI document."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import httpx

FILE = Path(__file__).parents[1] / "openapi" / "varsling.json"
Operation = tuple[str, str]


@cache
def listed() -> dict[Operation, dict[str, frozenset[str]]]:
    """List the problem codes that the document allows, by method, path and status."""
    document = json.loads(FILE.read_text("utf-8"))
    return {
        (method.upper(), path): {status: _codes(answer) for status, answer in operation["responses"].items()}
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def codes_of(operation: Operation) -> frozenset[str]:
    return frozenset().union(*listed()[operation].values())


def operation_of(request: httpx.Request) -> Operation | None:
    """The document's operation for a request; None for a path outside the document."""
    matching = [path for path, pattern in _patterns() if pattern.fullmatch(request.url.path)]
    # "/v1/notices/check" also matches "/v1/notices/{notice_id}": look for the literal path first.
    operations = ((request.method, path) for path in sorted(matching, key=lambda path: "{" in path))
    return next((one for one in operations if one in listed()), None)


def only_codes_that_are_listed(response: httpx.Response) -> None:
    """Fails a test when an answer's problem code is missing from its operation in the document."""
    operation = operation_of(response.request)
    if operation is None or response.headers.get("content-type") != "application/problem+json":
        return
    response.read()
    code = response.json()["code"]
    assert code in listed()[operation].get(str(response.status_code), ()), (operation, response.status_code, code)


def _codes(answer: dict[str, Any]) -> frozenset[str]:
    return frozenset(answer.get("x-codes", ()))


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    paths = {path for _, path in listed()}
    return [(path, re.compile(re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(path)))) for path in sorted(paths)]
