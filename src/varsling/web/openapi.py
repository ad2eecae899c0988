"""The OpenAPI document. Bodies are read raw and answers are rendered once, so `described` gives both schemas by hand.

`described` describes one route; `document` adds the policy table, the words, the examples and the problems.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from varsling.access.policy import POLICY, Rule
from varsling.domain.problems import Code
from varsling.settings import Settings
from varsling.shapes import NAMED, RequestModel
from varsling.web import fields
from varsling.web.answer_parts import HEADERS, example_answer, example_request, headers_of, problem_responses
from varsling.web.problem_schemas import Problem

_REFERENCE = "#/components/schemas/{model}"
_SECURITY_SCHEME = "maskinporten"
_TEXT_LIMIT = 255
# The place where `described` keeps an operation's codes and traits until the document is made.
_KEPT = "x-kept"

# The codes of every body, and of every call with a token.
_OF_BODIES = (Code.MALFORMED_JSON, Code.TOO_LARGE, Code.UNSUPPORTED_MEDIA_TYPE, Code.VALIDATION_FAILED)
_OF_TOKENS = (Code.UNAUTHENTICATED, Code.FORBIDDEN, Code.NOT_ACCEPTABLE, Code.RATE_LIMITED)
_OF_ALL = (Code.INTERNAL, Code.UNAVAILABLE)
_OF_KEYS = (Code.IDEMPOTENCY_KEY_MALFORMED, Code.IDEMPOTENCY_KEY_REUSED, Code.REQUEST_IN_PROGRESS)

OF_EVERY_CALL = frozenset((*_OF_BODIES, *_OF_TOKENS, *_OF_ALL, *_OF_KEYS)) - {Code.VALIDATION_FAILED}
"""The codes that say nothing of what a call is for."""

# The request models of all described routes, by name.
_models: dict[str, type[RequestModel]] = {}


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
        parameters.append(
            _header("Idempotency-Key", r"^[\x21-\x7e]{1,255}$", "The same call again: same key.", "K-1044-2026-11")
        )
    if conditional:
        codes.append(Code.VERSION_CONFLICT)
        pattern = r'^(\*|"\d{1,9}"(, *"\d{1,9}")*)$'
        parameters.append(_header("If-Match", pattern, "The versions that the change builds on.", '"1"'))
    if parameters:
        extra["parameters"] = parameters
    successes = {status: _success(status, model) for status, model in responses.items()}
    return {
        "status_code": min(responses),
        "response_class": Response,
        "responses": successes,
        "openapi_extra": extra | {_KEPT: {"codes": codes, "idempotent": idempotent}},
    }


def document(app: FastAPI, settings: Settings, more_schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Make the whole document. `more_schemas` are objects that no Python type describes, by name."""
    routes = [route for route in routes_of(app) if route.include_in_schema]
    made = get_openapi(title="varsling", version="1", routes=app.routes)
    made["info"] = _info(settings)
    made["servers"] = [{"url": settings.public_url, "description": "This installation."}]
    made["tags"] = [{"name": name, "description": text} for name, text in fields.words("tags").items()]
    schemas = _schemas(made, more_schemas)
    made["components"] = {
        "schemas": schemas,
        "headers": HEADERS,
        "examples": {},
        "securitySchemes": {_SECURITY_SCHEME: _token(settings)},
    }
    for route in routes:
        for method in sorted(route.methods or ()):
            operation = made["paths"][route.path][method.lower()]
            _complete(operation, method, route.path, POLICY[method, route.path], settings, made["components"])
    return made


def _info(settings: Settings) -> dict[str, Any]:
    return {
        "title": "varsling",
        "version": "1",
        "summary": "Notices of breach of a lease to the NAV office (husleieloven § 9-11).",
        "description": f"The guide stands at {settings.public_url}/docs. Within version 1 answers, kinds and codes "
        "only grow: ignore what you do not know.",
        "contact": {"name": "Help", "url": f"{settings.public_url}/docs/help"},
        "license": {"name": "MIT", "identifier": "MIT"},
    }


def _token(settings: Settings) -> dict[str, Any]:
    return {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token of Maskinporten's, with a scope that the call names in `x-scopes`. The guide "
        f"tells how to get one: {settings.public_url}/docs/tokens.",
    }


def _schemas(made: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = made["components"]["schemas"]
    _, requests = models_json_schema(
        [(model, "validation") for _, model in sorted(_models.items())], ref_template=_REFERENCE
    )
    definitions: dict[str, Any] = requests.get("$defs", {})
    problem = TypeAdapter(Problem).json_schema(ref_template=_REFERENCE)
    found = answers | definitions | problem.pop("$defs") | {"Problem": problem} | more
    for unused in ("HTTPValidationError", "ValidationError"):
        found.pop(unused, None)
    found = {name: _by_reference(found[name], name, found) for name in sorted(found)}
    fields.tell(found, frozenset(definitions))
    used = json.dumps([found, made["paths"]])
    return {name: one for name, one in found.items() if "enum" not in one or f'{fields.SCHEMA}{name}"' in used}


def _by_reference(value: Any, own: str, schemas: Mapping[str, Any]) -> Any:
    """Refer to a component that is written out in full (`ShownAs`) or named (`named_schema`)."""
    if isinstance(value, list):
        return [_by_reference(one, own, schemas) for one in value]
    if not isinstance(value, dict):
        return value
    if NAMED in value:
        return {"$ref": _REFERENCE.format(model=value[NAMED])}
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


def _complete(
    operation: dict[str, Any], method: str, path: str, rule: Rule, settings: Settings, components: dict[str, Any]
) -> None:
    """Add what an operation's route does not say: words, scopes, problems, headers, examples."""
    kept = operation.pop(_KEPT)
    codes = [Code(code) for code in kept["codes"]]
    responses = operation["responses"]
    responses.pop("422", None)  # the framework's own answer, which the service never gives
    if path.startswith("/v1/"):  # a query that the call does not know
        codes.append(Code.VALIDATION_FAILED)
    if not rule.public:
        codes += _OF_TOKENS
    elif not path.startswith("/health/"):
        codes.append(Code.RATE_LIMITED)
    for status, answer in responses.items():
        example_answer(answer, f"{method} {path}", status)
    responses |= problem_responses(codes, settings, components["examples"])
    for status, answer in responses.items():
        schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
        versioned = "version" in components["schemas"].get(fields.named(schema), {}).get("properties", {})
        if headers := headers_of(path, status, versioned=versioned, idempotent=kept["idempotent"]):
            answer["headers"] = headers
    operation["responses"] = dict(sorted(responses.items()))
    fields.tell_parameters(operation)
    scopes = [f"{settings.scope_prefix}{scope}" for scope in sorted(rule.any_of)]
    operation["description"] = fields.words("calls")[operation["operationId"]]
    operation["security"] = [{_SECURITY_SCHEME: []}] if scopes else []
    if scopes:
        named = " or ".join(f"`{scope}`" for scope in scopes)
        operation["description"] += f" Scope: {named}."
        operation["x-scopes"] = scopes


def _request_body(model: type[RequestModel], example: Mapping[str, Any] | None) -> dict[str, Any]:
    if _models.setdefault(model.__name__, model) is not model:
        raise RuntimeError(f"two models are called {model.__name__}")
    content: dict[str, Any] = {"schema": {"$ref": _REFERENCE.format(model=model.__name__)}}
    if example is not None:
        content |= example_request(example)
    return {"required": True, "content": {"application/json": content}}


def _header(name: str, pattern: str, description: str, example: str) -> dict[str, Any]:
    schema = {"type": "string", "pattern": pattern, "maxLength": _TEXT_LIMIT}
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": description,
        "schema": schema,
        "example": example,
    }


def _success(status: int, model: type[Any] | None) -> dict[str, Any]:
    if status == 304:
        return {"description": "What you have still stands."}
    if model is None:
        return {"description": "Done.", "content": {"application/json": {"schema": {"type": "object"}}}}
    return {"description": "Done.", "model": model}
