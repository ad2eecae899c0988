"""A Maskinporten on loopback, for the channels that need its tokens."""

import contextlib
from collections.abc import Iterator

import pytest

from tests.maskinporten.issuer import CLIENT_ID
from tests.maskinporten.issuer import issuer as served_issuer
from varsling.maskinporten.service import Maskinporten, SigningKeys
from varsling.simulators.maskinporten import MaskinportenSimulator


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MaskinportenSimulator, SigningKeys]]:
    with served_issuer(tmp_path_factory.mktemp("keys")) as served:
        yield served


@pytest.fixture(scope="module")
def issuer(issued: tuple[MaskinportenSimulator, SigningKeys]) -> MaskinportenSimulator:
    return issued[0]


class Clients:
    """Makes clients of the issuer, and closes them."""

    def __init__(self, issued: tuple[MaskinportenSimulator, SigningKeys], stack: contextlib.ExitStack) -> None:
        self._issuer, self._keys = issued
        self._stack = stack

    def client(self, client_id: str = CLIENT_ID) -> Maskinporten:
        return self._stack.enter_context(contextlib.closing(Maskinporten(self._issuer.issuer, client_id, self._keys)))


@pytest.fixture
def clients(issued: tuple[MaskinportenSimulator, SigningKeys]) -> Iterator[Clients]:
    with contextlib.ExitStack() as stack:
        yield Clients(issued, stack)
