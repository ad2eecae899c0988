"""The public keys of the trusted issuers."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import urlsafe_b64decode

from varsling import http

REFETCH_SECONDS = 10.0
LIFETIME_SECONDS = 300.0
LAST_SECONDS = 3600.0
FETCH_SECONDS = 5.0
_MOST_BYTES = 256 * 1024
_MAX_KEYS = 50
_MIN_RSA_BITS = 2048

PublicKey = RSAKey | ECKey

_log = structlog.get_logger(__name__)


class KeysUnknown(Exception):
    """The issuer does not give its keys now, so that nobody can tell whether a token is good."""


class Jwks:
    """One issuer's keys by id, fetched at the first request, every five minutes, and when an unknown id appears.

    Anyone can send an unknown id, so it causes at most one call every 10 s; whoever comes meanwhile waits for that one,
    and no longer than `FETCH_SECONDS`. A failed fetch keeps the known keys for an hour, and nobody waits for the next:
    a key that was withdrawn does not count for ever. A key set that is there counts, be it empty. The address comes
    from the settings, never from a token.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: Mapping[str, PublicKey] = {}
        self._asked_at = float("-inf")
        self._fetched_at = float("-inf")
        self._failed = False
        self._fetching: asyncio.Task[None] | None = None

    async def key(self, key_id: str) -> PublicKey | None:
        """Give the key with this id; None if the issuer has no such key. Raises KeysUnknown."""
        now = time.monotonic()
        if now - self._fetched_at > LAST_SECONDS:
            self._keys = {}
        known = key_id in self._keys
        if not known or self._due(now):
            if self._fetching is None and now - self._asked_at >= REFETCH_SECONDS:
                self._asked_at = now
                self._fetching = asyncio.create_task(self._refresh())
            if self._fetching is not None and not (known and self._failed):
                await asyncio.wait([self._fetching], timeout=FETCH_SECONDS)
        key = self._keys.get(key_id)
        if key is None and (self._failed or self._fetching is not None or now - self._fetched_at > LAST_SECONDS):
            raise KeysUnknown
        return key

    def has(self, key: PublicKey) -> bool:
        """Tell whether the issuer's key set has this key still, and is not to be fetched again first."""
        return self._keys.get(key.kid or "") is key and not self._due(time.monotonic())

    def _due(self, now: float) -> bool:
        return now - self._fetched_at > LIFETIME_SECONDS

    async def _refresh(self) -> None:
        now = time.monotonic()
        try:
            fetched = await self._fetched()
            self._failed = fetched is None
            if fetched is not None:
                # A key that stays is the same object: what was verified with it is still known to be good.
                known = {kid: key for kid, key in self._keys.items() if kid in fetched and _same(key, fetched[kid])}
                self._keys, self._fetched_at = {**fetched, **known}, now
        finally:
            self._fetching = None

    async def _fetched(self) -> Mapping[str, PublicKey] | None:
        """Fetch the keys within a total time, of which the head of an answer is a part; None if that fails."""
        with http.client(read_seconds=FETCH_SECONDS, most_bytes=_MOST_BYTES) as client:
            try:
                return await asyncio.wait_for(asyncio.to_thread(_fetch, client, self._url), 2 * FETCH_SECONDS)
            except TimeoutError:
                _log.warning("jwks_not_fetched", reason="too slow")
                return None


def _fetch(client: http.Client, url: str) -> Mapping[str, PublicKey] | None:
    """Fetch the keys; None if they cannot be fetched."""
    try:
        response = client.get(url)
        document = response.json() if response.status_code == 200 else None
        if isinstance(document, dict) and isinstance(document.get("keys"), list):
            return public_keys(document)
        reason = f"status-{response.status_code}"
    except (*http.NETWORK_ERRORS, ValueError, RuntimeError) as error:  # the last: closed meanwhile
        reason = type(error).__name__
    _log.warning("jwks_not_fetched", reason=reason)
    return None


def _same(one: PublicKey, other: PublicKey) -> bool:
    return one.as_dict(private=False) == other.as_dict(private=False)


def public_keys(document: Any) -> Mapping[str, PublicKey]:
    """Select the usable signature keys of a key set. Broken, weak and other keys are skipped."""
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        return {}
    found: dict[str, PublicKey] = {}
    for entry in listed[:_MAX_KEYS]:
        if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str) or entry.get("use", "sig") != "sig":
            continue
        key = _public_key(entry)
        if key is not None:
            found[entry["kid"]] = key
    return found


def _public_key(entry: dict[str, Any]) -> PublicKey | None:
    try:
        if entry.get("kty") == "RSA":
            if int.from_bytes(urlsafe_b64decode(entry["n"].encode())).bit_length() < _MIN_RSA_BITS:
                return None
            return RSAKey.import_key({name: entry[name] for name in ("kty", "n", "e", "kid")})
        if entry.get("kty") == "EC" and entry.get("crv") == "P-256":
            return ECKey.import_key({name: entry[name] for name in ("kty", "crv", "x", "y", "kid")})
    except (JoseError, AttributeError, KeyError, ValueError, TypeError):  # exceptions that a broken entry causes
        return None
    return None
