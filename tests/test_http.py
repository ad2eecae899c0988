"""Outward calls: no answer costs more than its limit, whatever the other side sends."""

import gzip
from collections.abc import Callable

import httpx
import pytest

from tests.loopback import Loopback
from varsling import http


class _Answering(Loopback):
    def __init__(self, body: bytes) -> None:
        super().__init__()
        self._body = body

    def answer(self, path: str) -> tuple[int, bytes]:
        return 200, self._body


def test_nothing_compressed_is_asked_for_or_read() -> None:
    with _Answering(gzip.compress(b"x" * 100_000)) as server, http.client() as client:
        server.encoding = "gzip"
        with pytest.raises(httpx.ReadError, match="compressed"):
            client.get(server.origin)
        assert server.headers[0]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("size", "spoil", "error"),
    [
        (1001, lambda _: None, httpx.ReadError),
        (100, lambda server: setattr(server, "drips", True), httpx.ReadTimeout),
        (100, lambda server: server.free.clear(), httpx.ReadTimeout),
    ],
)
def test_an_answer_has_a_size_and_a_time(size: int, spoil: Callable[[Loopback], None], error: type[Exception]) -> None:
    with _Answering(b"x" * size) as server, http.client(most_bytes=1000, read_seconds=0.5) as client:
        spoil(server)
        with pytest.raises(error):
            client.get(server.origin)
