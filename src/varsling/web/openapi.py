"""The OpenAPI document. Bodies are read raw and answers are rendered once, so `described` gives both schemas by hand.

`described` describes one route; `document` adds the policy table and the problems.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from varsling.access.policy import POLICY, Rule
from varsling.domain.catalogue import problem_text
from varsling.domain.language import AnswerLanguage
from varsling.domain.problems import Code, status_of
from varsling.shapes import RequestModel

PROBLEM_JSON = "application/problem+json"
_REFERENCE = "#/components/schemas/{model}"
_SECURITY_SCHEME = "maskinporten"
_TEXT_LIMIT = 255
# The place where `described` keeps an operation's codes until the document is made.
_CODES = "x-codes"

# The codes of every body, and of every call with a token.
_OF_BODIES = (Code.MALFORMED_JSON, Code.TOO_LARGE, Code.UNSUPPORTED_MEDIA_TYPE, Code.VALIDATION_FAILED)
_OF_TOKENS = (Code.UNAUTHENTICATED, Code.FORBIDDEN, Code.NOT_ACCEPTABLE, Code.RATE_LIMITED)
_OF_ALL = (Code.INTERNAL, Code.UNAVAILABLE)
_OF_KEYS = (Code.IDEMPOTENCY_KEY_MALFORMED, Code.IDEMPOTENCY_KEY_REUSED, Code.REQUEST_IN_PROGRESS)

# The request models of all described routes, by name.
_models: dict[str, type[RequestModel]] = {}


class ProblemError(BaseModel):
    """One fault: in a body, by `pointer` (RFC 6901), or in the query, by `parameter`."""

    pointer: str | None = None
    parameter: str | None = None
    code: Code
    detail: str
    against: str | None = None
    candidates: list[str] | None = None


class ProblemAnswer(BaseModel):
    """RFC 9457. Some codes carry more: `dates`, `existing`, `candidates`, `restart`."""

    type: str
    title: str
    status: int
    detail: str
    code: Code
    errors: list[ProblemError]
    trace_id: str


def described(
    *,
    responses: Mapping[int, type[Any] | None],
    request: type[RequestModel] | None = None,
    example: Mapping[str, Any] | None = None,
    problems: Iterable[Code] = (),
    idempotent: bool = False,
    conditional: bool = False,
) -> dict[str, Any]:
    """Make the arguments of a route's decorator: `@router.post("/v1/…", **described(…))`.

    `responses` are the successes by status; None is JSON without a schema. `problems` are the route's refusals beyond
    those of every call and every body. `idempotent` takes `Idempotency-Key`, `conditional` takes `If-Match`.
    """
    codes = [*problems, *_OF_ALL]
    extra: dict[str, Any] = {}
    parameters = []
    if request is not None:
        codes += _OF_BODIES
        extra["requestBody"] = _request_body(request, example)
    if idempotent:
        codes += _OF_KEYS
        parameters.append(_header("Idempotency-Key", r"^[\x21-\x7e]{1,255}$", "The same call again: same key."))
    if conditional:
        codes.append(Code.VERSION_CONFLICT)
        pattern = r'^(\*|"\d{1,9}"(, *"\d{1,9}")*)$'
        parameters.append(_header("If-Match", pattern, "The versions that the change builds on."))
    if parameters:
        extra["parameters"] = parameters
    successes = {status: _success(status, model) for status, model in responses.items()}
    return {
        "status_code": min(responses),
        "response_class": Response,
        "responses": successes,
        "openapi_extra": extra | {_CODES: codes},
    }


def document(app: FastAPI, scope_prefix: str) -> dict[str, Any]:
    """Make the whole document."""
    routes = [route for route in routes_of(app) if route.include_in_schema]
    made = get_openapi(
        title="varsling",
        version="1",
        summary="Notices of breach of a lease to the NAV office (husleieloven § 9-11).",
        routes=app.routes,
    )
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for route in routes:
        for method in sorted(route.methods or ()):
            operation = made["paths"][route.path][method.lower()]
            _complete(operation, route.path, POLICY[method, route.path], scope_prefix)
    _, definitions = models_json_schema(
        [(model, "validation") for _, model in sorted(_models.items())] + [(ProblemAnswer, "validation")],
        ref_template=_REFERENCE,
    )
    schemas.update(definitions.get("$defs", {}))
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    made["components"]["schemas"] = {name: _by_reference(schemas[name], name, schemas) for name in sorted(schemas)}
    made["components"]["securitySchemes"] = {
        _SECURITY_SCHEME: {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token of Maskinporten's with one of the scopes named.",
        }
    }
    return made


def _by_reference(value: Any, own: str, schemas: Mapping[str, Any]) -> Any:
    """Replace a component that is written out in full (`ShownAs`) by a reference."""
    if isinstance(value, list):
        return [_by_reference(one, own, schemas) for one in value]
    if not isinstance(value, dict):
        return value
    title = value.get("title")
    if isinstance(title, str) and title != own and schemas.get(title) == value:
        return {"$ref": _REFERENCE.format(model=title)}
    return {name: _by_reference(one, own, schemas) for name, one in value.items()}


def as_file(app: FastAPI) -> str:
    """Give the document as the text of openapi/varsling.json."""
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"


def routes_of(app: FastAPI) -> Iterable[APIRoute]:
    """Find all our routes. An included router is a branch of the tree."""
    pending: list[Any] = list(app.routes)
    while pending:
        route = pending.pop(0)
        if isinstance(route, APIRoute):
            yield route
        elif (router := getattr(route, "original_router", None)) is not None:
            pending.extend(router.routes)


def _complete(operation: dict[str, Any], path: str, rule: Rule, scope_prefix: str) -> None:
    codes = [Code(code) for code in operation.pop(_CODES)]
    responses = operation["responses"]
    responses.pop("422", None)  # the framework's own answer, which the service never gives
    if path.startswith("/v1/"):  # a query that the call does not know
        codes.append(Code.VALIDATION_FAILED)
    if not rule.public:
        codes += _OF_TOKENS
    elif not path.startswith("/health/"):
        codes.append(Code.RATE_LIMITED)
    operation["responses"] = dict(sorted((responses | _problem_responses(codes)).items()))
    operation["security"] = [{_SECURITY_SCHEME: [f"{scope_prefix}{scope}"]} for scope in sorted(rule.any_of)]


def _problem_responses(codes: Iterable[Code]) -> dict[str, dict[str, Any]]:
    """Give the problems of an operation, and no others, by status."""
    by_status: dict[str, list[Code]] = {}
    for code in dict.fromkeys(codes):
        by_status.setdefault(str(status_of(code)), []).append(code)
    return {status: _problem_response(sorted(same)) for status, same in by_status.items()}


def _problem_response(codes: Sequence[Code]) -> dict[str, Any]:
    narrowed = {"type": "object", "properties": {"code": {"enum": [code.value for code in codes]}}}
    schema = {"allOf": [{"$ref": _REFERENCE.format(model=ProblemAnswer.__name__)}, narrowed]}
    titles = [f"`{code}`: {problem_text(code, AnswerLanguage.EN).title}." for code in codes]
    return {"description": " ".join(titles), "content": {PROBLEM_JSON: {"schema": schema}}}


def _request_body(model: type[RequestModel], example: Mapping[str, Any] | None) -> dict[str, Any]:
    if _models.setdefault(model.__name__, model) is not model:
        raise RuntimeError(f"two models are called {model.__name__}")
    content: dict[str, Any] = {"schema": {"$ref": _REFERENCE.format(model=model.__name__)}}
    if example is not None:
        content["example"] = dict(example)
    return {"required": True, "content": {"application/json": content}}


def _header(name: str, pattern: str, description: str) -> dict[str, Any]:
    schema = {"type": "string", "pattern": pattern, "maxLength": _TEXT_LIMIT}
    return {"name": name, "in": "header", "required": False, "description": description, "schema": schema}


def _success(status: int, model: type[Any] | None) -> dict[str, Any]:
    if status == 304:
        return {"description": "What you have still stands."}
    if model is None:
        return {"description": "Done.", "content": {"application/json": {"schema": {"type": "object"}}}}
    return {"description": "Done.", "model": model}
