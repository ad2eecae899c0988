"""P5: 1,000 long polls, of one stream and of 1,000: what they cost while nothing happens, and when the last hears."""

import resource
import select
import time
from collections.abc import Iterator, Sequence
from itertools import islice

import sqlalchemy as sa

from tests.bench.load import Connection
from tests.bench.measuring import Figure
from tests.bench.notices import get, organisations
from tests.bench.pages import fill
from tests.bench.serving import Installation, Serving, installation
from varsling.database.engine import create_engine

_POLLS = 1000
_SETTLED, _IDLE = 5.0, 10.0
_MORE_FILES = 4096


def figures() -> Iterator[Figure]:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, _MORE_FILES), most))
    names = list(islice(organisations(), _POLLS))
    with installation("postgresql") as made:
        for name in names:
            fill(made, name, 1)
        for told, streams in (("one stream", names[:1]), (f"{_POLLS:,} streams", names)):
            with made.serving(VARSLING_CONNECTIONS="1200") as service:
                idle, last = _waited(made, service, streams)
            what = f"{_POLLS:,} long polls of {told}"
            yield Figure("P5", f"{what}: idle processor", 100 * idle, "%", 10, 2, False)
            yield Figure("P5", f"{what}: the last one told after", last, "s", 1, 0.3, False)


def _waited(made: Installation, service: Serving, streams: Sequence[str]) -> tuple[float, float]:
    """Give the share of a core while all wait, and the seconds from an event's commit to the last answer."""
    tokens = [made.navs_token(name) for name in streams]
    polls = [Connection(service.port) for _ in range(_POLLS)]
    waiting = {one.socket.fileno(): one for one in polls}
    events = select.epoll()
    for place, one in enumerate(polls):
        one.send(get("/v1/feed?after=head&wait=30", tokens[place % len(tokens)]))
        events.register(one.socket.fileno(), select.EPOLLIN)
    time.sleep(_SETTLED)
    before = service.processor_seconds()
    time.sleep(_IDLE)
    idle = (service.processor_seconds() - before) / _IDLE
    committed = _happen(made, streams)
    while waiting:
        for number, _ in events.poll():
            if (status := waiting[number].answered()) is not None:
                assert status == 200, status
                waiting.pop(number).socket.close()
    return idle, time.perf_counter() - committed


def _happen(made: Installation, streams: Sequence[str]) -> float:
    """Let an event come into each stream, all in one transaction, and give when it was committed."""
    engine = create_engine(made.url, pool_size=1)
    given = {"streams": list(streams)}
    with engine.connect() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO stream_events (organisation, position, id, time, hash, body)"
                " SELECT organisation, position + 1, gen_random_uuid(), now(), md5(organisation) || md5(organisation),"
                " body FROM stream_events WHERE organisation = ANY(:streams) AND position ="
                " (SELECT position FROM stream_heads WHERE stream_heads.organisation = stream_events.organisation)"
            ),
            given,
        )
        connection.execute(
            sa.text(
                "UPDATE stream_heads SET position = position + 1, hash = md5(organisation) || md5(organisation)"
                " WHERE organisation = ANY(:streams)"
            ),
            given,
        )
        connection.commit()
        committed = time.perf_counter()
    engine.dispose()
    return committed
