"""The policy has exactly one row for each route (guarantee 8)."""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from tests.service import settings_of
from varsling.access.policy import POLICY, PUBLIC
from varsling.app.app import create_app
from varsling.web.openapi import routes_of


def test_every_route_has_a_row_and_every_row_a_route(tmp_path: Path) -> None:
    app = create_app(settings_of("sqlite:///unused", tmp_path))
    routes = {(method, route.path) for route in routes_of(app) for method in route.methods or ()}
    assert routes == POLICY.keys()


def test_every_route_goes_through_the_policy(tmp_path: Path) -> None:
    """A mounted application, or a route that is not FastAPI's, would answer anybody: nothing would ask for its row."""
    app = create_app(settings_of("sqlite:///unused", tmp_path))
    pending: list[Any] = list(app.routes)
    while pending:
        route = pending.pop()
        included = getattr(route, "original_router", None)
        assert isinstance(route, APIRoute) or included is not None, route
        pending += included.routes if included is not None else []


def test_the_routes_are_found_however_deep_they_were_included() -> None:
    """The test above is worth only as much as its list of routes: the application's routes are a tree."""
    inner, outer, app = APIRouter(), APIRouter(), FastAPI(openapi_url=None)
    inner.add_api_route("/inner", lambda: None)
    outer.include_router(inner)
    app.include_router(outer)
    app.add_api_route("/plain", lambda: None)
    assert {route.path for route in routes_of(app)} == {"/inner", "/plain"}


def test_only_what_contract_names_is_public() -> None:
    assert {path for (_, path), rule in POLICY.items() if rule is PUBLIC or rule.public} == {
        "/v1/dates",
        "/health/live",
        "/health/ready",
        *("/o", "/o/{code}", "/o/{code}/opened", "/o/{code}/forwarding", "/o/{code}/done"),
        *("/t", "/t/leave", "/t/reserved", "/t/reported", "/t/{code}", "/t/{code}/reserve"),
        *("/t/notice", "/t/notice/letters/{delivery_id}"),
        *(f"/t/notice/{form}" for form in ("call", "disagree", "reserve", "reminder", "report", "wishes", "consents")),
        *("/t/login", "/t/logout", "/t/logged-out", "/t/{code}/login"),
        *("/t/notice/login", "/t/notice/undo", "/t/notice/export"),
        "/altinn/events/{secret}",
        "/",
        "/docs",
        "/docs/",
        "/docs/api",
        "/docs/search",
        "/docs/calls/{call}",
        "/docs/samples/{name}",
        "/docs/{name}",
        "/docs/assets/{name}",
        "/openapi.json",
        "/problems",
        "/problems/{code}",
        "/.well-known/jwks.json",
    }
