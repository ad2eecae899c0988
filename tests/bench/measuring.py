"""How a figure is taken: the median of five rounds, against its limit."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured figure; `at_least` says whether more is better than `limit`, or less."""

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
    """The median of the rounds' times, after one that does not count."""
    work()
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)
