"""A writing process: `python -m tests.feed.process <address> <how> <name> <changes> <taken back>`.

It says "ready", waits for a line, then tells `changes` events, each after and before a random delay, takes a fifth of
them back, and says the name of each as soon as it is committed. `how` is `append`, or `naive`: a sequence's numbers.
"""

import random
import sys
import time
from dataclasses import dataclass

from tests.feed.streams import ALFA, BETA, told, told_office
from varsling.database.changes import Change, Transaction
from varsling.database.clock import Clock
from varsling.database.engine import create_engine
from varsling.database.writer import Writer
from varsling.feed.service import append

LONGEST_DELAY_SECONDS = 0.008


class TakenBack(Exception):
    pass


@dataclass(frozen=True, slots=True)
class TellSlowly(Change[None]):
    """The delays stand for what a change does before and after; an event tells every stream."""

    name: str
    how: str
    taken_back: float
    dice: random.Random

    def apply(self, transaction: Transaction) -> None:
        time.sleep(self.dice.uniform(0, LONGEST_DELAY_SECONDS))
        if self.how == "naive":
            transaction.connection.exec_driver_sql(f"INSERT INTO naive (name) VALUES ('{self.name}')")  # noqa: S608
        else:
            streams = self.dice.sample((ALFA, BETA), 2)
            append(transaction, [told(self.name, *streams), told_office(self.name)])
        time.sleep(self.dice.uniform(0, LONGEST_DELAY_SECONDS))
        if self.dice.random() < self.taken_back:
            raise TakenBack


def main(address: str, how: str, name: str, changes: str, taken_back: str) -> None:
    engine = create_engine(address, pool_size=1)
    writer = Writer(engine, Clock())
    writer.start()
    dice = random.Random(name)
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    for number in range(int(changes)):
        change = TellSlowly(f"{name}-{number}", how, float(taken_back), dice)
        try:
            writer.submit_and_wait(change)
        except TakenBack:
            continue
        print(change.name, flush=True)  # noqa: T201
    writer.stop()
    engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
