"""A Maskinporten on loopback with one client, for the tests of whoever needs its tokens."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.maskinporten.conftest import CLIENT_ID, OTHER_SCOPE, SCOPE, registered
from varsling.maskinporten.service import SigningKeys
from varsling.simulators.maskinporten import Client, MaskinportenSimulator
from varsling.simulators.serving import served


@contextlib.contextmanager
def issuer(folder: Path) -> Iterator[tuple[MaskinportenSimulator, SigningKeys]]:
    """Serve one; the client's keys lie in `folder`."""
    keys = SigningKeys(folder / "maskinporten.json")
    keys.add()
    scopes = frozenset((*SCOPE.split(), OTHER_SCOPE, "altinn:events.subscribe"))
    simulator = MaskinportenSimulator({CLIENT_ID: Client("311758489", registered(keys), scopes, scopes)})
    with served(simulator):
        yield simulator, keys
