"""The committed OpenAPI document is the application's own, is complete, and describes the real answers."""

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import jsonschema
import openapi_spec_validator
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests import examples
from tests.notices.scenario import Scenario
from tests.service import Service, settings_of
from varsling.access.issuer import AGENT_SCOPES, LANDLORD_SCOPES, NAV_SCOPES
from varsling.access.policy import POLICY
from varsling.app.app import create_app
from varsling.domain.dates import Basis
from varsling.domain.events import EventType
from varsling.domain.lifecycle import BlockedReason, CopyStatus, NoticeStatus
from varsling.domain.notice import GroundCode
from varsling.domain.office import FoundBy
from varsling.domain.tenant import Through, Wish
from varsling.feed.schemas import BASE, MEMBERS
from varsling.settings import Settings
from varsling.web.fields import WordsMissing, tell, values_of
from varsling.web.openapi import as_file

pytestmark = pytest.mark.slow

FILE = Path(__file__).parents[2] / "openapi" / "varsling.json"
# For each operation; `EXAMPLES=100` makes it an afternoon's search.
EXAMPLES = int(os.environ.get("EXAMPLES", "12"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]


@pytest.fixture(scope="module")
def document() -> Any:
    return create_app(Settings.model_construct()).openapi()


def operations(document: Any) -> dict[tuple[str, str], Any]:
    return {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_the_committed_document_is_the_apps(tmp_path: Path) -> None:
    """`varsling openapi > openapi/varsling.json` makes it."""
    assert FILE.read_text("utf-8") == as_file(create_app(settings_of("sqlite:///unused", tmp_path)))


def test_every_reference_leads_somewhere(document: Any) -> None:
    referred = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert referred <= document["components"]["schemas"].keys()
    used = json.dumps(document)
    assert {name for name in document["components"]["schemas"] if f'/{name}"' not in used} == set()


def test_every_operation_says_who_may_call_and_what_comes_back(document: Any) -> None:
    names = [operation["operationId"] for operation in operations(document).values()]
    assert len(set(names)) == len(names)
    for route, operation in operations(document).items():
        scopes = set(operation.get("x-scopes", ()))
        assert operation["security"] == ([{"maskinporten": []}] if scopes else [])
        assert scopes == {f"varsling:{scope}" for scope in POLICY[route].any_of}
        statuses = operation["responses"].keys()
        assert statuses >= {"500", "503"}
        assert not scopes or statuses >= {"401", "403", "406", "429"}
        assert "requestBody" not in operation or statuses >= {"400", "413", "415", "422"}
        assert "HTTPValidationError" not in json.dumps(operation)


def test_it_is_a_valid_document(document: Any) -> None:
    """Node's linters, where they are: tests/clients/test_typescript.py."""
    openapi_spec_validator.validate(document)


def test_every_member_has_a_meaning_and_an_example(document: Any) -> None:
    lacking = [
        f"{name}.{member}"
        for name, schema in document["components"]["schemas"].items()
        for member, described in schema.get("properties", {}).items()
        if not described.get("description") or not described.get("examples")
    ]
    assert lacking == []
    parameters = [one for operation in operations(document).values() for one in operation.get("parameters", ())]
    assert [one["name"] for one in parameters if not (one.get("description") and "example" in one)] == []


def test_a_member_or_value_without_words_makes_no_document(document: Any) -> None:
    schemas = {"NoticeInput": {"properties": {"reference": {"type": "string"}, "colour": {"type": "string"}}}}
    with pytest.raises(WordsMissing, match=r"NoticeInput\.colour"):
        tell(schemas, frozenset())
    for enum in (EventType, NoticeStatus, CopyStatus, BlockedReason, Basis, FoundBy, GroundCode, Wish, Through):
        assert values_of(enum.__name__).keys() == set(enum)


def contents(document: Any) -> Iterator[tuple[str, Any]]:
    """Find every body of the document, by its place."""
    for (method, path), operation in operations(document).items():
        bodies = {"request": operation.get("requestBody", {})} | operation["responses"]
        for where, body in bodies.items():
            for content in body.get("content", {}).values():
                yield f"{method} {path} {where}", content


def test_every_body_has_an_example_of_its_schema(document: Any) -> None:
    lacking = [where for where, content in contents(document) if not content.get("examples")]
    # An answer of 503 that is no problem is a process's own "failing".
    assert [where for where in lacking if not where.startswith("GET /health/")] == []
    for where, content in contents(document):
        schema = content["schema"] | {"components": document["components"]}
        for name, example in content.get("examples", {}).items():
            value = (document["components"]["examples"][name] if "$ref" in example else example)["value"]
            faults = [*jsonschema.Draft202012Validator(schema).iter_errors(value)]
            assert faults == [], (where, name, faults[0].message)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_answers_that_it_shows_are_the_services(new_service: Callable[..., Service]) -> None:
    """`python -m tests.examples` records them anew."""
    shown = json.loads(examples.FILE.read_text("utf-8"))
    now = examples.recorded(Scenario(new_service()))
    assert examples.members_of(now) == examples.members_of(shown)


def test_kinds_are_closed_in_requests_and_open_in_answers(document: Any) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["GroundInput"]["properties"]["code"]["$ref"] == "#/components/schemas/GroundCode"
    status = schemas["NoticeAnswer"]["properties"]["status"]
    assert (status["type"], "enum" in status, "accepted" in status["x-extensible-enum"]) == ("string", False, True)
    assert schemas["KnownEvent"]["discriminator"]["mapping"].keys() == set(EventType)


def test_every_event_has_the_members_that_the_document_gives_it(new_service: Callable[..., Service]) -> None:
    """Those of its type and no others: of a life with every change."""
    scenario = Scenario(new_service())
    examples.recorded(scenario)
    for client in (scenario.landlord, scenario.nav):
        for event in scenario.events(client):
            more = event.keys() - {*BASE}
            assert more <= {*MEMBERS[EventType(event["type"])]}, event


def test_the_notice_has_the_contracts_shape(document: Any) -> None:
    schemas = document["components"]["schemas"]
    body = operations(document)["POST", "/v1/notices"]["requestBody"]["content"]["application/json"]
    assert body["schema"] == {"$ref": "#/components/schemas/NoticeInput"}
    assert body["examples"]["usual"]["value"]["reference"] == "K-1044-2026-11"
    assert schemas["NoticeInput"]["additionalProperties"] is False
    assert schemas["BatchItemInput"]["properties"]["notice"]["$ref"] == "#/components/schemas/NoticeInput"


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_the_service_answers_as_the_document_says(
    new_service: Callable[..., Service], document: Any, record_property: Callable[[str, object], None]
) -> None:
    """A bounded search: for each operation a few bodies and parameters, within and beyond the document's shapes."""
    service = new_service()
    client = service.client("311758489", {*LANDLORD_SCOPES, *AGENT_SCOPES, *NAV_SCOPES})
    schema = schemathesis.openapi.from_dict(document)
    tried: Counter[int] = Counter()
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]  # what cannot be read fails the test here

        @hypothesis.given(operation.as_strategy())
        @hypothesis.settings(max_examples=EXAMPLES, suppress_health_check=list(hypothesis.HealthCheck), database=None)
        def answers_as_it_says(case: Any) -> None:
            if case.query and case.query.get("wait"):
                case.query["wait"] = 0
            headers = {"Authorization": client.headers["Authorization"]}
            tried[case.call_and_validate(base_url=service.url, headers=headers, checks=CHECKS).status_code] += 1

        answers_as_it_says()
    assert tried[200]
    assert tried.total() > len(operations(document))
    record_property("account", f"{tried.total()} calls answered as the document says: {dict(sorted(tried.items()))}")
