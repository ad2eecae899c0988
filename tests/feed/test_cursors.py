"""Cursors through everything that happens to a stream: events, an epoch, retention, and a restore that loses some."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.feed.streams import SEAL, Tell, assert_unbroken, everything, names, page, told
from varsling.database.changes import Change, Transaction
from varsling.database.clock import shift
from varsling.database.engine import connect_for_writing
from varsling.database.writer import Writer
from varsling.domain.problems import Code, Problem
from varsling.feed.pages import CursorExpired
from varsling.feed.tables import stream_events, stream_heads
from varsling.feed.upkeep import NewEpoch, Prune

pytestmark = pytest.mark.slow

LIMITS = st.integers(1, 5)
STREAMS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Lose(Change[None]):
    """Loses the last events as a restore from a backup does; their positions are given out again."""

    organisation: str
    keep: int
    last_hash: str

    def apply(self, transaction: Transaction) -> None:
        event, head = stream_events.c, stream_heads.c
        transaction.connection.execute(
            stream_events.delete().where(event.organisation == self.organisation, event.position > self.keep)
        )
        transaction.connection.execute(
            stream_heads.update()
            .where(head.organisation == self.organisation)
            .values(position=self.keep, hash=self.last_hash)
        )


@dataclass(frozen=True, slots=True)
class Given:
    """A reader's cursor, and the names of everything read up to there."""

    text: str
    epoch: int
    read: tuple[str, ...]


class Stream(RuleBasedStateMachine):
    """The model: `told` has the names of all events in order; the first `pruned` of them are gone."""

    writer: Writer
    engine: sa.Engine
    given = Bundle("given")

    @initialize(target=given)
    def begin(self) -> Given:
        self.organisation = f"stream {next(STREAMS)}"
        self.told: list[str] = []
        self.hashes = ["0" * 64]
        self.hours: list[int] = []
        self.pruned = 0
        self.has_head = False  # a stream gets its epoch with its first event
        self.hour = 0
        self.epoch = 1
        self.fresh = itertools.count()
        events, text = page(self.engine, self.organisation)
        assert events == []
        return Given(text, 1, ())

    @rule(events=st.integers(1, 6))
    def tell(self, events: int) -> None:
        new = [f"{next(self.fresh)}" for _ in range(events)]
        self.writer.submit_and_wait(Tell([told(name, self.organisation) for name in new]))
        self.told += new
        self.has_head = True
        self.hours += [self.hour] * events
        self.hashes += [event["hash"] for event in everything(self.engine, self.organisation)[-events:]]

    @rule(target=given, before=given, limit=LIMITS)
    def read_on(self, before: Given, limit: int) -> Given:
        try:
            events, text = page(self.engine, self.organisation, SEAL.read(self.organisation, before.text), limit)
        except CursorExpired as expired:
            assert not self.continues(before)
            return self.restart(before, expired.members["restart"])
        assert self.continues(before)
        position = len(before.read)
        assert names(events) == self.told[position : position + limit]
        assert page(self.engine, self.organisation, SEAL.read(self.organisation, before.text), limit) == (events, text)
        return Given(text, self.epoch, (*before.read, *names(events)))

    @rule(target=given, limit=LIMITS)
    def read_from_the_beginning(self, limit: int) -> Given:
        events, text = page(self.engine, self.organisation, limit=limit)
        assert names(events) == self.told[self.pruned : self.pruned + limit]
        return Given(text, self.epoch, tuple(self.told[: self.pruned + len(events)]))

    @rule(target=given)
    def stand_at_the_head(self) -> Given:
        events, text = page(self.engine, self.organisation, "head")
        assert events == []
        return Given(text, self.epoch, tuple(self.told))

    @rule()
    def declare_an_epoch(self) -> None:
        self.writer.submit_and_wait(NewEpoch())
        self.epoch += 1 if self.has_head else 0

    @rule(hours=st.integers(1, 4))
    def pass_time(self, hours: int) -> None:
        self.hour += hours
        with connect_for_writing(self.engine) as connection:
            shift(connection, timedelta(hours=hours))
            connection.commit()

    @rule(hours=st.integers(1, 8))
    def prune(self, hours: int) -> None:
        while self.writer.submit_and_wait(Prune(timedelta(hours=hours, minutes=-30), limit=2)):
            pass
        self.pruned = max(self.pruned, sum(1 for told_at in self.hours if self.hour - told_at >= hours))

    @rule(events=st.integers(1, 4))
    def lose(self, events: int) -> None:
        keep = max(self.pruned, len(self.told) - events)
        self.writer.submit_and_wait(Lose(self.organisation, keep, self.hashes[keep]))
        del self.told[keep:], self.hours[keep:], self.hashes[keep + 1 :]

    @invariant()
    def the_stream_is_what_was_told(self) -> None:
        events = everything(self.engine, self.organisation, limit=3)
        assert names(events) == self.told[self.pruned :]
        if not self.pruned:
            assert_unbroken(events)

    def continues(self, before: Given) -> bool:
        """Say whether the reader would miss nothing, and nothing it read has become something else."""
        position = len(before.read)
        same = list(before.read) == self.told[:position]
        return same and before.epoch == self.epoch and position >= self.pruned

    def restart(self, before: Given, text: str) -> Given:
        """From the restart cursor a reader gets everything unread, and no more than it must."""
        events, _ = page(self.engine, self.organisation, SEAL.read(self.organisation, text), 1000)
        position = len(before.read)
        shared = list(before.read) == self.told[:position] and position >= self.pruned
        begins = position if shared else self.pruned
        assert names(events) == self.told[begins:]
        return Given(text, self.epoch, tuple(self.told[:begins]))


def test_no_cursor_ever_skips_anything(new_writer: Callable[[], Writer], engine: sa.Engine) -> None:
    class Here(Stream):
        writer = new_writer()

    Here.engine = engine
    examples = 60 if engine.dialect.name == "sqlite" else 20
    run_state_machine_as_test(Here, settings=settings(max_examples=examples, stateful_step_count=25, deadline=None))


def test_positions_that_were_given_out_again_are_found_out_without_an_epoch(writer: Writer, engine: sa.Engine) -> None:
    writer.submit_and_wait(Tell([told(name, "stream") for name in ("1", "2", "lost")]))
    events, text = page(engine, "stream")
    writer.submit_and_wait(Lose("stream", 2, events[1]["hash"]))
    for name in ("3", "4"):
        with pytest.raises(CursorExpired) as expired:  # at first ahead of the head, then at a different event
            page(engine, "stream", SEAL.read("stream", text))
        restart = SEAL.read("stream", expired.value.members["restart"])
        assert names(page(engine, "stream", restart)[0])[:2] == ["1", "2"]
        writer.submit_and_wait(Tell([told(name, "stream")]))


def test_a_cursor_is_short_and_tells_nothing(writer: Writer, engine: sa.Engine) -> None:
    writer.submit_and_wait(Tell([told("1", "stream")]))
    _, text = page(engine, "stream")
    assert len(text) == 48
    assert text.isascii()
    for stranger in ("stream2", "strea", ""):
        with pytest.raises(Problem) as refused:
            SEAL.read(stranger, text)
        assert refused.value.code is Code.CURSOR_UNKNOWN
