"""The server: uvicorn on our own socket. It stops without keeping long polls waiting."""

import socket
from types import FrameType

import uvicorn

from varsling.app.app import App
from varsling.app.connections import ACCEPTED_AT_ONCE, guarded

_GRACE_SECONDS = 30
# Connections that the system keeps until the event loop accepts them.
_WAITING = 256


class Server(uvicorn.Server):
    """Serves one app. At a stop it finishes running calls, and answers long polls at once."""

    def __init__(self, app: App) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="asyncio",  # no uvloop: README § Decisions
                http=guarded(app.state.settings.connections, app.finds_place),
                ws="none",
                lifespan="on",
                access_log=False,  # it logs paths and queries; our own line has the route (app.middleware)
                log_config=None,
                backlog=ACCEPTED_AT_ONCE,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        self.app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop, in peace, however many signals come. uvicorn would leave calls undone at the second Ctrl-C, and raise
        each signal again at its end."""
        del sig, frame
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for one in sockets or ():
            one.listen(_WAITING)  # asyncio made it as short as what it accepts at once

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.app.state.stopping.set()
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """Open a socket for calls; port 0 is any free port. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=_WAITING)
    # Each connection inherits it. asyncio sets it only on a socket that names its protocol, which this one does not.
    # Head and body of an answer are two writes: without it the second waits 40 ms for the caller's acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
