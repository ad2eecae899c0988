"""Finds the district of a point, and the office of the district."""

import json
import random
from datetime import date
from pathlib import Path

import pytest
import shapely

from varsling.domain.dwelling import Dwelling
from varsling.domain.office import FoundBy
from varsling.domain.policies import PostalCodeDistricts
from varsling.offices.addresses import Located
from varsling.offices.borders import Point, bundled_borders, district_at, read_borders
from varsling.offices.compile import FactsRefused, compile_borders
from varsling.offices.register import bundled
from varsling.offices.resolution import Asked, Resolution, resolve

TODAY = date(2026, 11, 23)

# Public buildings, far from a border.
SCHOUS_PLASS = Point(59.9203, 10.7607)
OSLO_CITY_HALL = Point(59.9117, 10.7336)
IN_NORDMARKA = Point(60.05, 10.65)


@pytest.mark.parametrize(
    ("point", "district"),
    [
        (SCHOUS_PLASS, "030102"),
        (OSLO_CITY_HALL, "030116"),
        (IN_NORDMARKA, "030117"),
        (Point(60.3905, 5.3325), "460102"),  # Bergen's station
        (Point(63.4269, 10.3969), "500101"),  # Nidarosdomen
        (Point(60.79, 11.07), None),  # Hamar has no districts
        (Point(0, 0), None),
    ],
)
def test_a_point_lies_in_its_district(point: Point, district: str | None) -> None:
    assert district_at(point) == district


def test_every_district_has_its_borders() -> None:
    assert set(bundled_borders().districts) == set(bundled().districts)


def test_a_point_too_near_another_district_is_in_none() -> None:
    """Border corners: one, two or three districts lie within three metres."""
    districts, tree = bundled_borders()
    corners = [tuple(corner) for shape in tree.geometries for corner in shape.exterior.coords]
    several = 0
    for x, y in random.Random(7).sample(corners, 300):
        around = [shapely.Point(x + dx, y + dy) for dx in (-3e-5, 3e-5) for dy in (-3e-5, 3e-5)]
        touching = {districts[index] for near in around for index in tree.query(near, predicate="within")}
        if len(touching) > 1:
            several += 1
            assert district_at(Point(y, 2 * x)) is None
    assert several > 50


class TestResolved:
    @staticmethod
    def at(point: Point, **parts: str) -> Resolution:
        dwelling = Dwelling(**{"street": "Ukjentstien", "house_number": "5", "postal_code": "0557", **parts})
        found = Asked(Located("0301", (point,)))
        return resolve(bundled(), dwelling, TODAY, PostalCodeDistricts.NEVER, found)

    def test_a_point_decides_where_no_district_is_given(self) -> None:
        found = self.at(SCHOUS_PLASS)
        assert (found.office, found.found_by, found.district) == ("0315", FoundBy.POINT, "030102")

    def test_a_district_that_is_given_decides_where_they_agree(self) -> None:
        assert self.at(SCHOUS_PLASS, district_number="030102").found_by is FoundBy.DISTRICT_NUMBER

    def test_a_district_that_is_another_than_the_points_contradicts_it(self) -> None:
        (fault,) = self.at(SCHOUS_PLASS, district_number="030114").faults
        assert (fault.pointer, fault.code, [one.number for one in fault.candidates]) == (
            "/dwelling/district_number",
            "address-conflict",
            ["030102"],
        )

    def test_a_neighbour_whose_office_serves_marka_does_not(self) -> None:
        assert self.at(IN_NORDMARKA, district_number="030108").found_by is FoundBy.DISTRICT_NUMBER

    def test_a_point_in_another_city_decides_nothing(self) -> None:
        assert [fault.code for fault in self.at(Point(60.3905, 5.3325)).faults] == ["district-needed"]

    def test_in_marka_its_streets_decide(self) -> None:
        assert self.at(IN_NORDMARKA).found_by is FoundBy.PENDING
        found = self.at(IN_NORDMARKA, street="Nordmarka", house_number="842")
        assert (found.found_by, found.district) == (FoundBy.STREET_TABLE, "030108")


class TestCompiled:
    SQUARE = ((10.0, 60.0), (10.1, 60.0), (10.1, 60.1), (10.0, 60.1), (10.0, 60.0))

    def compiled(self, folder: Path, rings: list[object]) -> bytes:
        geometry = {"type": "Polygon", "coordinates": rings}
        feature = {"type": "Feature", "properties": {"district_number": "990101"}, "geometry": geometry}
        text = json.dumps({"type": "FeatureCollection", "features": [feature]})
        (folder / "district_borders.geojson").write_text(text, "utf-8")
        return compile_borders(folder)

    def test_corner_for_corner(self, tmp_path: Path) -> None:
        borders = read_borders(self.compiled(tmp_path, [self.SQUARE]))
        (square,) = borders.shapes.geometries
        assert [(round(2 * x, 9), round(y, 9)) for x, y in square.exterior.coords] == list(self.SQUARE)
        assert district_at(Point(60.05, 10.05), borders) == "990101"
        assert district_at(Point(60.15, 10.05), borders) is None

    @pytest.mark.parametrize("rings", [[SQUARE, SQUARE], [SQUARE[:-1]]])
    def test_holes_and_open_borders_stop_the_run(self, tmp_path: Path, rings: list[object]) -> None:
        with pytest.raises(FactsRefused):
            self.compiled(tmp_path, rings)
