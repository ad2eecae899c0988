"""A real server on loopback, as a base for simulators of outside systems."""

import contextlib
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class Loopback:
    """`calls` are the requested paths, `headers` their headers; while `free` is cleared, every answer waits.

    With `drips` an answer comes byte by byte. `encoding` is named as that of every answer.
    """

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.drips = False
        self.encoding: str | None = None
        self.never = threading.Event()
        self.free = threading.Event()
        self.free.set()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answered(lambda: owner.answer(self.path))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self._answered(lambda: owner.posted(self.path, body))

            def _answered(self, said: Callable[[], tuple[int, bytes]]) -> None:
                owner.calls.append(self.path)
                owner.headers.append(dict(self.headers))
                owner.free.wait(60)
                status, body = said()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                if owner.encoding is not None:
                    self.send_header("Content-Encoding", owner.encoding)
                self.end_headers()
                for part in (body[place : place + 1] for place in range(len(body))) if owner.drips else (body,):
                    with contextlib.suppress(ConnectionError):  # the caller has had enough
                        self.wfile.write(part)
                    owner.never.wait(0.02 if owner.drips else 0)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base's name)
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, path: str) -> tuple[int, bytes]:
        """Status and body for a path."""
        raise NotImplementedError

    def posted(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Status and body for what was posted to a path."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.free.set()
        self._server.shutdown()
        self._server.server_close()
