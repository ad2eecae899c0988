"""The district of a point. The borders are read at the first point; `compile.py` makes their file.

The districts of a city share most of their borders corner by corner, so no border is simplified. Where two districts
overlap or are close, a point is in neither: nothing is guessed.
"""

from functools import cache
from importlib import resources
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import orjson

if TYPE_CHECKING:
    import shapely

CORNER_UNITS = 100_000
"""The file gives corners in 1/100,000 of a degree, each but the first as the distance from the one before."""

# Norway's cities with districts lie about 60° north, where a degree of longitude is half as long as one of latitude.
# With longitudes halved, a distance is as long in each direction.
_LONGITUDE = 0.5
# A house within about five metres of another district's border may belong there. In degrees of latitude.
_NEAR = 0.000045


class Point(NamedTuple):
    """A point in degrees, EUREF89 or WGS 84: they differ by less than a metre."""

    latitude: float
    longitude: float


class Borders(NamedTuple):
    """`districts` follow the order of the tree's polygons: a district occurs once for each of its parts."""

    districts: tuple[str, ...]
    shapes: "shapely.STRtree"


def district_at(point: Point, borders: Borders | None = None) -> str | None:
    """Find the district of a point; None outside the four cities and too close to another district's border.

    Without `borders` it uses the bundled ones.
    """
    import shapely  # noqa: PLC0415  (heavy: a process that is asked for no point never pays for it)

    districts, shapes = borders or bundled_borders()
    here = shapely.Point(point.longitude * _LONGITUDE, point.latitude)
    near = {districts[index] for index in shapes.query(here, predicate="dwithin", distance=_NEAR)}
    inside = {districts[index] for index in shapes.query(here, predicate="within")}
    return inside.pop() if len(inside) == 1 and inside == near else None


@cache
def bundled_borders() -> Borders:
    """Read the bundled borders."""
    return read_borders(resources.files("varsling.offices").joinpath("register", "borders.json").read_bytes())


def read_borders(text: bytes) -> Borders:
    import shapely  # noqa: PLC0415  (heavy: only coordinates need it)

    rows: list[tuple[str, list[list[int]]]] = orjson.loads(text)["borders"]
    shapes = [(district, _shape(steps)) for district, rings in rows for steps in rings]
    return Borders(tuple(district for district, _ in shapes), shapely.STRtree([shape for _, shape in shapes]))


def _shape(steps: list[int]) -> "shapely.Polygon":
    import shapely  # noqa: PLC0415  (heavy: only coordinates need it)

    longitudes = [x / CORNER_UNITS * _LONGITUDE for x in accumulate(steps[::2])]
    latitudes = [y / CORNER_UNITS for y in accumulate(steps[1::2])]
    return shapely.Polygon(list(zip(longitudes, latitudes, strict=True)))
