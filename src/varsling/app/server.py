"""The server: uvicorn on a socket that is ours, which stops without keeping long polls waiting."""

import socket

import uvicorn
from fastapi import FastAPI

_GRACE_SECONDS = 30
_BACKLOG = 1024


class Server(uvicorn.Server):
    """Serves one app. Calls under way are answered before it stops, held ones at once."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="asyncio",  # uvloop is no part of this: README § Decisions
                http="httptools",
                ws="none",
                lifespan="on",
                access_log=False,  # it has paths and queries; ours has the route (web.envelope)
                log_config=None,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        self.app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.app.state.stopping.set()
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes calls; port 0 is any that is free. Raises OSError where it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    # Each connection inherits it. asyncio sets it only where a socket names its protocol, which this one does not; head
    # and body of an answer are two writes, and without it the second waits 40 ms for the caller's acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
