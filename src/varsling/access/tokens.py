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
_REMEMBERED_SECONDS = 300.0
# A header names key and algorithm and nothing else: no member that brings a key along or changes what is signed.
_HEADER_MEMBERS = {"alg", "kid", "typ", "x5t", "x5t#S256"}


class Keys(Protocol):
    async def key(self, key_id: str) -> PublicKey | None: ...

    def has(self, key: PublicKey) -> bool: ...


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

    def has(self, key: PublicKey) -> bool:
        return key is self._key


@dataclass(frozen=True, slots=True)
class _Verified:
    """A token that was good: it counts until then, and while its issuer has the key that signed it."""

    principal: Principal
    until: float
    keys: Keys
    key: PublicKey

    @property
    def counts(self) -> bool:
        return time.time() < self.until and self.keys.has(self.key)


class Verifier:
    """Finds the principal of a token. One object serves a process, and remembers verified tokens for some minutes."""

    def __init__(self, settings: Settings, keyring: Keyring) -> None:
        self._scope_prefix = settings.scope_prefix
        self._trusted: dict[str, _Trusted] = {
            one.issuer: _Trusted(Jwks(one.jwks_url), MASKINPORTEN_ALGORITHMS, one.audience) for one in settings.issuers
        }
        if not settings.production:
            self._trusted[DEVELOPMENT_ISSUER] = _Trusted(_OwnKey(keyring), (DEVELOPMENT_ALGORITHM,), None)
        self._lifetime = settings.token_lifetime_minutes * 60
        self._verified: dict[bytes, _Verified] = {}

    def remembered(self, token: str) -> Principal | None:
        """Give the principal of a token that was verified a moment ago."""
        known = self._verified.get(_digest(token))
        return known.principal if known is not None and known.counts else None

    async def principal(self, token: str) -> Principal:
        """Verify a token. Raises TokenRefused, KeysUnknown."""
        if len(token) > _MAX_LENGTH or not token.isascii():
            raise TokenRefused
        verified = await self._verify(token)
        self._remember(_digest(token), verified)
        return verified.principal

    async def _verify(self, token: str) -> _Verified:
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
        now = time.time()
        until = check_times(claims, now, self._lifetime)  # before the keys: an expired token costs no call
        key = await trusted.keys.key(key_id)
        if key is None or not _signed_by(token, key, trusted.algorithms):
            raise TokenRefused
        check_audience(claims, trusted.audience)
        principal = principal_of(claims, self._scope_prefix)
        return _Verified(principal, min(until, now + _REMEMBERED_SECONDS), trusted.keys, key)

    def _remember(self, digest: bytes, verified: _Verified) -> None:
        if len(self._verified) >= _REMEMBERED:
            self._verified = {key: kept for key, kept in self._verified.items() if kept.counts}
            while len(self._verified) >= _REMEMBERED:
                del self._verified[next(iter(self._verified))]
        self._verified[digest] = verified


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


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
