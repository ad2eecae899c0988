"""A page for each call, made of the OpenAPI document: what it does, each field, its errors with their mend, samples."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from varsling.domain.catalogue import problem_text
from varsling.domain.language import AnswerLanguage
from varsling.domain.problems import Code
from varsling.web.fields import named
from varsling.web.openapi import OF_EVERY_CALL
from varsling.web.samples import Sample, Samples, samples_of

_SHOWN_QUERY = {"read_feed": {"limit": "10"}, "list_notices": {"limit": "10"}, "list_reservations": {"limit": "10"}}


class Field(NamedTuple):
    """A row of a table of fields. `path` has dots, and `[]` for each of a list."""

    path: str
    kind: str
    required: bool
    meaning: str


class Error(NamedTuple):
    code: str
    status: str
    title: str
    cause: str
    mend: str


class CallPage(NamedTuple):
    """All that the page of a call shows."""

    id: str
    tag: str
    method: str
    path: str
    summary: str
    does: str
    parameters: list[Field]
    request: list[Field]
    answers: list[tuple[str, str, list[Field]]]
    headers: dict[str, str]
    errors: list[Error]
    common_errors: list[Error]
    request_example: Any
    answer_example: Any
    samples: Samples


def call_pages(document: Mapping[str, Any]) -> dict[str, CallPage]:
    """Make the page of every call, by operation id, in the document's order."""
    return {
        operation["operationId"]: _page(document, method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def _page(document: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]) -> CallPage:
    schemas, answers = document["components"]["schemas"], operation["responses"]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    successes = {status: one for status, one in answers.items() if status < "400"}
    request_example = body.get("examples", {}).get("usual", {}).get("value")
    shown: list[tuple[str, str, list[Field]]] = []
    for status, one in successes.items():
        schema = one.get("content", {}).get("application/json", {}).get("schema", {})
        known = next((known for known, name, _ in shown if name == named(schema)), None)
        shown.append((status, named(schema), [] if known else [*_fields(schema, schemas)]))
    return CallPage(
        id=operation["operationId"],
        tag=operation["tags"][0],
        method=method.upper(),
        path=path,
        summary=operation.get("summary", path),
        does=operation["description"],
        parameters=[*_parameters(operation, schemas)],
        request=[*_fields(body.get("schema", {}), schemas)],
        answers=shown,
        headers=_headers(document, successes),
        errors=[one for one in _errors(answers) if one.code not in OF_EVERY_CALL],
        common_errors=[one for one in _errors(answers) if one.code in OF_EVERY_CALL],
        request_example=request_example,
        answer_example=_example_of(successes),
        samples=samples_of(_sample(method, path, operation, request_example)),
    )


def _sample(method: str, path: str, operation: Mapping[str, Any], body: Any) -> Sample:
    name = operation["operationId"]
    keyed = any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", ()))
    return Sample(
        method=method.upper(),
        path=path,
        token=bool(operation["security"]),
        query=_SHOWN_QUERY.get(name, {}),
        body=body,
        key=f"{name.replace('_', '-')}-1" if keyed else None,
    )


def _example_of(successes: Mapping[str, Any]) -> Any:
    for one in reversed([*successes.values()]):  # what was made comes before what was found
        examples = one.get("content", {}).get("application/json", {}).get("examples", {})
        if examples:
            return examples["usual"]["value"]
    return None


def _parameters(operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[Field]:
    for one in operation.get("parameters", ()):
        where = "" if one["in"] == "query" else f" ({one['in']})"
        yield Field(
            f"{one['name']}{where}", _kind(one["schema"], schemas), one.get("required", False), one["description"]
        )


def _fields(schema: Mapping[str, Any], schemas: Mapping[str, Any], path: str = "", depth: int = 0) -> Iterator[Field]:
    """Give each member and what lies in it, depth first. What holds itself is shown once."""
    found = schemas.get(named(dict(schema)), schema)
    for choice in found.get("oneOf", ()):
        yield from _fields(choice, schemas, path, depth)
    for name, member in found.get("properties", {}).items():
        at = f"{path}{name}"
        yield Field(at, _kind(member, schemas), name in found.get("required", ()), member.get("description", ""))
        inner, mark = _inner(member)
        if depth < 5 and named(dict(inner)) not in ("", "NoticeInput", "StreamEvent"):
            yield from _fields(inner, schemas, f"{at}{mark}.", depth + 1)


def _inner(member: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """Give the schema of what a member holds, and how its path is written."""
    choices = [one for one in member.get("anyOf", ()) if one.get("type") != "null"]
    if len(choices) == 1:
        return _inner(choices[0])
    if member.get("type") == "array":
        return _inner(member["items"])[0], "[]"
    return member, ""


def _kind(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    choices = schema.get("anyOf", ())
    if choices:
        told = [_kind(one, schemas) for one in choices if one.get("type") != "null"]
        return " or ".join([*told, "null"] if len(told) < len(choices) else told)
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'], schemas)}"
    found = schemas.get(named(dict(schema)), schema)
    if "enum" in found:
        return " | ".join(found["enum"])
    if "const" in found:
        return _word(found["const"])
    return str(found.get("format") or found.get("type") or "object").replace("date-time", "instant")


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _headers(document: Mapping[str, Any], successes: Mapping[str, Any]) -> dict[str, str]:
    named = {name: one["$ref"] for answer in successes.values() for name, one in answer.get("headers", {}).items()}
    return {
        name: document["components"]["headers"][ref.rpartition("/")[2]]["description"] for name, ref in named.items()
    }


def _errors(answers: Mapping[str, Any]) -> Iterator[Error]:
    for status, one in answers.items():
        for code in one.get("x-codes", ()):
            text = problem_text(Code(code), AnswerLanguage.EN)
            yield Error(code, status, text.title, text.detail, text.remedy)
