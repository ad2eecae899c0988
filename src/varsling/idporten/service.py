"""Logins by ID-porten: a pushed request with PKCE, and the checks of its answer and its token.

Sources: Digdir's pages on ID-porten; OpenID Connect Core § 3.1.3.7; RFC 9126, 7636, 7523, 9207.
"""

import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

import anyio
import anyio.to_thread
import structlog
from authlib.common.security import generate_token
from authlib.oauth2.rfc7523 import private_key_jwt_sign
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError

from varsling.access.jwks import Jwks, KeysUnknown
from varsling.domain.identity import NationalId, parse_national_id
from varsling.domain.policies import LoginLevel
from varsling.idporten.provider import Away, Calls, Provider
from varsling.maskinporten.service import SigningKeys, SigningKeysRefused
from varsling.settings import Settings

__all__ = ["Attempt", "IdPorten", "Identity", "LoginRefused", "Refusal"]

_ALGORITHM = "RS256"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 100
_CLOCK_SECONDS = 10
_THREADS = 8
_SUBSTANTIAL, _HIGH = "idporten-loa-substantial", "idporten-loa-high"
_ENOUGH = {LoginLevel.SUBSTANTIAL: (_SUBSTANTIAL, _HIGH), LoginLevel.HIGH: (_HIGH,)}

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class Refusal(StrEnum):
    """Why a login failed, in the words of the page."""

    CANCELLED = "cancelled"
    STALE = "stale"
    """It began too long ago, in another browser, or was used before."""
    LEVEL = "level"
    """She was let in by a weaker method than was asked for."""
    NO_NUMBER = "no_number"
    """Hers is a foreign eID: it brings no Norwegian number."""
    AWAY = "away"


class LoginRefused(Exception):
    """The login failed. Nothing that she or ID-porten sent is in it."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a login must be answered with. It stays in the browser that began, sealed."""

    state: str
    nonce: str
    verifier: str

    def answered_by(self, answer: Mapping[str, str]) -> bool:
        """Tell whether an answer through the browser belongs to this attempt."""
        return hmac.compare_digest(answer.get("state", "").encode(), self.state.encode())


@dataclass(frozen=True, slots=True)
class Identity:
    """Who logged in. `session` is ID-porten's name of her session there, if it tells; `method` is her kind of eID."""

    number: NationalId
    session: str | None
    method: str


class IdPorten:
    """The client of one process. `redirect_uri` is registered at Digdir, with the public half of the key in use."""

    def __init__(self, issuer: str, client_id: str, keys: SigningKeys, *, level: LoginLevel, redirect_uri: str) -> None:
        self.issuer = issuer
        self._client_id = client_id
        self._keys = keys
        self._level = level
        self._redirect_uri = redirect_uri
        self._calls = Calls(issuer)
        self._threads = anyio.CapacityLimiter(_THREADS)
        self._jwks: Jwks | None = None

    @classmethod
    def of(cls, settings: Settings) -> "IdPorten | None":
        """Make the client of an installation; None where none is configured."""
        if not settings.idporten_issuer:
            return None
        return cls(
            settings.idporten_issuer,
            settings.idporten_client_id,
            SigningKeys(settings.maskinporten_keys),
            level=settings.idporten_level,
            redirect_uri=f"{settings.public_url}/t/login",
        )

    def close(self) -> None:
        self._calls.close()

    async def start(self, language: str) -> tuple[str, Attempt]:
        """Push a request. Gives the address to send the browser to. Raises LoginRefused (away)."""
        attempt = Attempt(generate_token(32), generate_token(32), generate_token(64))
        try:
            return await self._outward(partial(self._pushed, attempt, language)), attempt
        except Away as error:
            raise _away(error.reason) from None

    async def finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Identity:
        """Check the answer that came through the browser, and exchange its code. Raises LoginRefused."""
        try:
            provider = await self._outward(self._calls.provider)
            _check_answer(attempt, answer, self.issuer, named=provider.names_itself)
            tokens = await self._outward(partial(self._exchanged, provider, attempt, answer["code"]))
            claims = await self._verified(provider, attempt, tokens)
        except Away as error:
            # A code that was used before or is too old is refused with this error.
            raise LoginRefused(Refusal.STALE) if error.reason == "invalid_grant" else _away(error.reason) from None
        return self._identity(claims)

    async def logout_url(self) -> str | None:
        """Give the address that ends her session at ID-porten. It has nothing of her: she ends on a page there."""
        try:
            return (await self._outward(self._calls.provider)).end_session
        except Away:
            return None

    @property
    def known_logout_url(self) -> str | None:
        """The same, without asking ID-porten: None where it was not asked yet."""
        return None if self._calls.known is None else self._calls.known.end_session

    async def _outward(self, call: Callable[[], T]) -> T:
        """Call ID-porten in a thread of its own: while it hangs, no other page waits for a thread. Raises Away where
        all of these hang."""
        if self._threads.borrowed_tokens >= self._threads.total_tokens:
            raise Away("busy")
        return await anyio.to_thread.run_sync(call, limiter=self._threads)

    def _pushed(self, attempt: Attempt, language: str) -> str:
        provider = self._calls.provider()
        request = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._redirect_uri,
            "scope": "openid",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": create_s256_code_challenge(attempt.verifier),
            "code_challenge_method": "S256",
            "acr_values": f"idporten-loa-{self._level}",
            "prompt": "login",  # somebody else may be logged in on a shared machine
            "ui_locales": language,
        }
        pushed = self._calls.post(provider.push, {**request, **self._assertion()}).get("request_uri")
        if not isinstance(pushed, str):
            raise Away("malformed")
        return f"{provider.authorize}?{urlencode({'client_id': self._client_id, 'request_uri': pushed})}"

    def _exchanged(self, provider: Provider, attempt: Attempt, code: str) -> Mapping[str, Any]:
        grant = {
            "grant_type": "authorization_code",
            "client_id": self._client_id,
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": attempt.verifier,
        }
        return self._calls.post(provider.token, {**grant, **self._assertion()})

    def _assertion(self) -> dict[str, str]:
        """Make the client's proof (RFC 7523): its audience is the issuer, and nothing else. Raises Away."""
        try:
            signing = self._keys.current()
        except SigningKeysRefused:
            raise Away("keys") from None
        signed = private_key_jwt_sign(
            signing.key,
            self._client_id,
            self.issuer,
            alg=_ALGORITHM,
            header={"kid": signing.key_id},
            expires_in=_ASSERTION_SECONDS,
        )
        return {"client_assertion_type": _ASSERTION, "client_assertion": signed}

    async def _verified(self, provider: Provider, attempt: Attempt, tokens: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give the claims of the ID token. Raises Away, and LoginRefused (stale) for one of another login."""
        if self._jwks is None:
            self._jwks = Jwks(provider.keys)
        token = tokens.get("id_token")
        if not isinstance(token, str):
            raise Away("no-id-token")
        try:
            key = await self._jwks.key(_key_id(token))
            if key is None:
                raise Away("unknown-key")
            read = jwt.decode(token, key, algorithms=[_ALGORITHM])
            claims = CodeIDToken(
                read.claims,
                read.header,
                options={
                    "iss": {"essential": True, "value": self.issuer},
                    "aud": {"essential": True, "value": self._client_id},
                    "nonce": {"essential": True},
                },
                params={"nonce": attempt.nonce, "client_id": self._client_id},
            )
            claims.validate(now=int(time.time()), leeway=_CLOCK_SECONDS)
        except KeysUnknown:
            raise Away("keys-unknown") from None
        except (JoseError, ValueError, TypeError, OverflowError) as error:
            _log.warning("id_token_refused", error=type(error).__name__)
            raise LoginRefused(Refusal.STALE) from None
        return claims

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        """Read who she is. ID-porten may let her in at another level than was asked for. Raises LoginRefused."""
        if claims.get("acr") not in _ENOUGH[self._level]:
            raise LoginRefused(Refusal.LEVEL)
        try:
            number = parse_national_id(str(claims.get("pid")))
        except ValueError:
            raise LoginRefused(Refusal.NO_NUMBER) from None
        session = claims.get("sid")
        return Identity(number, session if isinstance(session, str) else None, _method(claims.get("amr")))


def _check_answer(attempt: Attempt, answer: Mapping[str, str], issuer: str, *, named: bool) -> None:
    """Check that an answer belongs to the attempt, and comes from this provider. Raises LoginRefused."""
    if not attempt.answered_by(answer) or answer.get("iss", None if named else issuer) != issuer:
        raise LoginRefused(Refusal.STALE)
    if "code" not in answer:
        raise LoginRefused(Refusal.CANCELLED if answer.get("error") == "access_denied" else Refusal.AWAY)


def _key_id(token: str) -> str:
    return str(jws.extract_compact(token.encode()).headers().get("kid"))


def _method(methods: object) -> str:
    """Read the kind of eID, for the audit trail alone: the list of kinds may change."""
    found = methods[0] if isinstance(methods, list) and methods else None
    known = isinstance(found, str) and found.isascii() and found.replace("-", "").replace(" ", "").isalnum()
    return str(found)[:40] if known else "unknown"


def _away(reason: str) -> LoginRefused:
    _log.warning("idporten_gives_no_login", reason=reason)
    return LoginRefused(Refusal.AWAY)
