"""The one place that speaks HTTP outwards: time-outs always, redirects never, nothing taken from the environment.

A connect or pool time-out means "never sent"; a read time-out means "unknown": callers branch there.
"""

import functools
import ssl
from collections.abc import Mapping

import httpx

# What says that no answer came. All of them are safe to repeat only for calls that are idempotent.
NETWORK_ERRORS = (httpx.TransportError,)
Response = httpx.Response

_CONNECT_SECONDS = 5.0


@functools.cache
def tls() -> ssl.SSLContext:
    """Whom to trust, read once in a process: reading the list of authorities takes longer than most calls."""
    return httpx.create_ssl_context(trust_env=False)


def client(
    *,
    headers: Mapping[str, str] | None = None,
    read_seconds: float = 30.0,
    connect_seconds: float = _CONNECT_SECONDS,
) -> httpx.Client:
    """A client for threads; a redirect is an answer like any other, so a token never follows one."""
    return httpx.Client(
        verify=tls(),
        headers=dict(headers or {}),
        timeout=httpx.Timeout(read_seconds, connect=connect_seconds, pool=connect_seconds),
        trust_env=False,
        follow_redirects=False,
    )
