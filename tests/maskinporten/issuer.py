"""A Maskinporten on loopback with one client, for the tests of whoever needs its tokens."""

import contextlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from joserfc.jwk import RSAKey

from varsling import secret_files
from varsling.maskinporten.service import SigningKeys
from varsling.simulators.maskinporten import Client, MaskinportenSimulator
from varsling.simulators.serving import served

CLIENT_ID = "f5b1f2d3-0000-4c1a-9a10-5f2d7f3c0001"
SCOPE = "altinn:correspondence.write altinn:serviceowner"
OTHER_SCOPE = "ks:fiks"


@cache
def _key_file() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "maskinporten.json"
        SigningKeys(file).add()
        return file.read_bytes()


def signing_keys(folder: Path) -> SigningKeys:
    """The keys of a client, in `folder`. All tests of a process have the same one: to make it takes its time."""
    file = folder / "maskinporten.json"
    secret_files.replace(file, _key_file())
    return SigningKeys(file)


def registered(keys: SigningKeys) -> dict[str, RSAKey]:
    """The public keys, as Digdir has them after they were registered."""
    return {key["kid"]: RSAKey.import_key(key) for key in keys.public()["keys"]}


@contextlib.contextmanager
def issuer(folder: Path) -> Iterator[tuple[MaskinportenSimulator, SigningKeys]]:
    """Serve one; the client's keys lie in `folder`."""
    keys = signing_keys(folder)
    scopes = frozenset((*SCOPE.split(), OTHER_SCOPE, "altinn:events.subscribe"))
    simulator = MaskinportenSimulator({CLIENT_ID: Client("311758489", registered(keys), scopes, scopes)})
    with served(simulator):
        yield simulator, keys
