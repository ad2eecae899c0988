"""A companion (`tests.processes`) that submits keys at once in a random order, and tells how many ended in what way."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from multiprocessing.connection import Connection

from tests.database.samples import Put
from tests.processes import await_go
from varsling.database.clock import Clock
from varsling.database.engine import create_engine
from varsling.database.writer import Writer


async def put_all(writer: Writer, keys: list[str]) -> list[str]:
    outcomes = await asyncio.gather(*(writer.submit(Put(key)) for key in keys), return_exceptions=True)
    return [outcome if isinstance(outcome, str) else type(outcome).__name__ for outcome in outcomes]


def main(pipe: Connection, address: str, seed: str, keys: Sequence[str]) -> None:
    engine = create_engine(address, pool_size=1)
    writer = Writer(engine, Clock())
    writer.start()
    await_go(pipe)
    in_random_order = random.Random(seed).sample(keys, len(keys))
    outcomes = []
    for start in range(0, len(keys), 50):
        outcomes += asyncio.run(put_all(writer, in_random_order[start : start + 50]))
    writer.stop()
    engine.dispose()
    pipe.send(Counter(outcomes))
