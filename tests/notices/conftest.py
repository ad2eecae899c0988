"""A landlord's system on the day of the contract's example."""

import httpx
import pytest

from tests.notices.bodies import CONTRACT_TIME, move_clock_to
from tests.service import Service


@pytest.fixture
def landlord(service: Service) -> httpx.Client:
    move_clock_to(service.context.engine, CONTRACT_TIME)
    return service.landlord()
