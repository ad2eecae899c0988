"""What simulators have in common: a server on loopback, the faults that a network and a busy system have, and a
record of the calls."""

import asyncio
import contextlib
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from email.utils import formatdate
from enum import StrEnum
from functools import cache
from typing import NamedTuple

import uvicorn
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Message, Receive, Scope, Send

_CONTROL = "/_simulator"


@cache
def first_key(of: str) -> RSAKey:
    """Make the key that the simulators `of` a system begin with, once in a process: it takes a tenth of a second."""
    del of
    return RSAKey.generate_key(2048, auto_kid=True)


class Fault(StrEnum):
    """What goes wrong with the next call."""

    ERROR = "error"
    """500, and nothing is done."""
    BUSY = "busy"
    """503, and nothing is done."""
    TOO_MANY = "too_many"
    """429 with Retry-After, and nothing is done."""
    DROP = "drop"
    """It is done, and the connection breaks before the answer."""
    SLOW = "slow"
    """It is done, and the answer waits until `free` is set."""
    TWICE = "twice"
    """It is done twice, as by a call that was repeated on the way."""
    FORGET = "forget"
    """It is answered as done, and nothing is kept."""


class Call(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]


class Simulator:
    """One outside system. `clock_offset` are the seconds that its clock is ahead. `calls` has those that came.

    Faults take effect one call each, in order, on the calls that `spoils` selects.
    """

    def __init__(self, routes: list[BaseRoute], *, clock_offset: float = 0.0) -> None:
        self.clock_offset = clock_offset
        self.calls: list[Call] = []
        self.faults: deque[Fault] = deque()
        self.free = threading.Event()
        self.free.set()
        self.origin = ""
        self.told: Callable[[str], object] = lambda _: None
        self._app = Starlette(routes=[*routes, Route(f"{_CONTROL}/faults", self._take_faults, methods=["POST"])])

    def now(self) -> float:
        return time.time() + self.clock_offset

    def spoils(self, path: str) -> bool:
        """Tell whether a call may meet a fault. By default each may."""
        del path
        return True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_CONTROL):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        self.calls.append(Call(request.method, request.url.path, dict(request.headers)))
        fault = self.faults.popleft() if self.faults and self.spoils(scope["path"]) else None
        self.told(f"{request.method} {request.url.path}{f'  ({fault})' if fault else ''}")
        await self._answer(fault, scope, receive, self._dated(send))

    async def _answer(self, fault: Fault | None, scope: Scope, receive: Receive, send: Send) -> None:
        match fault:
            case Fault.ERROR | Fault.BUSY | Fault.TOO_MANY:
                status = {Fault.ERROR: 500, Fault.BUSY: 503, Fault.TOO_MANY: 429}[fault]
                headers = {"Retry-After": "1"} if fault is Fault.TOO_MANY else {}
                await JSONResponse({"status": status}, status, headers)(scope, receive, send)
            case Fault.DROP:
                await self._app(scope, receive, _lost)
                await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
                raise ConnectionAbortedError
            case Fault.SLOW:
                messages: list[Message] = []

                async def keep(message: Message) -> None:
                    messages.append(message)

                await self._app(scope, receive, keep)
                await asyncio.to_thread(self.free.wait, 60)
                for message in messages:
                    await send(message)
            case Fault.TWICE:
                await self._twice(scope, receive, send)
            case Fault.FORGET:
                await self._app({**scope, "state": {**scope.get("state", {}), "fault": fault}}, receive, send)
            case None:
                await self._app(scope, receive, send)

    async def _twice(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry a call out twice; the caller sees the answer to the second."""
        body = await Request(scope, receive).body()

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        for answered in (_lost, send):
            await self._app(scope, again, answered)

    def _dated(self, send: Send) -> Send:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = formatdate(self.now(), usegmt=True).encode()
                message["headers"] = [*message.get("headers", []), (b"date", date)]
            await send(message)

        return dated

    async def _take_faults(self, request: Request) -> Response:
        """Take faults for the next calls: `["drop", "error"]`."""
        self.faults.extend(Fault(name) for name in await request.json())
        return JSONResponse({"waiting": list(self.faults)})


def fault_of(request: Request) -> Fault | None:
    """Give the fault of this call that the system itself has to act out."""
    return getattr(request.state, "fault", None)


async def _lost(message: Message) -> None:
    del message


class _Server(uvicorn.Server):
    """A server in a thread, which has no signals, and stops at once: uvicorn's own stop sleeps twice 0.1 s."""

    async def main_loop(self) -> None:
        while not self.should_exit:  # noqa: ASYNC110  (the flag is the server's own, and set from another thread)
            await asyncio.sleep(0.01)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()


def _config(simulator: Simulator, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        simulator,
        host="127.0.0.1",
        port=port,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        date_header=False,
        timeout_graceful_shutdown=1,
    )


def serve(simulator: Simulator, port: int, *, told: Callable[[str], object]) -> None:
    """Serve until stopped by a signal, and tell of each call."""
    simulator.origin = f"http://127.0.0.1:{port}"
    simulator.told = told
    try:
        uvicorn.Server(_config(simulator, port)).run()
    finally:
        simulator.free.set()


@contextlib.contextmanager
def served(simulator: Simulator) -> Iterator[str]:
    """Serve beside the caller, on a free port. Gives the simulator's origin."""
    config = _config(simulator, 0)
    listener = socket.create_server(("127.0.0.1", 0))  # it takes calls from here on, if a little later
    simulator.origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = _Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield simulator.origin
    finally:
        simulator.free.set()
        server.should_exit = True
        thread.join()
        listener.close()
