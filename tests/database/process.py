"""A process that writes rows: `python -m tests.database.process <address> <seed> <key>…`.

It prints "ready", waits for a line, submits all keys at once in a random order, and prints how each ended.
"""

import asyncio
import json
import random
import sys
from collections import Counter

import structlog

from tests.database.samples import Put
from varsling.database.clock import Clock
from varsling.database.engine import create_engine
from varsling.database.writer import Writer


async def put_all(writer: Writer, keys: list[str]) -> list[str]:
    outcomes = await asyncio.gather(*(writer.submit(Put(key)) for key in keys), return_exceptions=True)
    return [outcome if isinstance(outcome, str) else type(outcome).__name__ for outcome in outcomes]


def main(address: str, seed: str, *keys: str) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    engine = create_engine(address, pool_size=1)
    writer = Writer(engine, Clock())
    writer.start()
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    in_random_order = random.Random(seed).sample(keys, len(keys))
    outcomes = []
    for start in range(0, len(keys), 50):
        outcomes += asyncio.run(put_all(writer, in_random_order[start : start + 50]))
    writer.stop()
    engine.dispose()
    print(json.dumps(Counter(outcomes)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
