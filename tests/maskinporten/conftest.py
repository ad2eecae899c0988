"""A client at a Maskinporten on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.maskinporten.issuer import CLIENT_ID, OTHER_SCOPE, SCOPE, registered, signing_keys
from varsling.maskinporten.service import Maskinporten, SigningKeys
from varsling.simulators.maskinporten import Client, MaskinportenSimulator
from varsling.simulators.serving import served

UNGRANTED = "folkeregister:deling/offentligmedhjemmel"


@pytest.fixture
def keys(tmp_path: Path) -> SigningKeys:
    return signing_keys(tmp_path)


@pytest.fixture
def simulator(keys: SigningKeys) -> Iterator[MaskinportenSimulator]:
    scopes = frozenset((*SCOPE.split(), OTHER_SCOPE))
    known = Client("311758489", registered(keys), scopes | {UNGRANTED}, scopes)
    simulator = MaskinportenSimulator({CLIENT_ID: known})
    with served(simulator):
        yield simulator


@pytest.fixture
def maskinporten(simulator: MaskinportenSimulator, keys: SigningKeys) -> Iterator[Maskinporten]:
    client = Maskinporten(simulator.issuer, CLIENT_ID, keys)
    yield client
    client.close()
