"""A closed loop of HTTP calls: each connection sends the next prepared request when its answer is there.

It runs in a process of its own, by its path, on the standard library alone: one thread over `epoll`, so that the server
and not its caller is what is measured. It reads frames of four bytes' length and a request from a file, and prints one
line of JSON.
"""

import json
import select
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

_CHUNK = 1 << 16


class Told(TypedDict):
    """What the loop saw: seconds in all, those of each call, the status codes, and the loop's own processor time."""

    seconds: float
    taken: list[float]
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


def run(requests: list[bytes], ports: list[int], connections: int) -> Told:
    opened = [Connection(ports[number % len(ports)]) for number in range(min(connections, len(requests)))]
    poll = select.epoll()
    by_file = {one.socket.fileno(): one for one in opened}
    for number in by_file:
        poll.register(number, select.EPOLLIN)
    waiting = iter(requests)
    taken: list[float] = []
    statuses: Counter[str] = Counter()
    began, processor = time.perf_counter(), time.process_time()
    for one in opened:
        one.send(next(waiting))
    while len(taken) < len(requests):
        for number, _ in poll.poll():
            one = by_file[number]
            if (status := one.answered()) is None:
                continue
            taken.append(time.perf_counter() - one.started)
            statuses[str(status)] += 1
            if (following := next(waiting, None)) is not None:
                one.send(following)
    seconds = time.perf_counter() - began
    for one in opened:
        one.socket.close()
    return Told(seconds=seconds, taken=taken, statuses=dict(statuses), processor=time.process_time() - processor)


def main() -> None:
    file, connections, *ports = sys.argv[1:]
    print(json.dumps(run(list(_frames(Path(file))), [int(port) for port in ports], int(connections))))  # noqa: T201  (what it is for)


if __name__ == "__main__":
    main()
