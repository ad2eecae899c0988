"""A whole OpenID provider (idpyOIDC) on loopback, which knows one client and lets one person in."""

from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from idpyoidc.server import Server
from idpyoidc.server.configure import OPConfiguration
from idpyoidc.server.exception import OidcEndpointError
from idpyoidc.server.oauth2.pushed_authorization import PushedAuthorization
from idpyoidc.server.oidc.authorization import Authorization
from idpyoidc.server.oidc.provider_config import ProviderConfiguration
from idpyoidc.server.oidc.token import Token
from idpyoidc.server.user_authn.user import NoAuthn
from idpyoidc.server.user_info import UserInfo
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from varsling.simulators.serving import Simulator

_BY_KEY = {"client_authn_method": ["private_key_jwt"]}
_SECRETS = {"key_defs": [{"type": "OCT", "use": ["enc"], "kid": kid} for kid in ("password", "salt")]}
_ENCRYPTED = {"kwargs": {"keys": _SECRETS, "iterations": 1}}
_RIGHTS = {"authorization_code": {"supports_minting": ["access_token", "id_token"], "max_usage": 1}, "access_token": {}}


class RealProvider(Simulator):
    """`number` is the identity number of whoever logs in."""

    def __init__(self, client_id: str, keys: dict[str, Any], redirect_uri: str, number: str) -> None:
        super().__init__(
            [
                Route("/.well-known/openid-configuration", self._metadata),
                Route("/jwks.json", self._jwks),
                Route("/par", self._par, methods=["POST"]),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
            ]
        )
        self._client = {
            "client_id": client_id,
            "redirect_uris": [(redirect_uri, None)],
            "response_types_supported": ["code"],
            "token_endpoint_auth_method": "private_key_jwt",
            "allowed_scopes": ["openid"],
            "client_salt": "salt",
        }
        self._keys = keys
        self._number = number

    @cached_property
    def _server(self) -> Any:
        server = Server(
            OPConfiguration(self._configuration(), base_path=""),
            key_conf={"key_defs": [{"type": "RSA", "use": ["sig"]}, {"type": "EC", "crv": "P-256", "use": ["sig"]}]},
        )
        server.context.cdb[self._client["client_id"]] = self._client
        server.keyjar.import_jwks(self._keys, self._client["client_id"])
        for endpoint in server.endpoint.values():
            endpoint.allowed_targets = [""]  # the issuer, as ID-porten demands it
        return server

    def _configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.origin,
            "httpc_params": {},
            "preference": {
                "id_token_signing_alg_values_supported": ["RS256"],
                "acr_values_supported": ["idporten-loa-high"],
            },
            "token_handler_args": {
                "code": {"lifetime": 60, "kwargs": {"crypt_conf": _ENCRYPTED}},
                "token": {"class": "idpyoidc.server.token.jwt_token.JWTToken", "kwargs": {"lifetime": 120}},
                "id_token": {
                    "class": "idpyoidc.server.token.id_token.IDToken",
                    "kwargs": {"base_claims": {"pid": {"essential": True}}},
                },
            },
            "endpoint": {
                "provider_config": {
                    "path": ".well-known/openid-configuration",
                    "class": ProviderConfiguration,
                    "kwargs": {},
                },
                "authorization": {"path": "authorize", "class": Authorization, "kwargs": {}},
                "pushed_authorization": {"path": "par", "class": PushedAuthorization, "kwargs": _BY_KEY},
                "token": {"path": "token", "class": Token, "kwargs": _BY_KEY},
            },
            "authentication": {
                "anyone": {"acr": "idporten-loa-high", "class": NoAuthn, "kwargs": {"user": "somebody"}}
            },
            "userinfo": {"class": UserInfo, "kwargs": {"db": {"somebody": {"pid": self._number}}}},
            "add_ons": {
                "pkce": {
                    "function": "idpyoidc.server.oauth2.add_on.pkce.add_support",
                    "kwargs": {"essential": True, "code_challenge_method": "S256"},
                }
            },
            "authz": {
                "class": "idpyoidc.server.authz.AuthzHandling",
                "kwargs": {"grant_config": {"usage_rules": _RIGHTS, "expires_in": 120}},
            },
            "session_params": {"encrypter": _ENCRYPTED},
        }

    async def _metadata(self, _: Request) -> Response:
        endpoint = self._server.endpoint["provider_config"]
        told = endpoint.process_request(endpoint.parse_request({}))["response_args"]
        return JSONResponse({**told, "jwks_uri": f"{self.origin}/jwks.json"})

    async def _jwks(self, _: Request) -> Response:
        return JSONResponse(self._server.keyjar.export_jwks())

    async def _par(self, request: Request) -> Response:
        endpoint = self._server.endpoint["pushed_authorization"]
        try:
            pushed = endpoint.parse_request((await request.body()).decode())
        except OidcEndpointError:
            return JSONResponse({"error": "invalid_client"}, 401)
        return JSONResponse(endpoint.process_request(pushed)["http_response"], 201)

    async def _authorize(self, request: Request) -> Response:
        """Let in whoever comes: the login that was asked for has happened."""
        endpoint, name = self._server.endpoint["authorization"], request.query_params["request_uri"]
        pushed = self._server.context.par_db.pop(name).to_dict()
        asked = {key: value for key, value in pushed.items() if key != "prompt" and "assertion" not in key}
        answer = endpoint.process_request(endpoint.parse_request(asked))
        return RedirectResponse(endpoint.do_response(**answer)["response"], 303)

    async def _token(self, request: Request) -> Response:
        endpoint = self._server.endpoint["token"]
        try:
            grant = endpoint.parse_request((await request.body()).decode())
        except OidcEndpointError:
            return JSONResponse({"error": "invalid_client"}, 401)
        answer = endpoint.process_request(grant)
        if "error" in answer:
            return JSONResponse(answer.to_dict(), 400)
        told = answer["response_args"]
        return JSONResponse({**told, "scope": " ".join(told["scope"])})


def way_back(location: str) -> str:
    """Give the path and query of a redirect."""
    parts = urlsplit(location)
    return f"{parts.path}?{parts.query}"
