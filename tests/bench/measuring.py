"""Takes a figure: the median of five rounds, compared with its floor and its goal."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured figure: what it must reach (`floor`) and what it should (`goal`). With `at_least` it must lie above,
    otherwise below. `measured` has the numbers that it was made of."""

    name: str
    what: str
    value: float
    unit: str
    floor: float
    goal: float
    at_least: bool
    measured: str = ""

    @property
    def verdict(self) -> str:
        if self._reaches(self.goal):
            return "goal"
        return "floor" if self._reaches(self.floor) else "MISSED"

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        told = f"{self.value:,.2f} {self.unit}"
        return f"{self.name:4} {told:>16}  {sign} {self.floor:<9,g} {self.goal:<9,g} {self.verdict:7} {self.what}" + (
            f" ({self.measured})" if self.measured else ""
        )

    def _reaches(self, limit: float) -> bool:
        return self.value >= limit if self.at_least else self.value <= limit


def seconds(work: Callable[[], object]) -> float:
    """The median time of the rounds, after one round that does not count."""
    work()
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def percentile(taken: list[float], percent: int) -> float:
    return statistics.quantiles(taken, n=100)[percent - 1]
