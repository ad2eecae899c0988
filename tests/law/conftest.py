"""A scenario for each policy, and a landlord's system whose requests contain only the point under test."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.notices.scenario import Scenario
from tests.service import Service

StageWith = Callable[..., Scenario]


@pytest.fixture
def scenario(service: Service) -> Scenario:
    return Scenario.with_grant(service)


@pytest.fixture
def stage_with(new_service: Callable[..., Service]) -> StageWith:
    """A scenario with the given policies."""

    def make(**policies: Any) -> Scenario:
        return Scenario.with_grant(new_service(**policies))

    return make
