"""A client at a Maskinporten on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from joserfc.jwk import RSAKey

from varsling.maskinporten.service import Maskinporten, SigningKeys
from varsling.simulators.maskinporten import Client, MaskinportenSimulator
from varsling.simulators.serving import served

CLIENT_ID = "f5b1f2d3-0000-4c1a-9a10-5f2d7f3c0001"
SCOPE = "altinn:correspondence.write altinn:serviceowner"
OTHER_SCOPE = "ks:fiks"
UNGRANTED = "folkeregister:deling/offentligmedhjemmel"


@pytest.fixture
def keys(tmp_path: Path) -> SigningKeys:
    made = SigningKeys(tmp_path / "maskinporten.json")
    made.add()
    return made


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


def registered(keys: SigningKeys) -> dict[str, RSAKey]:
    """The public keys, as Digdir has them after they were registered."""
    return {key["kid"]: RSAKey.import_key(key) for key in keys.public()["keys"]}
