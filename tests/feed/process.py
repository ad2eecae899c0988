"""A process of several writers: `python -m tests.feed.process <address> <how> <name> <writers> <changes> <taken back>`.

It prints "ready" and waits for a line. Each writer then appends `changes` events, with a random delay before and after
each, rolls a fifth of them back, and prints the name of each committed one at once. `how` is `append`, or `naive`:
numbers from a sequence.
"""

import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.feed.streams import ALFA, BETA, told, told_office
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
            transaction.connection.exec_driver_sql(f"INSERT INTO naive (name) VALUES ('{self.name}')")  # noqa: S608
        else:
            streams = self.dice.sample((ALFA, BETA), 2)
            append(transaction, [told(self.name, *streams), told_office(self.name)])
        time.sleep(self.dice.uniform(0, longest))
        if self.dice.random() < self.taken_back:
            raise TakenBack


def main(address: str, how: str, name: str, writers: str, changes: str, taken_back: str) -> None:
    engines = [create_engine(address, pool_size=1) for _ in range(int(writers))]
    started = [Writer(engine, Clock()) for engine in engines]
    for writer in started:
        writer.start()
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    with ThreadPoolExecutor(len(started)) as pool:
        for place, writer in enumerate(started):
            pool.submit(tell, writer, how, f"{name}.{place}", int(changes), float(taken_back))
    for writer in started:
        writer.stop()


def tell(writer: Writer, how: str, name: str, changes: int, taken_back: float) -> None:
    dice = random.Random(name)
    for number in range(changes):
        change = TellSlowly(f"{name}-{number}", how, taken_back, dice)
        try:
            writer.submit_and_wait(change)
        except TakenBack:
            continue
        print(f"{change.name}\n", end="", flush=True)  # noqa: T201  (in one piece: other threads print too)


if __name__ == "__main__":
    main(*sys.argv[1:])
