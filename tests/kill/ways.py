"""Settles the account of letters that go each way: what left by the database, against what arrived outside."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from tests.cluster import Cluster, until
from varsling.database.clock import Clock, shift
from varsling.database.engine import connect_for_writing, create_engine, reading
from varsling.deliveries.store import DeliveryKind
from varsling.deliveries.tables import deliveries
from varsling.demo.outside import Outside
from varsling.domain.dates import oslo_time
from varsling.domain.lifecycle import CopyStatus

_MORNING = timedelta(hours=8, minutes=5)


class Ways:
    """The deliveries of a cluster and the systems that they went to."""

    def __init__(self, cluster: Cluster, outside: Outside) -> None:
        self._engine = create_engine(cluster.database_url)
        self._outside = outside

    def close(self) -> None:
        self._engine.dispose()

    def pass_time(self, by: timedelta) -> None:
        with connect_for_writing(self._engine) as connection:
            shift(connection, by)
            connection.commit()

    def wait_for_morning(self) -> None:
        """Begin at five past eight in Oslo: e-mail goes by day."""
        with reading(self._engine) as connection:
            hour, minute = map(int, oslo_time(Clock().now(connection)).split(":"))
        self.pass_time((_MORNING - timedelta(hours=hour, minutes=minute)) % timedelta(days=1))

    def let_time_pass_until_all_is_out(self, unfinished: Any) -> None:
        """Move the clock by five minutes whenever no worker has a letter: channels are asked for answers rarely."""

        def done() -> bool:
            waiting = [row for row in self._rows() if row.status == CopyStatus.QUEUED and row.due_at is not None]
            if not waiting and not unfinished():
                return True
            if all(row.leased_until is None for row in waiting):
                self.pass_time(timedelta(minutes=5))
            return False

        until(done, "letters to be out", every=0.3)

    def settle(self) -> Counter[str]:
        """Assert that each letter that left is outside, once but for what e-mail cannot tell, and no other is."""
        arrived, counted = arrivals(self._outside), Counter[str]()
        for row in self._rows():
            times, way = arrived.pop(row.id, Counter[str]()), row.channel
            kind = "copies" if row.kind == DeliveryKind.COPY else f"{row.kind} letters"
            if row.status == CopyStatus.DISPATCHED:
                assert times[way], f"{kind} lost by {way}"
                assert times[way] <= 1 + (row.resends if way == "smtp" else 0), f"{kind} twice by {way}"
                counted[f"{kind} by {way}"] += 1
                counted["twice by smtp"] += times["smtp"] - 1 if way == "smtp" else times["smtp"]
                assert times.total() == times[way] + times["smtp"] * (way != "smtp"), "two ways at once"
            else:
                # Taken back: it may have been out before anybody could know.
                assert row.status == CopyStatus.NOT_SENT or row.due_at is None, f"{kind} {row.status}"
                assert times.total() <= 1 + row.resends, f"{kind} taken back, and yet {dict(times)}"
                counted[f"{kind} not sent"] += 1
        assert not arrived, "letters that nobody sent"
        return +counted

    def _rows(self) -> list[Any]:
        c = deliveries.c
        query = sa.select(c.id, c.kind, c.status, c.channel, c.resends, c.due_at, c.leased_until)
        with reading(self._engine) as connection:
            return list(connection.execute(query))


def arrivals(outside: Outside) -> dict[UUID, Counter[str]]:
    """Count by letter how often it arrived, and where."""
    found: dict[UUID, Counter[str]] = {}
    ids = {
        "altinn": [one.reference for one in outside.altinn.messages.values()],
        "svarut": [one.content["eksternReferanse"] for one in outside.svarut.letters.values()],
        "smtp": [str(one.mail["Message-ID"]).strip("<>").partition("@")[0] for one in outside.mail.taken],
        "print": outside.printed,
    }
    for way, references in ids.items():
        for one in references:
            found.setdefault(UUID(str(one)), Counter())[way] += 1
    return found
