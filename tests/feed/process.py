"""A companion (`tests.processes`) of several writers.

Each writer appends `changes` events, with a random delay before and after each, rolls a part of them back, and tells
the name of each committed one at once. `how` is `append`, or `naive`: numbers from a sequence.
"""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection

from tests.feed.streams import ALFA, BETA, told, told_office
from tests.processes import await_go
from varsling.database.changes import Change, Transaction
from varsling.database.clock import Clock
from varsling.database.engine import create_engine
from varsling.database.writer import Writer
from varsling.feed.service import append

# Streams make their writers queue, a sequence does not: start all sixteen naive writers together.
LONGEST_DELAY_SECONDS = {"append": 0.008, "naive": 0.04}


class TakenBack(Exception):
    pass


@dataclass(frozen=True, slots=True)
class TellSlowly(Change[None]):
    """Appends an event to every stream; the delays stand for the change's work before and after."""

    name: str
    how: str
    taken_back: float
    dice: random.Random

    def apply(self, transaction: Transaction) -> None:
        longest = LONGEST_DELAY_SECONDS[self.how]
        time.sleep(self.dice.uniform(0, longest))
        if self.how == "naive":
            transaction.connection.exec_driver_sql(f"INSERT INTO naive (name) VALUES ('{self.name}')")  # noqa: S608  (our own)
        else:
            streams = self.dice.sample((ALFA, BETA), 2)
            append(transaction, [told(self.name, *streams), told_office(self.name)])
        time.sleep(self.dice.uniform(0, longest))
        if self.dice.random() < self.taken_back:
            raise TakenBack


def main(pipe: Connection, address: str, how: str, name: str, writers: int, changes: int, taken_back: float) -> None:
    engines = [create_engine(address, pool_size=1) for _ in range(writers)]
    started = [Writer(engine, Clock()) for engine in engines]
    telling = threading.Lock()
    for writer in started:
        writer.start()
    await_go(pipe)

    def write(writer: Writer, name: str) -> None:
        dice = random.Random(name)
        for number in range(changes):
            change = TellSlowly(f"{name}-{number}", how, taken_back, dice)
            try:
                writer.submit_and_wait(change)
            except TakenBack:
                continue
            with telling:
                pipe.send(change.name)

    with ThreadPoolExecutor(len(started)) as pool:
        for ended in [pool.submit(write, writer, f"{name}.{place}") for place, writer in enumerate(started)]:
            ended.result()
    for writer in started:
        writer.stop()
