"""A tenant with her letter at hand, and a browser without scripts."""

from collections.abc import Callable
from typing import Any
from zlib import crc32

import httpx
import pytest

from tests.notices.scenario import Scenario
from tests.service import Service

KARIS_BIRTH_DATE = "01.01.1990"


class Reader:
    """A browser that keeps cookies and follows redirects."""

    def __init__(self, service: Service) -> None:
        self.client: httpx.Client = service.anonymous()

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.client.get(path, headers=headers, follow_redirects=True)

    def send(self, path: str, **form: str) -> httpx.Response:
        return self.client.post(path, data=form, follow_redirects=True)

    def enter(self, code: str, born: str = KARIS_BIRTH_DATE) -> httpx.Response:
        return self.send(f"/t/{code}", born=born)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database of one kind or the other for each test: every statement behind the pages runs on both."""
    kind = getattr(request, "param", ("sqlite", "postgresql")[crc32(request.node.nodeid.encode()) % 2])
    url: str = request.getfixturevalue(f"{kind}_url")
    return url


@pytest.fixture
def scenario(service: Service) -> Scenario:
    return Scenario.with_grant(service)


@pytest.fixture
def notice(scenario: Scenario) -> dict[str, Any]:
    """A notice about Kari that has reached its office."""
    notice = scenario.send()
    scenario.work()
    return notice


@pytest.fixture
def new_reader(scenario: Scenario) -> Callable[[], Reader]:
    return lambda: Reader(scenario.service)


@pytest.fixture
def reader(new_reader: Callable[[], Reader]) -> Reader:
    return new_reader()


def code_of(scenario: Scenario, name: str = "Kari Testperson") -> str:
    (code,) = {str(one["code"]) for one in scenario.letters("copy") if one["address"][0] == name}
    return code
