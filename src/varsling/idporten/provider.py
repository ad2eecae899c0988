"""The metadata of an OpenID provider, read once a day, and the calls to it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from varsling import http

CALL_SECONDS: Final = 8.0
_METADATA_SECONDS = 24 * 3600
_AWAY_SECONDS = 10.0


class Away(Exception):
    """The provider does not answer, or not as it must. `reason` is a code, and nothing that it said."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Provider:
    """The addresses of a provider. `names_itself`: its answers through the browser have `iss` (RFC 9207)."""

    authorize: str
    push: str
    token: str
    keys: str
    end_session: str | None
    names_itself: bool

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Provider":
        """Read the metadata. Raises Away for a provider without one of the addresses."""
        names = ("authorization_endpoint", "pushed_authorization_request_endpoint", "token_endpoint", "jwks_uri")
        found = [document.get(name) for name in names]
        if not all(isinstance(one, str) and one.startswith(("https://", "http://")) for one in found):
            raise Away("metadata")
        authorize, push, token, keys = map(str, found)
        end = document.get("end_session_endpoint")
        names_itself = document.get("authorization_response_iss_parameter_supported") is True
        return cls(authorize, push, token, keys, end if isinstance(end, str) else None, names_itself=names_itself)


class Calls:
    """The calls of one process to the provider that `issuer` names, without a slash at its end."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._client = http.client(read_seconds=CALL_SECONDS, connect_seconds=CALL_SECONDS)
        self._known: tuple[Provider, float] | None = None
        self._away_until = 0.0

    def close(self) -> None:
        self._client.close()

    @property
    def known(self) -> Provider | None:
        """The provider, if it has been read: whoever asks for this waits for nobody."""
        return None if self._known is None else self._known[0]

    def provider(self) -> Provider:
        """Give the provider. One that did not answer is not asked again at once. Raises Away."""
        now = time.monotonic()
        if self._known is None or now >= self._known[1]:
            if now < self._away_until:
                raise Away("away-lately")
            try:
                self._known = self._read(), time.monotonic() + _METADATA_SECONDS
            except Away:
                self._away_until = time.monotonic() + _AWAY_SECONDS
                raise
        return self._known[0]

    def _read(self) -> Provider:
        status, document = self._called("GET", f"{self._issuer}/.well-known/openid-configuration")
        if status != 200 or document.get("issuer") != self._issuer:
            raise Away("metadata" if status == 200 else f"status-{status}")
        return Provider.of(document)

    def post(self, url: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        """Post a form, and give the answer's document. Raises Away."""
        status, document = self._called("POST", url, form)
        if status not in (200, 201):
            error = document.get("error")
            known = isinstance(error, str) and error.isascii() and error.replace("_", "").isalpha()
            raise Away(str(error)[:40] if known else f"status-{status}")
        return document

    def _called(self, method: str, url: str, form: Mapping[str, str] | None = None) -> tuple[int, Mapping[str, Any]]:
        try:
            answer = self._client.request(method, url, data=form)
            document = answer.json()
        except http.NETWORK_ERRORS as error:
            raise Away(type(error).__name__) from None
        except ValueError:
            raise Away("malformed") from None
        return answer.status_code, document if isinstance(document, dict) else {}
