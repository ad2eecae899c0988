"""The socket for incoming calls."""

import socket

import pytest

from varsling.app.server import listen


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_answers_leave_at_once(host: str) -> None:
    """Without TCP_NODELAY each answer waits 40 ms for the caller's acknowledgement of its head."""
    with listen(host, 0) as listener, socket.create_connection(listener.getsockname()[:2]):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
