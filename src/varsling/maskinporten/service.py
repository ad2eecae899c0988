"""Access tokens by a JWT grant (RFC 7523), kept until shortly before they expire.

Source: Digdir's pages on Maskinporten: the grant, its token, and its error messages.
"""

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any
from uuid import uuid4

from joserfc import jwt

from varsling import http
from varsling.maskinporten.signing_keys import ALGORITHM, SigningKeys, SigningKeysRefused

__all__ = ["Maskinporten", "SigningKeys", "SigningKeysRefused", "TokenNotGiven"]

# Maskinporten takes grants that live at most 120 s, and whose clock is at most 10 s off.
_GRANT_SECONDS = 100
_CLOCK_SECONDS = 10
# A token is given to no call that it might not outlive.
_SPARED_SECONDS = 10
_METADATA_SECONDS = 24 * 3600
_CALL_SECONDS = 10.0

_CODE = re.compile(r"MP-\d{3}")
_REMEDIES: Mapping[str, str] = {
    "MP-012": "a grant was sent twice: try again",
    "MP-100": "the client or its key is unknown there: check VARSLING_MASKINPORTEN_CLIENT_ID and the environment, and"
    " register the key that `varsling keys maskinporten show` prints",
    "MP-110": "VARSLING_MASKINPORTEN_ISSUER belongs to another environment than the client",
    "MP-121": "the key's registration has expired: make, register and use a new one (`varsling keys maskinporten new`)",
    "MP-124": "another key is registered under this id: register the one that `varsling keys maskinporten show` prints",
    "MP-130": "the grant had expired: set this machine's clock",
    "MP-200": "the scope is not registered on the client: add it there",
    "MP-201": "the client's integration type does not allow the scope: register a client for Maskinporten",
    "MP-250": "the scope's owner has not granted this organisation access: ask the owner for it",
    "MP-251": "the consumer has not delegated the scope to this organisation",
}
# The codes of texts without one.
_TEXTS: Mapping[str, str] = {
    "client not found": "MP-100",
    "client authentication failed. invalid jwt claim aud": "MP-110",
    "jwt is expired": "MP-130",
    "invalid scopes for client": "MP-200",
    "has not been granted access": "MP-250",
    "has not delegated": "MP-251",
    "client authentication failed": "MP-100",
}
_ERRORS = frozenset({"invalid_grant", "invalid_client", "invalid_request", "invalid_scope", "access_denied"})


class TokenNotGiven(Exception):
    """Maskinporten gave no token. `code` is its code, "clock", or what went wrong on the way; `remedy` says what to
    do. `passing`: trying later may help without a person."""

    def __init__(self, code: str, remedy: str, *, passing: bool = False) -> None:
        super().__init__(f"{code}: {remedy}")
        self.code = code
        self.remedy = remedy
        self.passing = passing


@dataclass(frozen=True, slots=True)
class _Kept:
    value: str
    until: float


class Maskinporten:
    """The client of one process. `issuer` is written as in Maskinporten's metadata, its slash included."""

    def __init__(self, issuer: str, client_id: str, keys: SigningKeys) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._keys = keys
        self._lock = threading.Lock()
        self._tokens: dict[str, _Kept] = {}
        self._endpoint: _Kept | None = None

    def token(self, scope: str) -> str:
        """Give a token for these scopes, separated by spaces. One fetch runs at a time; others wait for it.

        Raises TokenNotGiven, SigningKeysRefused.
        """
        with self._lock:
            known = self._tokens.get(scope)
            if known is None or time.monotonic() >= known.until:
                known = self._tokens[scope] = self._fetch(scope)
            return known.value

    def forget(self, scope: str) -> None:
        """Forget a token that a system has refused: the next one is fetched."""
        with self._lock:
            self._tokens.pop(scope, None)

    def close(self) -> None:
        if "_client" in vars(self):
            self._client.close()

    @cached_property
    def _client(self) -> http.Client:
        return http.client(read_seconds=_CALL_SECONDS, connect_seconds=_CALL_SECONDS)

    def _fetch(self, scope: str) -> _Kept:
        try:
            return self._ask(scope)
        except TokenNotGiven as failure:
            if not failure.passing:
                raise
            return self._ask(scope)

    def _ask(self, scope: str) -> _Kept:
        """Send a new grant: one that may have arrived is taken no second time."""
        endpoint, asked_at = self._token_endpoint(), time.monotonic()
        try:
            answer = self._client.post(endpoint, data=self._grant(scope))
        except http.NETWORK_ERRORS as error:
            raise _away(type(error).__name__) from None
        if answer.status_code != 200:
            raise _refusal(answer)
        return _kept(answer, asked_at)

    def _grant(self, scope: str) -> dict[str, str]:
        signing, now = self._keys.current(), int(time.time())
        claims = {
            "aud": self._issuer,
            "iss": self._client_id,
            "scope": scope,
            "iat": now,
            "exp": now + _GRANT_SECONDS,
            "jti": str(uuid4()),
        }
        assertion = jwt.encode({"alg": ALGORITHM, "kid": signing.key_id}, claims, signing.key, algorithms=[ALGORITHM])
        return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}

    def _token_endpoint(self) -> str:
        """Read the address of the token endpoint from the metadata (RFC 8414), once a day."""
        if self._endpoint is None or time.monotonic() >= self._endpoint.until:
            url = f"{self._issuer.rstrip('/')}/.well-known/oauth-authorization-server"
            try:
                answer = self._client.get(url)
            except http.NETWORK_ERRORS as error:
                raise _away(type(error).__name__) from None
            document = _document(answer)
            if answer.status_code != 200 or document.get("issuer") != self._issuer:
                raise TokenNotGiven(
                    "metadata",
                    f"set VARSLING_MASKINPORTEN_ISSUER to the issuer as its metadata have it, slash included"
                    f" (status {answer.status_code})",
                    passing=answer.status_code >= 500,
                )
            self._endpoint = _Kept(str(document.get("token_endpoint")), time.monotonic() + _METADATA_SECONDS)
        return self._endpoint.value


def _kept(answer: http.Response, asked_at: float) -> _Kept:
    document = _document(answer)
    token, seconds = document.get("access_token"), document.get("expires_in")
    if not isinstance(token, str) or not isinstance(seconds, int | float) or isinstance(seconds, bool):
        raise TokenNotGiven("malformed", "the answer has no token: try again", passing=True)
    return _Kept(token, asked_at + seconds - _SPARED_SECONDS)


def _away(code: str) -> TokenNotGiven:
    return TokenNotGiven(code, "Maskinporten does not answer: check the network; it is tried again", passing=True)


def _refusal(answer: http.Response) -> TokenNotGiven:
    """Explain a refusal. Its text may quote the grant, so that only codes are kept."""
    if answer.status_code >= 500 or answer.status_code == 429:
        return _away(f"status-{answer.status_code}")
    if (wrong := _clock_error(answer)) is not None:
        return TokenNotGiven("clock", f"this machine's clock is about {wrong} s off: set it")
    document = _document(answer)
    said, error = str(document.get("error_description")), str(document.get("error"))
    found = _CODE.search(said)
    code = found[0] if found else next((code for text, code in _TEXTS.items() if text in said.lower()), None)
    if code is None:
        code = error if error in _ERRORS else f"status-{answer.status_code}"
    return TokenNotGiven(code, _REMEDIES.get(code, "see Digdir's page on Maskinporten's errors"))


def _clock_error(answer: http.Response) -> int | None:
    """Give the seconds by which our clock differs from the issuer's, if it takes no grant for it."""
    try:
        theirs = parsedate_to_datetime(answer.headers.get("Date", "")).timestamp()
    except (TypeError, ValueError):
        return None
    wrong = round(time.time() - theirs)
    return wrong if abs(wrong) > _CLOCK_SECONDS else None


def _document(answer: http.Response) -> Mapping[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
