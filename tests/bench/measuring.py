"""Takes a figure: the median of five rounds, compared with its limit."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured figure; with `at_least` it must be above `limit`, otherwise below."""

    name: str
    what: str
    value: float
    unit: str
    limit: float
    at_least: bool

    @property
    def reached(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        word = "reached" if self.reached else "MISSED"
        return f"{self.name}  {self.what}: {self.value:,.1f} {self.unit} ({sign} {self.limit:,g}) {word}"


def seconds(work: Callable[[], object]) -> float:
    """The median time of the rounds, after one round that does not count."""
    work()
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)
