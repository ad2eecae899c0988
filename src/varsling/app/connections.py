"""What one connection may take: uvicorn's protocol with limits that uvicorn lacks.

A caller that sends its head or its body drop by drop, or does not read its answer, is cut off. Connections beyond the
limit are refused with an answer, so that the process never runs out of files and goes on.
"""

import asyncio
import re
import resource
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, ClassVar

from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from varsling.web.direct import FULL

ACCEPTED_AT_ONCE = 64
# The event loop takes turns: one that is refused is closed for good three turns after it was accepted.
_TURNS = 4
# Files besides connections: those being refused, and databases, outside systems, logs, letters.
_RESERVED_FILES = ACCEPTED_AT_ONCE * _TURNS + 128
_MOST_HEAD_BYTES = 32 * 1024
_OF_A_LINE = 4  # ": " and CR LF
# Calls that a connection sends ahead (pipelining): each waits in memory, whoever reads the answers.
_MOST_WAITING = 16
_HOST = re.compile(rb"[A-Za-z0-9._-]+(?::[0-9]*)?|\[[0-9A-Fa-f:.]+\](?::[0-9]*)?")
_REFUSAL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class GuardedProtocol(HttpToolsProtocol):
    """One connection. Seconds are for a whole head, a whole body, and an answer that nobody reads."""

    most_connections: ClassVar[int] = 1000
    head_seconds: ClassVar[float] = 15.0
    body_seconds: ClassVar[float] = 60.0
    reading_seconds: ClassVar[float] = 60.0

    _deadline: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    _awaited: float | None = None
    """Seconds that the caller has for what is under way: a head, a body, nothing."""
    _moved = False
    """Something else is awaited than the deadline is for. Most calls are read at once, and never get one."""
    _in_head = True
    _head_bytes = 0
    """Of a head, or of anything that is no body: what stands between its chunks, and behind them (trailers)."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            transport.write(_REFUSAL)
            transport.close()
        else:
            self._await(self.head_seconds)
            self._expect(self.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect(None)
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._head_bytes += len(data)
        if self._awaited is None:  # on a connection that was kept alive
            self._await(self.head_seconds)
        super().data_received(data)
        # A header or a trailer that never ends is nowhere but in the parser.
        if self._head_bytes > _MOST_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("Headers too large.")
        if self._moved:
            self._expect(self._awaited)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._head_bytes = 0
        self._await(self.head_seconds)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:
            super().on_header(name, value)  # a trailer is dropped: no call has any

    def on_headers_complete(self) -> None:
        self._in_head = False
        head = len(self.url) + sum([len(name) + len(value) + _OF_A_LINE for name, value in self.headers])
        if head > _MOST_HEAD_BYTES:
            raise ValueError("headers too large")  # uvicorn answers 400, and closes
        if _is_read_in_two_ways(self.headers, self.parser.get_http_version()):
            raise ValueError("no single host, or a coding that is not chunked")
        super().on_headers_complete()
        if len(self.pipeline) > _MOST_WAITING:
            raise ValueError("too many calls at once on one connection")
        self._head_bytes = 0
        self._await(self.body_seconds)

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._head_bytes = 0

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_head = True
        self._head_bytes = 0
        # uvicorn forgets a connection on which it answered before it had the whole call.
        self._await(self.head_seconds if self.cycle.response_complete else None)

    def finds_place(self, scope: Scope) -> bool:
        """Tell whether the process takes this call now."""
        raise NotImplementedError

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGIApp) -> None:  # type: ignore[override]  # as above
        scope: Any = cycle.scope
        if self.finds_place(scope):
            super()._start_asgi_task(cycle, app)  # type: ignore[arg-type]  # uvicorn has types of its own for an app
        else:
            scope[FULL] = True
            self._refuse(cycle, app)

    def _refuse(self, cycle: RequestResponseCycle, app: ASGIApp) -> None:
        """Run a call to its refusal at once. As a task it would wait behind all that keeps the process busy."""
        call = cycle.run_asgi(app)  # type: ignore[arg-type]  # as above
        try:
            copy_context().run(call.send, None)
        except StopIteration:
            return
        call.close()  # it waits for a caller that does not read what it is told
        self.transport.abort()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(self.reading_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()

    def _await(self, seconds: float | None) -> None:
        self._awaited, self._moved = seconds, True

    def _expect(self, seconds: float | None) -> None:
        """Cut the connection off unless the next step comes in time."""
        self._moved = False
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self.transport.abort)


def _is_read_in_two_ways(headers: list[tuple[bytes, bytes]], version: str) -> bool:
    """Tell whether a proxy may understand the head otherwise than this process does (RFC 9112 § 3.2, § 6.1).

    Without a host: HTTP/1.0, in which load balancers ask for health.
    """
    hosts = [value.strip() for name, value in headers if name == b"host"]
    codings = [value.strip().lower() for name, value in headers if name == b"transfer-encoding"]
    if codings not in ([], [b"chunked"]) or len(hosts) > 1:
        return True
    return _HOST.fullmatch(hosts[0]) is None if hosts else version != "1.0"


def guarded(most: int, finds_place: Callable[[Scope], bool]) -> type[GuardedProtocol]:
    """Make the protocol of a process that may have this many connections, or as many as its limit of files allows."""
    connections = max(1, min(most, _files() - _RESERVED_FILES))

    class Guarded(GuardedProtocol):
        most_connections = connections

        def finds_place(self, scope: Scope) -> bool:
            return finds_place(scope)

    return Guarded


def _files() -> int:
    """Raise the process's limit of open files as far as it may, and give it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard if hard != resource.RLIM_INFINITY else 1_000_000
