"""The frame of every call: its trace id, its line in the log, and an answer to an unforeseen failure."""

import random
import time
from http import HTTPStatus

import structlog
from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from varsling.app.logging import Throttle, what_failed
from varsling.database.failures import Failure, failure_of
from varsling.domain.problems import Code, Problem, Unavailable
from varsling.web.answers import NO_STORE
from varsling.web.limits import charge_stranger, may_prove_itself, standing
from varsling.web.problems import problem_answer
from varsling.web.routes import has_own_head

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_CLIENT_WENT_AWAY = 499
# For a year (RFC 6797): no later visit of a tenant's begins without encryption.
_HTTPS_ONLY = b"max-age=31536000"

_ids = random.Random()  # a trace id names a call, and opens nothing
_refusals = Throttle()
_log = structlog.get_logger(__name__)


class CallMiddleware:
    """The outermost layer that may fail: nothing that leaves it quotes an exception, the path or the query."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["trace_id"] = f"{_ids.getrandbits(128):032x}"
        structlog.contextvars.bind_contextvars(trace_id=scope["trace_id"])  # the server gives each call its own task
        await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        status = 0
        # A server answers HEAD as it answers GET, without the body. It knows itself that a HEAD has none.
        asked, method = scope, scope["method"]
        if method == "HEAD" and not has_own_head(scope["path"]):
            asked = {**scope, "method": "GET"}

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                _add_headers(message, asked)
            await send(message)

        try:
            if not may_prove_itself(asked):  # before anything is looked up for it
                charge_stranger(asked)
            await self._app(asked, receive, send_on)
        except ClientDisconnect:
            status = _CLIENT_WENT_AWAY
        except Exception as error:  # whatever it is: its caller gets a problem, the log its type and place
            problem = _problem_of(error)
            if problem.code is Code.INTERNAL:
                _log.error("request_failed", **what_failed(error))
            if status:  # half an answer is out: only the server can end it
                raise
            await problem_answer(Request(asked), problem)(asked, receive, send_on)
        finally:
            _log_line(asked, method, status, time.perf_counter() - started)


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    return Unavailable() if failure_of(error) in (Failure.DOWN, Failure.LOCKED) else Problem(Code.INTERNAL)


def _add_headers(message: Message, scope: Scope) -> None:
    headers: list[tuple[bytes, bytes]] = message["headers"]
    headers.append((b"x-content-type-options", b"nosniff"))
    if (told := standing(scope)) is not None:
        headers += ((b"ratelimit-policy", told[0].encode()), (b"ratelimit", told[1].encode()))
    if scope["app"].state.settings.public_url.startswith("https:"):
        headers.append((b"strict-transport-security", _HTTPS_ONLY))
    if not any(name == b"cache-control" for name, _ in headers):
        headers.append((b"cache-control", NO_STORE.encode()))


def _log_line(scope: Scope, method: str, status: int, seconds: float) -> None:
    if status == HTTPStatus.TOO_MANY_REQUESTS and scope.get("acting") is None and not _refusals.passes("stranger"):
        return
    # Probes come for ever, and from anybody who likes.
    if scope["path"].startswith("/health/") and (status == HTTPStatus.OK or not _refusals.passes("health")):
        return
    route = scope.get("route")
    _log.info(
        "request",
        method=method if method in _METHODS else "other",
        route=getattr(route, "path", "none"),
        status=status,
        milliseconds=round(seconds * 1000, 1),
        acting=scope.get("acting"),
        code=scope.get("problem"),
    )
