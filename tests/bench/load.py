"""A closed loop of HTTP calls: each connection sends the next prepared request when its answer is there.

It runs in a process of its own, by its path, on the standard library alone: one thread over `epoll`, so that the server
and not its caller is what is measured. It reads frames of four bytes' length and a request from a file, and prints one
line of JSON.
"""

import heapq
import json
import select
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TypedDict

_CHUNK = 1 << 16
_UNAVAILABLE = 503
# More callers than these begin one after the other.
_AT_ONCE, _APART = 64, 0.001


class Told(TypedDict):
    """What the loop saw: seconds in all, those of each call, those of refused ones (503), the status codes, and the
    loop's own processor time."""

    seconds: float
    taken: list[float]
    refused: list[float]
    statuses: dict[str, int]
    processor: float


class Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.started = 0.0
        self.read = b""

    def send(self, request: bytes) -> None:
        self.started = time.perf_counter()
        self.read = b""
        self.socket.sendall(request)

    def answered(self) -> int | None:
        """Read on; give the status once the whole answer is there."""
        part = self.socket.recv(_CHUNK)
        if not part:
            raise ConnectionError("the server closed the connection")
        self.read += part
        head, found, body = self.read.partition(b"\r\n\r\n")
        if not found:
            return None
        status = int(head[9:12])
        return status if len(body) >= _length(head, status) else None

    def retry_after(self) -> float:
        """Give the seconds after which the refused caller is to come again."""
        _, _, rest = self.read.lower().partition(b"retry-after: ")
        return float(rest.partition(b"\r\n")[0])


def _length(head: bytes, status: int) -> int:
    if status == 304:
        return 0
    _, _, rest = head.lower().partition(b"content-length: ")
    return int(rest.partition(b"\r\n")[0])


def _frames(file: Path) -> Iterator[bytes]:
    data = file.read_bytes()
    place = 0
    while place < len(data):
        (size,) = struct.unpack_from("<I", data, place)
        yield data[place + 4 : place + 4 + size]
        place += 4 + size


class Loop:
    """Sends each connection's next request when its answer is there; after a refusal, when it was told to."""

    def __init__(self, requests: list[bytes], opened: list[Connection]) -> None:
        self.waiting = iter(requests)
        self.taken: list[float] = []
        self.refused: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.resting: list[tuple[float, int, Connection]] = []
        self._order = count()
        for one in opened[:_AT_ONCE]:
            self.go_on(one)
        for place, one in enumerate(opened[_AT_ONCE:]):
            heapq.heappush(self.resting, (time.perf_counter() + place * _APART, next(self._order), one))

    def go_on(self, one: Connection) -> None:
        if (request := next(self.waiting, None)) is not None:
            one.send(request)

    def take(self, one: Connection, status: int) -> None:
        self.taken.append(time.perf_counter() - one.started)
        self.statuses[str(status)] += 1
        if status == _UNAVAILABLE:
            self.refused.append(self.taken[-1])
            heapq.heappush(self.resting, (time.perf_counter() + one.retry_after(), next(self._order), one))
        else:
            self.go_on(one)

    def wake(self) -> None:
        while self.resting and self.resting[0][0] <= time.perf_counter():
            self.go_on(heapq.heappop(self.resting)[2])


def run(requests: list[bytes], ports: list[int], connections: int) -> Told:
    opened = [Connection(ports[number % len(ports)]) for number in range(min(connections, len(requests)))]
    poll = select.epoll()
    by_file = {one.socket.fileno(): one for one in opened}
    for number in by_file:
        poll.register(number, select.EPOLLIN)
    began, processor = time.perf_counter(), time.process_time()
    loop = Loop(requests, opened)
    while len(loop.taken) < len(requests):
        for number, _ in poll.poll(0.01 if loop.resting else None):
            if (status := by_file[number].answered()) is not None:
                loop.take(by_file[number], status)
        loop.wake()
    seconds, used = time.perf_counter() - began, time.process_time() - processor
    for one in opened:
        one.socket.close()
    return Told(seconds=seconds, taken=loop.taken, refused=loop.refused, statuses=dict(loop.statuses), processor=used)


def main() -> None:
    file, connections, *ports = sys.argv[1:]
    print(json.dumps(run(list(_frames(Path(file))), [int(port) for port in ports], int(connections))))  # noqa: T201  (what it is for)


if __name__ == "__main__":
    main()
