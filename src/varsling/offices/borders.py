"""The district that a point lies in. Read at the first point that is asked for; `compile.py` makes the file.

The districts of a city share most of their borders corner by corner, so nothing is simplified on the way, and the sums
are of whole numbers. Where two districts overlap or are near, a point is in neither: nothing is guessed.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import accumulate, pairwise
from typing import NamedTuple

import orjson

CORNER_UNITS = 100_000
"""Corners stand in the file in 1/100,000 of a degree, each but the first as its distance from the one before."""
_UNITS = 100 * CORNER_UNITS  # to a degree: a centimetre
_TO_UNITS = _UNITS // CORNER_UNITS

# A house within five metres or so of another district's border may belong there. In degrees, at 60° north: a degree of
# longitude is half as long as one of latitude.
_NORTH, _EAST = 450, 900


class Point(NamedTuple):
    """Degrees, EUREF89 or WGS 84: they differ by less than a metre."""

    latitude: float
    longitude: float


class Ring(NamedTuple):
    """A closed border in units of 1/10,000,000 of a degree, and the box around it."""

    corners: Sequence[tuple[int, int]]
    west: int
    east: int
    south: int
    north: int

    def holds(self, x: int, y: int) -> bool:
        """Whether an odd number of its sides lies east of the point."""
        if not (self.west <= x <= self.east and self.south <= y <= self.north):
            return False
        inside = False
        for (x1, y1), (x2, y2) in pairwise(self.corners):
            if (y1 > y) != (y2 > y):
                side = (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1)
                if (side > 0) == (y2 > y1):
                    inside = not inside
        return inside


Borders = Mapping[str, Sequence[Ring]]


def district_at(point: Point, borders: Borders | None = None) -> str | None:
    """The district, None outside the four cities and too close to another district's border. Without borders of its
    own: the bundled ones."""
    borders = borders or bundled_borders()
    x, y = round(point.longitude * _UNITS), round(point.latitude * _UNITS)
    found = _holding(borders, x, y)
    if len(found) != 1:
        return None
    for near in ((x - _EAST, y), (x + _EAST, y), (x, y - _NORTH), (x, y + _NORTH)):
        if not _holding(borders, *near) <= found:
            return None
    return found.pop()


def _holding(borders: Borders, x: int, y: int) -> set[str]:
    return {district for district, rings in borders.items() if any(ring.holds(x, y) for ring in rings)}


@cache
def bundled_borders() -> Borders:
    """The borders that are shipped with the program."""
    return read_borders(resources.files("varsling.offices").joinpath("register", "borders.json").read_bytes())


def read_borders(text: bytes) -> Borders:
    rows: list[tuple[str, list[list[int]]]] = orjson.loads(text)["borders"]
    return {district: [_ring(steps) for steps in rings] for district, rings in rows}


def _ring(steps: list[int]) -> Ring:
    xs = [x * _TO_UNITS for x in accumulate(steps[::2])]
    ys = [y * _TO_UNITS for y in accumulate(steps[1::2])]
    return Ring(list(zip(xs, ys, strict=True)), min(xs), max(xs), min(ys), max(ys))
