"""The only module that sends HTTP requests: with time-outs, without redirects, without settings from the environment.

A connect or pool time-out means that the call was never sent. A read time-out means that its outcome is unknown.
"""

import functools
import ssl
from collections.abc import Mapping

import httpx

# The exceptions of a call without an answer. Only an idempotent call may be repeated after them.
NETWORK_ERRORS = (httpx.TransportError,)
Response = httpx.Response

_CONNECT_SECONDS = 5.0


@functools.cache
def tls() -> ssl.SSLContext:
    """Load the trusted authorities once in a process: loading them takes longer than most calls."""
    return httpx.create_ssl_context(trust_env=False)


def client(
    *,
    headers: Mapping[str, str] | None = None,
    read_seconds: float = 30.0,
    connect_seconds: float = _CONNECT_SECONDS,
) -> httpx.Client:
    """Make a client for threads. A redirect is an answer like any other, so no token follows one."""
    return httpx.Client(
        verify=tls(),
        headers=dict(headers or {}),
        timeout=httpx.Timeout(read_seconds, connect=connect_seconds, pool=connect_seconds),
        trust_env=False,
        follow_redirects=False,
    )
