"""The only module that sends HTTP requests: with time-outs, without redirects, without settings from the environment.

A connect or pool time-out means that the call was never sent. A read time-out means that its outcome is unknown. An
answer is read within one total time and up to one size, whatever the other side does: each is a read error beyond.
"""

import functools
import ssl
import time
from collections.abc import Iterator, Mapping

import httpx

# The exceptions of a call without an answer. Only an idempotent call may be repeated after them.
NETWORK_ERRORS = (httpx.TransportError,)
# Those of a call that was never sent.
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
TIME_OUT = httpx.TimeoutException
Response = httpx.Response
Client = httpx.Client

_CONNECT_SECONDS = 5.0
_MOST_BYTES = 1024 * 1024


@functools.cache
def tls() -> ssl.SSLContext:
    """Load the trusted authorities once in a process: loading them takes longer than most calls."""
    return httpx.create_ssl_context(trust_env=False)


def client(
    *,
    headers: Mapping[str, str] | None = None,
    read_seconds: float = 30.0,
    connect_seconds: float = _CONNECT_SECONDS,
    most_bytes: int = _MOST_BYTES,
) -> httpx.Client:
    """Make a client for threads. A redirect is an answer like any other, so no token follows one.

    The whole answer comes within `read_seconds` of its beginning. Nothing is decompressed: few bytes could become any
    number.
    """
    return httpx.Client(
        transport=_Limited(httpx.HTTPTransport(verify=tls(), trust_env=False), read_seconds, most_bytes),
        headers={"Accept-Encoding": "identity", **(headers or {})},
        timeout=httpx.Timeout(read_seconds, connect=connect_seconds, pool=connect_seconds),
        trust_env=False,
        follow_redirects=False,
    )


class _Limited(httpx.BaseTransport):
    def __init__(self, transport: httpx.BaseTransport, seconds: float, most_bytes: int) -> None:
        self._transport = transport
        self._seconds = seconds
        self._most_bytes = most_bytes

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._transport.handle_request(request)
        if response.headers.get("Content-Encoding", "identity") != "identity":
            response.close()
            raise httpx.ReadError("compressed", request=request)
        if isinstance(response.stream, httpx.SyncByteStream):
            response.stream = _LimitedStream(response.stream, time.monotonic() + self._seconds, self._most_bytes)
        return response

    def close(self) -> None:
        self._transport.close()


class _LimitedStream(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream, until: float, most_bytes: int) -> None:
        self._stream = stream
        self._until = until
        self._left = most_bytes

    def __iter__(self) -> Iterator[bytes]:
        for part in self._stream:
            self._left -= len(part)
            if self._left < 0:
                raise httpx.ReadError("too large")
            if time.monotonic() > self._until:
                raise httpx.ReadTimeout("too slow")
            yield part

    def close(self) -> None:
        self._stream.close()
