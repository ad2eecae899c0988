"""A stage for each policy, and a landlord's side that says only what a test is about."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.notices.scenario import Stage
from tests.service import Service

StageWith = Callable[..., Stage]


@pytest.fixture
def stage(service: Service) -> Stage:
    return Stage.with_grant(service)


@pytest.fixture
def stage_with(new_service: Callable[..., Service]) -> StageWith:
    """A stage with policies by name."""

    def make(**policies: Any) -> Stage:
        return Stage.with_grant(new_service(**policies))

    return make
