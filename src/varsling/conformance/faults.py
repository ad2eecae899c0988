"""What stands between the client and the service: it remembers each call of the stream's, and spoils some."""

import asyncio
import json
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, urlencode

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NOTICE = re.compile(r"/v1/feed/notices/([0-9a-f-]{36})(/[a-z]+)?")


class AnswerLost(Exception):
    """Ends a connection in the midst of an answer."""


def without_lost_answers(record: logging.LogRecord) -> bool:
    """Filter a server's log: an answer that was lost on purpose is no error of the server's."""
    return record.exc_info is None or not isinstance(record.exc_info[1], AnswerLost)


class Kind(StrEnum):
    """What a call asks for."""

    PAGE = "page"
    NOTICE = "notice"
    OTHER = "other"


@dataclass(slots=True)
class Call:
    """A call of the client's, and what it was answered. `began` and `ended` are seconds of one clock."""

    kind: Kind
    began: float
    after: str | None = None
    notice: str | None = None
    status: int = 0
    spoiled: bool = False
    ended: float = 0.0
    answer: dict[str, Any] = field(default_factory=dict)

    @property
    def events(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.answer.get("events", [])
        return found

    @property
    def delivered(self) -> bool:
        """Whether the client got the whole answer."""
        return self.ended > 0 and not self.spoiled


@dataclass(slots=True)
class Spoil:
    """How the next calls of a kind are spoiled, so many times.

    `status` answers with it and `retry_after`; `drop` computes the answer and loses it; `events` gives pages of so many
    at most; `seconds` delays; `members` are added to the answer.
    """

    kind: Kind
    times: int = 1
    status: int | None = None
    retry_after: int | None = None
    drop: bool = False
    events: int | None = None
    seconds: float = 0.0
    members: dict[str, Any] = field(default_factory=dict)
    when: Callable[[Call], bool] = lambda _: True


class Faults:
    """The service behind it, with what is to be spoiled next. The script changes it from its own thread."""

    def __init__(self, app: ASGIApp, token: str, longest_wait: float) -> None:
        self._app = app
        self._token = token
        self._longest_wait = longest_wait  # or each step would take the half minute that an empty page is held open
        self.calls: list[Call] = []
        self.spoils: list[Spoil] = []
        self.held = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._is_the_clients(scope):
            await self._app(scope, receive, send)
            return
        call = _call_of(scope)
        while self.held and call.kind is Kind.PAGE:  # noqa: ASYNC110  (the script's thread arranges the next page)
            await asyncio.sleep(0.02)
        call.began = time.monotonic()
        self.calls.append(call)
        await self._answered(call, self._spoil_for(call), scope, receive, send)

    def _is_the_clients(self, scope: Scope) -> bool:
        given = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        path: str = scope["path"]
        return path.startswith("/v1/feed") and given == f"Bearer {self._token}"

    def _spoil_for(self, call: Call) -> Spoil | None:
        for spoil in self.spoils:
            if spoil.kind is call.kind and spoil.times > 0 and spoil.when(call):
                spoil.times -= 1
                return spoil
        return None

    async def _answered(self, call: Call, spoil: Spoil | None, scope: Scope, receive: Receive, send: Send) -> None:
        if spoil is not None and spoil.seconds:
            await asyncio.sleep(spoil.seconds)
        if spoil is not None and spoil.status is not None:
            call.status, call.spoiled = spoil.status, True
            await _refusal(spoil)(scope, receive, send)
            call.ended = time.monotonic()
            return
        start, body = await self._computed(
            _shortened(scope, spoil, self._longest_wait) if call.kind is Kind.PAGE else scope, receive
        )
        call.status = start["status"]
        if body[:1] == b"{":
            call.answer = json.loads(body)
        if spoil is not None and spoil.drop:
            call.spoiled = True
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"99999")]})
            raise AnswerLost
        if spoil is not None and spoil.members:
            body = json.dumps(call.answer | spoil.members).encode()
            start["headers"] = [(name, value) for name, value in start["headers"] if name != b"content-length"]
            start["headers"].append((b"content-length", str(len(body)).encode()))
        await send(start)
        await send({"type": "http.response.body", "body": body})
        call.ended = time.monotonic()

    async def _computed(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        return messages[0], b"".join(message.get("body", b"") for message in messages[1:])


def _call_of(scope: Scope) -> Call:
    query = parse_qs(scope["query_string"].decode("latin-1"))
    if scope["path"] == "/v1/feed":
        return Call(Kind.PAGE, 0.0, after=query.get("after", [None])[0])
    found = _NOTICE.fullmatch(scope["path"])
    if found is None or found[2] is not None or scope["method"] != "GET":
        return Call(Kind.OTHER, 0.0, notice=found[1] if found else None)
    return Call(Kind.NOTICE, 0.0, notice=found[1])


def _shortened(scope: Scope, spoil: Spoil | None, longest_wait: float) -> Scope:
    query = {name: values[-1] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}
    if query.get("wait", "").isdecimal() and int(query["wait"]) > longest_wait:
        query["wait"] = f"{longest_wait:.3f}"
    if spoil is not None and spoil.events is not None:
        query["limit"] = str(spoil.events)
    return {**scope, "query_string": urlencode(query).encode()}


def _refusal(spoil: Spoil) -> JSONResponse:
    headers = {} if spoil.retry_after is None else {"Retry-After": str(spoil.retry_after)}
    if spoil.status == 401:
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    code = {401: "unauthenticated", 429: "rate-limited", 503: "unavailable"}.get(spoil.status or 0, "internal")
    body: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": code,
        "status": spoil.status,
        "code": code,
        "errors": [],
    }
    return JSONResponse(body, spoil.status or 500, headers, media_type="application/problem+json")
