"""The worker's health, for a supervisor that asks over HTTP: `varsling worker --health-port`.

It is the API's `/health/live` in small: the worker needs no web framework to say one word.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from varsling.context import Context
from varsling.worker import Vitals

_ASKER_SECONDS = 5


@contextmanager
def answering(context: Context, vitals: Vitals, host: str, port: int) -> Iterator[int]:
    """Answer until the end of the block. Gives the port. Raises OSError if it is taken."""

    class Handler(BaseHTTPRequestHandler):
        timeout = _ASKER_SECONDS

        def do_GET(self) -> None:
            faults = _faults(context, vitals)
            found = self.path == "/health/live"
            status = HTTPStatus.SERVICE_UNAVAILABLE if faults else HTTPStatus.OK
            body = json.dumps({"status": "failing" if faults else "ok", "faults": faults}).encode() if found else b""
            self.send_response(status if found else HTTPStatus.NOT_FOUND)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: a probe each second is no news."""

    with ThreadingHTTPServer((host, port), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="health", daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def _faults(context: Context, vitals: Vitals) -> list[str]:
    faults = [] if context.writer.running else ["writer-stopped"]
    if vitals.stuck:
        faults.append("worker-stuck")
    return faults
