"""ID-porten: pushed requests, a page to log in as anybody, tokens for codes, and logout. It checks what Digdir's pages
say that ID-porten checks; `lies` are the wrong answers that it can give."""

import base64
import hashlib
import html
import json
import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from varsling.simulators.serving import Simulator, first_key

_REQUEST_SECONDS = 120
_CODE_SECONDS = 60
_TOKEN_SECONDS = 120
_LONGEST_ASSERTION_SECONDS = 120
_SKEW_SECONDS = 10
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LEVELS = ("idporten-loa-substantial", "idporten-loa-high")
_LANGUAGES = ("nb", "nn", "en", "se")
_REQUIRED = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
)  # fmt: skip


class Lie(StrEnum):
    """What is wrong with the next login."""

    LEVEL = "level"
    """It is on a lower level than was asked for."""
    NO_NUMBER = "no_number"
    """A foreign eID's, without `pid`."""
    STATE = "state"
    NONCE = "nonce"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    EXPIRED = "expired"
    SIGNATURE = "signature"
    UNSIGNED = "unsigned"
    """`alg` is none."""
    OTHER_SENDER = "other_sender"
    """The answer in the browser names another issuer."""


_SESSION = "session"


@dataclass(slots=True)
class Login:
    """A login under way: what was pushed, when, and as whom she logs in."""

    request: dict[str, str]
    at: float
    number: str = ""
    session: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    lie: Lie | None = None


class _Refused(Exception):
    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status = status


class IdPortenSimulator(Simulator):
    """Knows one client: its keys by id, and the addresses that browsers are sent back to."""

    def __init__(self, client_id: str, keys: dict[str, RSAKey], redirect_uri: str, logout_uri: str) -> None:
        super().__init__(
            [
                Route("/.well-known/openid-configuration", self._metadata),
                Route("/jwks.json", self._jwks),
                Route("/par", self._par, methods=["POST"]),
                Route("/authorize", self._authorize),
                Route("/login", self._login, methods=["POST"]),
                Route("/token", self._token, methods=["POST"]),
                Route("/logout", self._logout),
            ]
        )
        self.client_id = client_id
        self.keys = keys
        self.redirect_uri = redirect_uri
        self.logout_uri = logout_uri
        self.lies: list[Lie] = []
        self.sessions: list[str] = []
        self._key = first_key("idporten")
        self._pushed: dict[str, Login] = {}
        self._codes: dict[str, Login] = {}
        self._used: set[str] = set()

    @property
    def issuer(self) -> str:
        return self.origin

    def rotate(self) -> None:
        """Sign with a new key from now on."""
        self._key = RSAKey.generate_key(2048, auto_kid=True)

    async def _metadata(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.origin}/authorize",
                "pushed_authorization_request_endpoint": f"{self.origin}/par",
                "token_endpoint": f"{self.origin}/token",
                "jwks_uri": f"{self.origin}/jwks.json",
                "end_session_endpoint": f"{self.origin}/logout",
                "authorization_response_iss_parameter_supported": True,
                "response_types_supported": ["code"],
                "code_challenge_methods_supported": ["S256"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "subject_types_supported": ["pairwise"],
            }
        )

    async def _jwks(self, _: Request) -> Response:
        return JSONResponse({"keys": [{**self._key.as_dict(private=False), "use": "sig", "alg": "RS256"}]})

    async def _par(self, request: Request) -> Response:
        try:
            form = _form(await request.body())
            self._check_client(form)
            pushed = {name: value for name, value in form.items() if not name.startswith("client_assertion")}
            self._check_request(pushed)
        except _Refused as refused:
            return _error(refused)
        name = f"urn:idporten:{secrets.token_urlsafe(32)}"
        self._pushed[name] = Login(pushed, self.now())
        return JSONResponse({"request_uri": name, "expires_in": _REQUEST_SECONDS}, 201)

    def _check_request(self, pushed: dict[str, str]) -> None:
        if missing := [name for name in _REQUIRED if not pushed.get(name)]:
            raise _Refused("invalid_request", f"{missing} missing")
        fixed = {"response_type": "code", "scope": "openid", "code_challenge_method": "S256"}
        if any(pushed[name] != value for name, value in fixed.items()):
            raise _Refused("invalid_request", "not supported")
        if pushed["redirect_uri"] != self.redirect_uri:
            raise _Refused("invalid_request", "redirect_uri is not registered")
        if pushed.get("acr_values", _LEVELS[0]) not in _LEVELS or pushed.get("prompt", "login") != "login":
            raise _Refused("invalid_request", "acr_values or prompt")
        if pushed.get("ui_locales", "nb") not in _LANGUAGES:
            raise _Refused("invalid_request", "ui_locales")

    async def _authorize(self, request: Request) -> Response:
        """Ask who logs in: the number of anybody."""
        query = request.query_params
        name = query.get("request_uri", "")
        login = self._pushed.get(name)
        known = login is not None and self.now() - login.at <= _REQUEST_SECONDS
        if set(query) != {"request_uri", "client_id"} or query["client_id"] != self.client_id or not known:
            return HTMLResponse("<h1>Feil i forespørselen</h1>", 400)
        return HTMLResponse(
            "<!doctype html><title>ID-porten</title><h1>Logg inn</h1><form method=post action=/login>"
            f'<input type=hidden name=request_uri value="{html.escape(name)}">'
            "<label>Fødselsnummer <input name=number></label> <button>Logg inn</button>"
            " <button name=cancel value=yes>Avbryt</button></form>"
        )

    async def _login(self, request: Request) -> Response:
        form = _form(await request.body())
        login = self._pushed.pop(form.get("request_uri", ""), None)
        if login is None or self.now() - login.at > _REQUEST_SECONDS:
            return HTMLResponse("<h1>Feil i forespørselen</h1>", 400)
        login.lie = self.lies.pop(0) if self.lies else None
        state = "another" if login.lie is Lie.STATE else login.request["state"]
        issuer = "https://other.example" if login.lie is Lie.OTHER_SENDER else self.issuer
        answer = {"state": state, "iss": issuer}
        if "cancel" in form:
            answer |= {"error": "access_denied", "error_description": "User cancelled"}
        else:
            code = secrets.token_urlsafe(32)
            login.number, login.at = form.get("number", ""), self.now()
            if (known := request.cookies.get(_SESSION, "")) in self.sessions:  # single sign-on, until a logout
                login.session = known
            self._codes[code] = login
            answer["code"] = code
        back = RedirectResponse(f"{self.redirect_uri}?{urlencode(answer)}", 303)
        back.set_cookie(_SESSION, login.session, httponly=True)
        return back

    async def _token(self, request: Request) -> Response:
        try:
            form = _form(await request.body())
            self._check_client(form)
            login = self._taken(form)
        except _Refused as refused:
            return _error(refused)
        return JSONResponse(
            {
                "access_token": secrets.token_urlsafe(32),
                "id_token": self._id_token(login),
                "token_type": "Bearer",
                "expires_in": _TOKEN_SECONDS,
                "scope": "openid",
            }
        )

    def _taken(self, form: dict[str, str]) -> Login:
        """Take the login of a code, which counts once. Raises _Refused."""
        login = self._codes.pop(form.get("code", ""), None)
        if form.get("grant_type") != "authorization_code" or login is None:
            raise _Refused("invalid_grant", "unknown code")
        verifier = form.get("code_verifier", "")
        challenge = _challenge(verifier) if 43 <= len(verifier) <= 128 else None  # RFC 7636 § 4.1
        if self.now() - login.at > _CODE_SECONDS or challenge != login.request["code_challenge"]:
            raise _Refused("invalid_grant", "code or code_verifier")
        if form.get("redirect_uri") != login.request["redirect_uri"]:
            raise _Refused("invalid_grant", "redirect_uri")
        return login

    def _check_client(self, form: dict[str, str]) -> None:
        """Check the client's assertion: one audience, the issuer, and at most two minutes."""
        if form.get("client_assertion_type") != _ASSERTION:
            raise _Refused("invalid_client", "client_assertion_type", 401)
        try:
            read = jwt.decode(form.get("client_assertion", ""), self._client_key, algorithms=["RS256"])
        except (JoseError, ValueError):
            raise _Refused("invalid_client", "signature", 401) from None
        claims, now = read.claims, self.now()
        named = claims.get("iss") == claims.get("sub") == self.client_id == form.get("client_id", self.client_id)
        timely = claims.get("exp", 0) - claims.get("iat", 0) <= _LONGEST_ASSERTION_SECONDS
        timely = timely and abs(claims.get("iat", 0) - now) <= _SKEW_SECONDS
        timely = timely and claims.get("exp", 0) > now - _SKEW_SECONDS
        if not named or claims.get("aud") != self.issuer or not timely or claims.get("jti") in {None, *self._used}:
            raise _Refused("invalid_client", "claims", 401)
        self._used.add(str(claims["jti"]))

    def _client_key(self, token: Any) -> RSAKey:
        key = self.keys.get(str(token.headers().get("kid")))
        if key is None:
            raise ValueError("unknown key")
        return key

    def _id_token(self, login: Login) -> str:
        now, lie = int(self.now()), login.lie
        if login.session not in self.sessions:
            self.sessions.append(login.session)
        claims: dict[str, Any] = {
            "iss": "https://other.example" if lie is Lie.ISSUER else self.issuer,
            "aud": "another-client" if lie is Lie.AUDIENCE else self.client_id,
            "sub": hashlib.sha256(login.number.encode()).hexdigest(),
            "pid": login.number,
            "acr": _LEVELS[0] if lie is Lie.LEVEL else login.request.get("acr_values", _LEVELS[0]),
            "amr": ["TestID"],
            "nonce": "another" if lie is Lie.NONCE else login.request["nonce"],
            "sid": login.session,
            "auth_time": now,
            "iat": now - 1000 if lie is Lie.EXPIRED else now,
            "exp": now - 880 if lie is Lie.EXPIRED else now + _TOKEN_SECONDS,
            "jti": secrets.token_urlsafe(8),
            "locale": login.request.get("ui_locales", "nb"),
        }
        if lie is Lie.NO_NUMBER:
            del claims["pid"]
        header = {"alg": "RS256", "kid": self._key.kid}
        if lie is Lie.UNSIGNED:
            return ".".join((_base64({**header, "alg": "none"}), _base64(claims), ""))
        key = RSAKey.generate_key(2048) if lie is Lie.SIGNATURE else self._key
        return jwt.encode(header, claims, key, algorithms=["RS256"])

    async def _logout(self, _: Request) -> Response:
        """End every session, and tell the client of each in a frame, as when another service began the logout."""
        frames = "".join(
            f'<iframe src="{self.logout_uri}?{urlencode({"iss": self.issuer, "sid": one})}"></iframe>'
            for one in self.sessions
        )
        self.sessions.clear()
        return HTMLResponse(f"<!doctype html><title>ID-porten</title><h1>Du er logget ut</h1>{frames}")


def _form(body: bytes) -> dict[str, str]:
    given = parse_qs(body.decode(), keep_blank_values=True)
    if any(len(values) > 1 for values in given.values()):
        raise _Refused("invalid_request", "repeated parameter")
    return {name: values[0] for name, values in given.items()}


def _base64(document: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _error(refused: _Refused) -> Response:
    return JSONResponse({"error": refused.error, "error_description": str(refused)}, refused.status)
