"""Maskinporten: metadata, keys, and tokens for grants that it checks as Digdir's pages say."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from varsling.simulators.serving import Simulator, first_key

_ALGORITHMS = ["RS256", "RS384", "RS512"]
_GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_REQUIRED = frozenset({"aud", "iss", "scope", "iat", "exp", "jti"})
_OPTIONAL = frozenset({"resource", "consumer_org", "iss_onbehalfof", "pid", "authorization_details"})
_SKEW_SECONDS = 10
_LONGEST_GRANT_SECONDS = 120


class Refused(Exception):
    """Status, `error` and `error_description` of an answer."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description


@dataclass(slots=True)
class Client:
    """A registered client: its organisation, its keys by id, its scopes, and those that their owners grant it."""

    organisation: str
    keys: dict[str, RSAKey]
    scopes: frozenset[str]
    granted: frozenset[str]
    expired_keys: set[str] = field(default_factory=set)


class MaskinportenSimulator(Simulator):
    """Gives tokens that live `lifetime` seconds to `clients`, by their ids."""

    def __init__(self, clients: Mapping[str, Client], *, lifetime: int = 119) -> None:
        super().__init__(
            [
                Route("/.well-known/oauth-authorization-server", self._metadata),
                Route("/jwk", self._jwk),
                Route("/token", self._token, methods=["POST"]),
            ]
        )
        self.clients = dict(clients)
        self.lifetime = lifetime
        self._key = first_key("maskinporten")
        self._used: set[str] = set()

    @property
    def issuer(self) -> str:
        return f"{self.origin}/"

    def spoils(self, path: str) -> bool:
        return path == "/token"

    async def _metadata(self, request: Request) -> Response:
        del request
        return JSONResponse(
            {
                "issuer": self.issuer,
                "token_endpoint": f"{self.origin}/token",
                "jwks_uri": f"{self.origin}/jwk",
                "grant_types_supported": [_GRANT_TYPE],
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
                "token_endpoint_auth_signing_alg_values_supported": _ALGORITHMS,
            }
        )

    async def _jwk(self, request: Request) -> Response:
        del request
        return JSONResponse({"keys": [{**self._key.as_dict(private=False), "use": "sig", "alg": "RS256"}]})

    async def _token(self, request: Request) -> Response:
        try:
            client_id, client, claims = self._granted((await request.body()).decode("ascii"))
        except Refused as refused:
            body = {"error": refused.error, "error_description": refused.description}
            return JSONResponse(body, refused.status)
        return JSONResponse(
            {
                "access_token": self._minted(client_id, client, claims["scope"]),
                "token_type": "Bearer",
                "expires_in": self.lifetime,
                "scope": claims["scope"],
            }
        )

    def _granted(self, body: str) -> tuple[str, Client, Mapping[str, Any]]:
        """Check a grant as Maskinporten does. Raises Refused."""
        form = parse_qs(body)
        if form.get("grant_type") != [_GRANT_TYPE] or len(form.get("assertion", [])) != 1:
            raise Refused(400, "invalid_request", "Invalid assertion. Invalid parameter value (MP-011)")
        header, claims = _read(form["assertion"][0])
        client_id = str(claims.get("iss"))
        client = self.clients.get(client_id)
        if client is None:
            raise Refused(401, "invalid_client", "Client not found (MP-100)")
        _check_signature(form["assertion"][0], header, client)
        self._check_claims(claims)
        _check_scopes(client, str(claims["scope"]).split())
        self._used.add(str(claims["jti"]))
        return client_id, client, claims

    def _check_claims(self, claims: Mapping[str, Any]) -> None:
        if claims["aud"] != self.issuer:
            raise _invalid_grant("Invalid assertion. Client authentication failed. Invalid JWT claim aud (MP-110)")
        issued, expires, now = claims["iat"], claims["exp"], self.now()
        if not 0 < expires - issued <= _LONGEST_GRANT_SECONDS or abs(issued - now) > _SKEW_SECONDS:
            raise _invalid_grant("Invalid assertion. Client authentication failed. Invalid JWT claim iat or exp")
        if expires + _SKEW_SECONDS < now:
            raise _invalid_grant("Authentication of client by JWT failed: JWT is expired (MP-130)")
        if claims["jti"] in self._used:
            raise _invalid_grant("Validation of JWT Bearer grant failed. Grant is used before (MP-012)")

    def _minted(self, client_id: str, client: Client, scope: str) -> str:
        now = int(self.now())
        claims = {
            "iss": self.issuer,
            "client_amr": "private_key_jwt",
            "token_type": "Bearer",
            "iat": now,
            "exp": now + self.lifetime,
            "scope": scope,
            "client_id": client_id,
            "jti": uuid4().hex,
            "consumer": {"authority": "iso6523-actorid-upis", "ID": f"0192:{client.organisation}"},
        }
        return jwt.encode({"alg": "RS256", "kid": self._key.kid}, claims, self._key, algorithms=["RS256"])


def _read(assertion: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Read the parts of an assertion, not verified yet. Raises Refused."""
    try:
        compact = jws.extract_compact(assertion.encode())
        header, claims = compact.headers(), json.loads(compact.payload)
    except (JoseError, ValueError):
        raise Refused(400, "invalid_request", "Invalid assertion (MP-011)") from None
    instants = isinstance(claims, dict) and all(isinstance(claims.get(name), int) for name in ("iat", "exp"))
    if not instants or not _REQUIRED <= claims.keys() <= _REQUIRED | _OPTIONAL:
        raise Refused(400, "invalid_request", "Invalid assertion")
    if header.get("alg") not in _ALGORITHMS or ("kid" in header) is ("x5c" in header):
        raise _invalid_grant("Invalid assertion. Client authentication failed. Invalid header (MP-123)")
    return header, claims


def _check_signature(assertion: str, header: Mapping[str, Any], client: Client) -> None:
    key = client.keys.get(str(header.get("kid")))
    if key is None:
        raise _invalid_grant("Invalid assertion. Client authentication failed. (MP-100)")
    if key.kid in client.expired_keys:
        raise _invalid_grant("Invalid assertion. Client authentication failed. The key has expired (MP-121)")
    try:
        jws.deserialize_compact(assertion, key, algorithms=_ALGORITHMS)
    except JoseError:
        raise _invalid_grant("Invalid assertion. Client authentication failed. Invalid signature (MP-124)") from None


def _check_scopes(client: Client, scopes: list[str]) -> None:
    if not scopes or not client.scopes.issuperset(scopes):
        raise Refused(400, "invalid_scope", "Token request contains invalid scopes for client (MP-200)")
    for scope in scopes:
        if scope not in client.granted:
            text = f"Consumer has not been granted access to the scope {scope} (MP-250)"
            raise Refused(403, "access_denied", text)


def _invalid_grant(description: str) -> Refused:
    return Refused(400, "invalid_grant", description)
