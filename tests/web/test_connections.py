"""A stranger's connections take nothing from others: not their room, not their time, not the process's files."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.database.conftest import until
from tests.service import Service
from varsling.app.connections import GuardedProtocol

# More than the system's own buffers hold: whoever can send so much was read.
MOST_PARTS = 2000
GET = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"


@contextlib.contextmanager
def connected(service: Service | int, *, buffer: int | None = None) -> Iterator[socket.socket]:
    port = service if isinstance(service, int) else urlsplit(service.url).port
    with socket.socket() as caller:
        caller.settimeout(60)
        if buffer is not None:
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        caller.connect(("127.0.0.1", port))
        yield caller


def answer_to(caller: socket.socket, sent: bytes) -> bytes:
    """The head of the answer; empty if the connection was closed without one."""
    with contextlib.suppress(ConnectionError):
        caller.sendall(sent)
    got = b""
    with contextlib.suppress(ConnectionError):
        while b"\r\n\r\n" not in got and (part := caller.recv(4096)):
            got += part
    return got


def is_closed(caller: socket.socket) -> bool:
    """Wait for the other side to close."""
    with contextlib.suppress(ConnectionError):
        while caller.recv(65_536):
            pass
    return True


@pytest.fixture
def hasty(new_service: Callable[..., Service], monkeypatch: pytest.MonkeyPatch) -> Service:
    for name in ("head_seconds", "body_seconds", "reading_seconds"):
        monkeypatch.setattr(GuardedProtocol, name, 0.2)
    return new_service()


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"\r\n\r\n",
        b"GET /health/live HTTP/1.1\r\nHost: ",
        b"POST /v1/notices HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
        b"POST /t HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        GET + b"GET /health/live HTTP/1.1\r\nHo",
    ],
)
def test_who_begins_and_does_not_go_on_is_cut_off(hasty: Service, begun: bytes) -> None:
    with connected(hasty) as caller:
        caller.sendall(begun)
        assert is_closed(caller)
    assert hasty.anonymous().get("/health/live").status_code == 200


def test_a_body_behind_its_answer_keeps_no_connection(hasty: Service) -> None:
    """Who calls without a token is answered before the body is there."""
    with connected(hasty) as caller:
        head = b"POST /v1/notices HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n"
        assert b" 401 " in answer_to(caller, head)
        caller.sendall(b"{}")
        assert is_closed(caller)


def test_an_answer_that_nobody_reads_is_given_up(hasty: Service) -> None:
    """The document has hundreds of kilobytes: more than the buffers between the two."""
    asked = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 16
    with connected(hasty, buffer=4096) as caller:
        caller.sendall(asked)
        connections = hasty.server.server_state.connections
        until(lambda: not connections)
        assert hasty.anonymous().get("/health/live").status_code == 200


@pytest.mark.parametrize(
    "head",
    [
        b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 40_000 + b"\r\n\r\n",
        b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Endless: " + b"x" * 200_000,
        b"GET /health/live?" + b"x" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /health/live HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 8000 + b"\r\n",
    ],
)
def test_a_head_that_is_too_large_is_refused(service: Service, head: bytes) -> None:
    with connected(service) as caller:
        assert answer_to(caller, head)[:12] in (b"HTTP/1.1 400", b"")
        assert is_closed(caller)
    with connected(service) as caller:
        assert answer_to(caller, GET).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("path", [b"/health/live", b"/x", b"/openapi.json"])
def test_calls_sent_ahead_without_end_are_refused(service: Service, path: bytes) -> None:
    calls = b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    with connected(service) as caller:
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < MOST_PARTS:
                caller.sendall(calls * 1000)
                sent += 1
        assert sent < MOST_PARTS
        assert is_closed(caller)


CHUNKED = b"POST /t HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "endless",
    [
        (b"0\r\n", b"X: " + b"a" * 60_000 + b"\r\n"),
        (b"0\r\nX: ", b"a" * 60_000),
        (b"0\r\n", b"X: y\r\n" * 10_000),
        (b"5;x=", b"a" * 60_000),
        (b"2\r\nab\r\n0\r\nX: ", b"a" * 60_000),
    ],
)
def test_what_is_no_body_does_not_go_on_for_ever(service: Service, endless: tuple[bytes, bytes]) -> None:
    """Trailers and chunk extensions: a stranger's would fill the process's memory."""
    begun, part = endless
    with connected(service) as caller:
        caller.sendall(CHUNKED + begun)
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < MOST_PARTS:
                caller.sendall(part)
                sent += 1
        assert sent < MOST_PARTS
        assert is_closed(caller)
    assert service.anonymous().get("/health/live").status_code == 200


def test_a_body_in_the_smallest_chunks_with_a_trailer_is_taken(service: Service) -> None:
    body = b"".join(b"1\r\nx\r\n" for _ in range(20_000))
    with connected(service) as caller:
        sent = CHUNKED + body + b"0\r\nX-Sum: 1\r\n\r\n"
        assert answer_to(caller, sent)[:12] not in (b"HTTP/1.1 400", b"")
    with connected(service) as caller:
        assert answer_to(caller, GET).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "head",
    [
        b"GET /health/live HTTP/1.1\r\n\r\n",
        b"GET /health/live HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET /health/live HTTP/1.1\r\nHost: \r\n\r\n",
        b"GET /health/live HTTP/1.1\r\nHost: x, y\r\n\r\n",
        b"GET /health/live HTTP/1.1\r\nHost: x@y\r\n\r\n",
        b"POST /t HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"POST /t HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_what_a_proxy_may_read_otherwise_is_refused(service: Service, head: bytes) -> None:
    with connected(service) as caller:
        assert answer_to(caller, head).startswith(b"HTTP/1.1 400")
        assert is_closed(caller)


def test_a_load_balancer_asks_for_health_without_a_host(service: Service) -> None:
    with connected(service) as caller:
        assert answer_to(caller, b"GET /health/ready HTTP/1.0\r\n\r\n")[8:12] == b" 200"
    with connected(service) as caller:
        assert answer_to(caller, b"GET /health/ready HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n")[8:12] == b" 200"


def test_connections_beyond_the_limit_are_refused_and_the_others_go_on(new_service: Callable[..., Service]) -> None:
    service = new_service(connections=5)
    with contextlib.ExitStack() as stack:
        callers = [stack.enter_context(connected(service)) for _ in range(5)]
        assert all(answer_to(caller, GET).startswith(b"HTTP/1.1 200") for caller in callers)
        with connected(service) as late:
            assert answer_to(late, GET).startswith(b"HTTP/1.1 503")
        assert b"HTTP/1.1 200" in answer_to(callers[0], GET)

    def taken() -> bool:
        with connected(service) as caller:
            return b"HTTP/1.1 200" in answer_to(caller, GET)

    until(taken)  # the server notices the others' ends


def test_a_process_with_few_files_refuses_and_lives(tmp_path: Path) -> None:
    """Without the limit each connection beyond the files would be a traceback in the log, a second apart."""

    environment = os.environ | {"VARSLING_ENVIRONMENT": "test", "VARSLING_DATABASE_URL": f"sqlite:///{tmp_path}/v.db"}
    command = f"ulimit -n 450; exec {sys.executable} -m varsling serve --port 0"
    with subprocess.Popen(["sh", "-c", command], env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        told = next(line for line in process.stderr if "serving" in line)
        port = int(told.partition("127.0.0.1:")[2].partition('"')[0])
        with contextlib.ExitStack() as stack:
            callers = [stack.enter_context(connected(port)) for _ in range(600)]
            first = [answer_to(caller, GET)[9:12] for caller in callers]
            assert first[:10] == [b"200"] * 10
            assert first[-100:] == [b"503"] * 100
            assert b"HTTP/1.1 200" in answer_to(callers[0], GET)
        process.terminate()
        lines = process.stderr.read().splitlines()
    assert [line for line in lines if '"event":"request"' not in line] == []
