"""Altinn's own token, in exchange for one of Maskinporten's. It lives 30 minutes."""

import threading
import time

from varsling import http
from varsling.maskinporten.service import Maskinporten, TokenNotGiven

SCOPE = "altinn:correspondence.write altinn:serviceowner"
EVENTS_SCOPE = "altinn:events.subscribe altinn:serviceowner"
_KEPT_SECONDS = 25 * 60.0


class AltinnLogin:
    """The login of one process, with the rights of a scope. One exchange runs at a time."""

    def __init__(self, url: str, maskinporten: Maskinporten, client: http.Client, scope: str = SCOPE) -> None:
        self._url = f"{url}/authentication/api/v1/exchange/maskinporten"
        self._maskinporten = maskinporten
        self._scope = scope
        self._client = client
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0

    def token(self, refused: str = "") -> str:
        """Give a token, and another one than the one that Altinn has `refused`.

        Raises TokenNotGiven, SigningKeysRefused, and the client's errors.
        """
        with self._lock:
            if self._token == refused or time.monotonic() >= self._until:
                self._token, self._until = self._exchanged(), time.monotonic() + _KEPT_SECONDS
            return self._token

    def _exchanged(self) -> str:
        headers = {"Authorization": f"Bearer {self._maskinporten.token(self._scope)}"}
        answer = self._client.get(self._url, headers=headers)
        if answer.status_code == 200:
            return answer.text.strip().strip('"')
        self._maskinporten.forget(self._scope)
        code, passing = f"exchange-{answer.status_code}", answer.status_code >= 500
        raise TokenNotGiven(code, "Altinn takes no token of this client: is it a service owner there?", passing=passing)
