"""Services that trust a Maskinporten on loopback."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.access.maskinporten import ISSUER, Key, Maskinporten
from tests.service import Service
from varsling.settings import Issuer


@pytest.fixture(scope="session")
def key() -> Key:
    return Key("first")


@pytest.fixture(scope="session")
def other_key() -> Key:
    return Key("second")


@pytest.fixture
def maskinporten(key: Key) -> Iterator[Maskinporten]:
    with Maskinporten() as server:
        server.keys = [key.jwk()]
        yield server


@pytest.fixture
def new_trusting(new_service: Callable[..., Service], maskinporten: Maskinporten) -> Callable[..., Service]:
    """Starts services that trust that Maskinporten beside their own issuer."""
    return partial(new_service, issuers=(Issuer(issuer=ISSUER, jwks_url=maskinporten.url),))


@pytest.fixture
def trusting(new_trusting: Callable[..., Service]) -> Service:
    return new_trusting()


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough: tokens touch none."""
    return sqlite_url
