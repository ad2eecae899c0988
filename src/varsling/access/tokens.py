"""Verification of bearer tokens: fixed algorithms for each issuer, the exact issuer, the times, the principal."""

import binascii
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from varsling.access.issuer import DEVELOPMENT_ALGORITHM, DEVELOPMENT_ISSUER
from varsling.access.jwks import Jwks, PublicKey
from varsling.access.principal import Principal
from varsling.access.token_claims import TokenRefused, check_audience, check_times, principal_of
from varsling.privacy.keys import Keyring
from varsling.settings import Settings

MASKINPORTEN_ALGORITHMS = ("RS256", "RS384", "RS512")
_MAX_LENGTH = 16 * 1024
_REMEMBERED = 4096
# A header names key and algorithm and nothing else: no member that brings a key along or changes what is signed.
_HEADER_MEMBERS = {"alg", "kid", "typ", "x5t", "x5t#S256"}


class Keys(Protocol):
    async def key(self, key_id: str) -> PublicKey | None: ...


@dataclass(frozen=True, slots=True)
class _Trusted:
    keys: Keys
    algorithms: tuple[str, ...]
    audience: str | None


class _OwnKey:
    """The development issuer's only key."""

    def __init__(self, keyring: Keyring) -> None:
        self._key = keyring.issuer_key

    async def key(self, key_id: str) -> PublicKey | None:
        return self._key if key_id == self._key.kid else None


class Verifier:
    """Finds the principal of a token. One object serves a process, and remembers verified tokens until they expire."""

    def __init__(self, settings: Settings, keyring: Keyring) -> None:
        self._scope_prefix = settings.scope_prefix
        self._trusted: dict[str, _Trusted] = {
            one.issuer: _Trusted(Jwks(one.jwks_url), MASKINPORTEN_ALGORITHMS, one.audience) for one in settings.issuers
        }
        if not settings.production:
            self._trusted[DEVELOPMENT_ISSUER] = _Trusted(_OwnKey(keyring), (DEVELOPMENT_ALGORITHM,), None)
        self._verified: dict[bytes, tuple[Principal, float]] = {}

    async def principal(self, token: str) -> Principal:
        """Verify a token. Raises TokenRefused."""
        if len(token) > _MAX_LENGTH or not token.isascii():
            raise TokenRefused
        digest = hashlib.sha256(token.encode()).digest()
        remembered = self._verified.get(digest)
        if remembered is not None and time.time() < remembered[1]:
            return remembered[0]
        principal, until = await self._verify(token)
        self._remember(digest, principal, until)
        return principal

    async def _verify(self, token: str) -> tuple[Principal, float]:
        parts = token.split(".")
        if len(parts) != 3:
            raise TokenRefused
        header, claims = _json(parts[0]), _json(parts[1])
        issuer = claims.get("iss")
        trusted = self._trusted.get(issuer) if isinstance(issuer, str) else None
        key_id, algorithm = header.get("kid"), header.get("alg")
        if trusted is None or not header.keys() <= _HEADER_MEMBERS:
            raise TokenRefused
        if not isinstance(key_id, str) or algorithm not in trusted.algorithms:
            raise TokenRefused
        until = check_times(claims, time.time())  # before the keys: an expired token costs no call
        key = await trusted.keys.key(key_id)
        if key is None or not _signed_by(token, key, trusted.algorithms):
            raise TokenRefused
        check_audience(claims, trusted.audience)
        return principal_of(claims, self._scope_prefix), until

    def _remember(self, digest: bytes, principal: Principal, until: float) -> None:
        if len(self._verified) >= _REMEMBERED:
            now = time.time()
            self._verified = {key: kept for key, kept in self._verified.items() if kept[1] > now}
            while len(self._verified) >= _REMEMBERED:
                del self._verified[next(iter(self._verified))]
        self._verified[digest] = principal, until


def _signed_by(token: str, key: PublicKey, algorithms: tuple[str, ...]) -> bool:
    try:
        jws.deserialize_compact(token, key, algorithms=list(algorithms))
    except (JoseError, ValueError):
        return False
    return True


def _json(part: str) -> Mapping[str, Any]:
    """Read an unverified part of a token, which must be an object. Raises TokenRefused."""
    try:
        value = orjson.loads(urlsafe_b64decode(part.encode()))
    except (binascii.Error, ValueError):
        raise TokenRefused from None
    if not isinstance(value, dict):
        raise TokenRefused
    return value
