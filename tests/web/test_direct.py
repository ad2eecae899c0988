"""Hot routes: an endpoint that needs more than the request tells is refused when it is made."""

from uuid import UUID

import pytest
from fastapi import APIRouter, Response

from tests.service import Service
from varsling.access.policy import POLICY
from varsling.web.direct import DirectRoute


def test_an_endpoint_that_needs_more_than_the_request_is_refused() -> None:
    router = APIRouter(route_class=DirectRoute)
    with pytest.raises(TypeError):

        @router.get("/v1/things/{thing}")
        async def read(thing: UUID) -> Response:
            return Response(str(thing))


def test_every_hot_route_is_one_of_the_policy_and_of_a_path_without_parameters(service: Service) -> None:
    hot = service.app.state.hot
    assert {("POST", "/v1/notices"), ("GET", "/v1/feed")} <= hot.keys() <= POLICY.keys()
    assert not any("{" in path for _, path in hot)


def test_other_methods_of_a_hot_path_are_answered_as_elsewhere(service: Service) -> None:
    answer = service.landlord().put("/v1/feed", json={})
    assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD"}
