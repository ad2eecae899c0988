"""A caller of the public API: its address, its token, and its waiting when the service asks for it."""

import random
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import orjson

from varsling import http

# The waits (seconds, each with jitter) before a call is given up that reached no server, or was asked to come back.
WAITS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
# A batch's answer, and a feed page of a thousand events, have a few MiB.
_MOST_BYTES = 64 * 1024 * 1024
_COME_BACK = frozenset({429, 503})


def printable(text: str) -> str:
    """Write a server's words for a terminal: what would steer it is shown, and not obeyed."""
    return "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in text)


class ApiRefused(Exception):
    """The service answered with a problem: `.problem` is its body, `.status` its status."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(printable(f"{status} {problem.get('code', 'unknown')}: {problem.get('detail', '')}"))
        self.status = status
        self.problem = problem


class ApiUnreachable(Exception):
    """No server answered, after several tries. `why` is the last failure."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"{url} did not take the call ({why}). Is the service running there?")
        self.why = why


class Api:
    """Calls with a bearer token.

    Every call here may be repeated: references make the storing ones safe (CONTRACT § Idempotency).
    """

    def __init__(
        self, url: str, token: str, *, language: str = "en", wait: Callable[[float], None] = time.sleep
    ) -> None:
        self._url = url.rstrip("/")
        self._answered = False
        self._client = http.client(
            headers={"Authorization": f"Bearer {token}", "Accept-Language": language},
            read_seconds=60,
            most_bytes=_MOST_BYTES,
        )
        self.wait = wait

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._client.close()

    def get(self, path: str, parameters: Mapping[str, str | int]) -> dict[str, Any]:
        return self._call("GET", path, parameters=parameters)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._call("POST", path, body=body)

    def _call(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        failure = "no answer"
        for pause in (*WAITS, None):
            try:
                answer = self._client.request(
                    method,
                    self._url + path,
                    params=dict(parameters or {}),
                    content=None if body is None else orjson.dumps(body),
                    headers={} if body is None else {"Content-Type": "application/json"},
                )
            except http.NETWORK_ERRORS as error:
                failure, after = type(error).__name__, None
                if isinstance(error, (*http.NEVER_SENT, http.TIME_OUT)) and not self._answered:
                    break  # nobody has ever answered there: no restart to wait for
            else:
                self._answered = True
                if answer.status_code not in _COME_BACK:
                    return _read(answer.status_code, answer.content)
                failure, after = f"the answer {answer.status_code}", answer.headers.get("Retry-After")
            if pause is not None:
                self.wait(_seconds(after, pause))
        raise ApiUnreachable(self._url, failure)


def _seconds(retry_after: str | None, pause: float) -> float:
    if retry_after is not None and retry_after.isdigit():
        return min(float(retry_after), 60.0)
    return pause * random.uniform(0.5, 1.0)


def _read(status: int, content: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(content)
    except orjson.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict):
        problem = {"code": "not-varsling", "detail": "The answer is no JSON object: is the address right?"}
        raise ApiRefused(status, problem)
    if status >= 400:
        raise ApiRefused(status, answer)
    return answer
