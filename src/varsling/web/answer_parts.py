"""The parts of the OpenAPI document's answers: headers, examples, and the problems of an operation."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

import orjson

from varsling.domain.catalogue import problem_text
from varsling.domain.language import AnswerLanguage
from varsling.domain.problems import Code, status_of
from varsling.settings import Settings
from varsling.web.problems import PROBLEM_JSON

_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_TRACE = "73268b2fad6957b8d72e1290b0eba8ab"


def _header(description: str, example: str, kind: str = "string") -> dict[str, Any]:
    value: str | int = int(example) if kind == "integer" else example
    return {"description": description, "schema": {"type": kind}, "example": value}


HEADERS = {
    "Location": _header("The address of what was made.", "/v1/notices/019ad0c4-2c4b-7f4e-9d0a-3c9f0c2b7a10"),
    "ETag": _header("The version of the notice: what `If-Match` takes in the calls that change it.", '"1"'),
    "PageETag": _header("Of a full page that was asked for with a cursor, for `If-None-Match`.", '"8f14e45f"'),
    "Idempotency-Replayed": _header("`true`: this is the first answer again.", "true"),
    "Retry-After": _header("Seconds to wait before the same call again.", "5", "integer"),
    "RateLimit": _header("Calls left (`r`) and seconds until they are renewed (`t`).", '"organisation";r=599;t=60'),
    "RateLimit-Policy": _header("Calls (`q`) in so many seconds (`w`).", '"organisation";q=600;w=60'),
    "WWW-Authenticate": _header("`Bearer`, and what is wrong with the token, or which `scope` it lacks.", "Bearer"),
}


def headers_of(path: str, status: str, *, versioned: bool, idempotent: bool) -> dict[str, Any]:
    """Give the headers that an answer may have, each a reference."""
    success = status in ("200", "201", "304")
    names = []
    if status == "201":
        names.append("Location")
    if success and (versioned or path == "/v1/feed"):
        names.append("ETag")
    if status in ("200", "201") and idempotent:
        names.append("Idempotency-Replayed")
    if status in ("409", "429", "503") or (status == "200" and path == "/v1/notices/batch"):
        names.append("Retry-After")
    if status in ("401", "403"):
        names.append("WWW-Authenticate")
    if not path.startswith("/health/"):
        names += ["RateLimit", "RateLimit-Policy"]
    kept = {"ETag": "PageETag"} if path == "/v1/feed" else {}
    return {name: {"$ref": f"#/components/headers/{kept.get(name, name)}"} for name in names}


@cache
def _recorded() -> Mapping[str, Any]:
    """Read answers that the service gave: `python -m tests.examples` records them."""
    recorded: Mapping[str, Any] = orjson.loads(
        resources.files("varsling.web").joinpath("texts", "examples.json").read_bytes()
    )
    return recorded


def example_request(example: Mapping[str, Any]) -> dict[str, Any]:
    return {"examples": {"usual": {"summary": "As it is usually sent.", "value": dict(example)}}}


def example_answer(answer: dict[str, Any], operation: str, status: str) -> None:
    """Put the recorded answer of an operation beside its schema."""
    recorded = _recorded().get(f"{operation} {status}")
    content = answer.get("content", {}).get("application/json")
    if content is not None and recorded is not None:
        content["examples"] = {"usual": {"summary": "As it is usually answered.", "value": recorded}}


def problem_responses(codes: Iterable[Code], settings: Settings, examples: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the problems of an operation, and no others, by status. Their examples go to the document's."""
    by_status: dict[str, list[Code]] = {}
    for code in dict.fromkeys(codes):
        by_status.setdefault(str(status_of(code)), []).append(code)
    for same in by_status.values():
        for code in same:
            examples.setdefault(code.value, _problem_example(code, settings))
    return {status: _problem_response(sorted(same)) for status, same in sorted(by_status.items())}


def _problem_response(codes: list[Code]) -> dict[str, Any]:
    titles = [f"`{code}`: {problem_text(code, AnswerLanguage.EN).title}." for code in codes]
    shown = {code.value: {"$ref": f"#/components/examples/{code.value}"} for code in codes}
    return {
        "description": " ".join(titles),
        "content": {PROBLEM_JSON: {"schema": _PROBLEM, "examples": shown}},
        "x-codes": [code.value for code in codes],
    }


def _problem_example(code: Code, settings: Settings) -> dict[str, Any]:
    text = problem_text(code, AnswerLanguage.EN)
    recorded = _recorded()["problems"].get(code.value, {})
    value = {
        "type": f"{settings.public_url}/problems/{code}",
        "title": text.title,
        "status": status_of(code),
        "detail": f"{text.detail} {text.remedy}",
        "code": code.value,
        "errors": [],
        "trace_id": _TRACE,
    }
    return {"summary": text.title, "value": value | recorded}
