"""The bundled register's maker: `python -m varsling.offices.compile FOLDER OUT --compiled-on DATE`, from CSV files.

It is deterministic: the same facts give the same file, and the version names the day and their digest. A contradiction
between facts stops the run; nothing is mended silently.
"""

import argparse
import csv
import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

from varsling.offices.borders import CORNER_UNITS

# The contents, source and date of each part (null: its source gives no date). The file has them beside the facts, so
# that a reader of the file alone can judge them.
SOURCES: dict[str, tuple[str, str | None]] = {
    "municipalities": (
        "Statistics Norway, Klass 131: numbers in force, and parallel names",
        "2024-01-01",
    ),
    "changes": ("Statistics Norway, Klass 131: changes since 2018, each with its day", "2024-01-01"),
    "districts": ("Statistics Norway, Klass 103: Oslo, Stavanger, Bergen and Trondheim", None),
    "postal_codes": (
        "Posten Bring's postal code register: place, municipality, 1 for boxes alone",
        None,
    ),
    "postal_code_districts": (
        "Estimate: a postal code's districts, the largest share first",
        None,
    ),
    "offices": ("NORG2: numbers, names, status; successors where one alone is certain", "2025-04-16"),
    "areas": (
        "Nav's published area map held against NORG2; its evidence stands in each row",
        "2025-04-16",
    ),
    "streets": ("Nav's list of the streets in Oslo Marka that the neighbouring districts' offices serve", None),
}

# NORG2's office for people with a strictly protected address. It serves no area, so no list of areas has it.
_OF_NO_AREA = [["2103", "Nav Vikafossen", "active", None, None]]

_BOXES = {"P", "S"}  # Posten's categories of postal codes without street addresses: post boxes, service
_SIDES = {"odd", "even", "all"}

Row = dict[str, str]


class FactsRefused(Exception):
    """The facts contradict each other. The message names the file and the row's key."""


def compile_register(folder: Path, compiled_on: date) -> bytes:
    """Make the register of the CSV files in `folder`, as one JSON file with a fact on each line.

    Raises FactsRefused.
    """
    facts: dict[str, list[list[Any]]] = {
        "municipalities": [
            [row["municipality_number"], row["name"], _split(row["parallel_names"])]
            for row in _rows(folder, "municipalities")
        ],
        "changes": [
            [row["old_number"], row["old_name"], row["new_number"], row["valid_from"], row["change"]]
            for row in _rows(folder, "municipality_changes")
        ],
        "districts": [
            [row["district_number"], row["name"], row["municipality_number"]] for row in _rows(folder, "districts")
        ],
        "postal_codes": [
            [row["postal_code"], row["place"], row["municipality_number"], int(row["category"] in _BOXES)]
            for row in _rows(folder, "postal_codes")
        ],
        "postal_code_districts": [_estimate(row) for row in _rows(folder, "postal_code_districts")],
        "offices": [*(_office(row) for row in _rows(folder, "nav_offices")), *_OF_NO_AREA],
        "areas": [
            [row["area_number"], row["office_number"] or None, row["confidence"], row["evidence"],
             _split(row["candidate_office"])]
            for row in _rows(folder, "area_offices")
        ],
        "streets": [
            [row["street"], int(row["from_number"]), int(row["to_number"]), row["side"], row["district_number"]]
            for row in _rows(folder, "oslo_marka_streets")
        ],
    }  # fmt: skip
    _check(facts)
    return _render(facts, compiled_on)


def compile_borders(folder: Path) -> bytes:
    """Make the districts' borders of `district_borders.geojson`, corner for corner, for `borders.read_borders`.

    Raises FactsRefused for a hole or an open border: the search for a point's district relies on neither.
    """
    features = orjson.loads((folder / "district_borders.geojson").read_bytes())["features"]
    rows = [
        orjson.dumps([feature["properties"]["district_number"], [_steps(ring) for ring in _rings(feature["geometry"])]])
        for feature in features
    ]
    source = orjson.dumps({"source": "Borders of Klass 103's districts, WGS 84, to a metre", "date": None})
    return b'{"sources": {"borders": %s},\n"borders": [\n%s\n]}\n' % (source, b",\n".join(rows))


def _rings(geometry: dict[str, Any]) -> list[list[list[float]]]:
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    if any(len(polygon) != 1 or polygon[0][0] != polygon[0][-1] for polygon in polygons):
        raise FactsRefused("district_borders: a hole, or a border that is not closed")
    return [polygon[0] for polygon in polygons]


def _steps(ring: list[list[float]]) -> list[int]:
    corners = [(round(x * CORNER_UNITS), round(y * CORNER_UNITS)) for x, y in ring]
    steps = [(x - before_x, y - before_y) for (before_x, before_y), (x, y) in pairwise([(0, 0), *corners])]
    return [number for step in steps for number in step]


def _rows(folder: Path, name: str) -> Iterator[Row]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _split(text: str) -> list[str]:
    return [part for part in text.split("|") if part]


def _estimate(row: Row) -> list[Any]:
    """Make an estimate. It is not sure if the largest share lies in another district than the estimate's."""
    district, estimate = row["district_number"], row["estimate"]
    candidates = [part.split(":")[0] for part in row["candidates"].split("|")]
    return [row["postal_code"], estimate if candidates[0] == district else "unsure", candidates]


def _office(row: Row) -> list[Any]:
    """Make an office. A successor that the source doubts ("?0425") or leaves open ("1504|1580") is none: a person
    decides."""
    successor = row["successor"]
    sure = successor if successor.isdigit() else ""
    name = "Nav " + row["name"][4:] if row["name"].startswith("NAV ") else row["name"]
    return [row["office_number"], name, row["status"], row["organisation_number"] or None, sure or None]


def _check(facts: dict[str, list[list[Any]]]) -> None:
    keys = {name: [row[0] for row in facts[name]] for name in facts}
    for name in ("municipalities", "districts", "postal_codes", "postal_code_districts", "offices", "areas"):
        if len(set(keys[name])) != len(keys[name]):
            raise FactsRefused(f"{name}: a key stands twice")
    municipalities, districts, offices = (set(keys[name]) for name in ("municipalities", "districts", "offices"))
    outside = {row[0] for row in facts["areas"] if row[0] not in municipalities | districts}
    cities = {row[2] for row in facts["districts"]}
    _refuse("changes", [row[2] for row in facts["changes"]], municipalities | set(keys["changes"]))
    _refuse("districts", cities, municipalities)
    _refuse("postal_codes", [row[2] for row in facts["postal_codes"]], municipalities | outside)
    _refuse("postal_code_districts", [one for row in facts["postal_code_districts"] for one in row[2]], districts)
    _refuse("postal_code_districts", keys["postal_code_districts"], set(keys["postal_codes"]))
    _refuse("areas", [row[1] for row in facts["areas"] if row[1]], offices)
    _refuse("areas", municipalities | districts, set(keys["areas"]))
    _refuse("offices", [row[4] for row in facts["offices"] if row[4]], offices)
    _refuse("streets", [row[4] for row in facts["streets"]], districts)
    _refuse("streets", [row[3] for row in facts["streets"]], _SIDES)


def _refuse(name: str, used: Sequence[str] | set[str], known: set[str]) -> None:
    if strangers := sorted(set(used) - known):
        raise FactsRefused(f"{name}: not known: {', '.join(strangers[:5])}")


def _render(facts: dict[str, list[list[Any]]], compiled_on: date) -> bytes:
    parts = [
        b'"%s": [\n%s\n]' % (name.encode(), b",\n".join(orjson.dumps(row) for row in rows))
        for name, rows in facts.items()
    ]
    body = b",\n".join(parts)
    version = f"{compiled_on.isoformat()}.{hashlib.sha256(body).hexdigest()[:8]}"
    sources = {name: {"source": source, "date": day} for name, (source, day) in SOURCES.items()}
    head = orjson.dumps({"version": version, "sources": sources}, option=orjson.OPT_INDENT_2)
    return head.removesuffix(b"\n}") + b",\n" + body + b"\n}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the bundled register of offices.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--compiled-on", type=date.fromisoformat, required=True, help="the day that names the version")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "register.json").write_bytes(compile_register(arguments.folder, arguments.compiled_on))
    (arguments.out / "borders.json").write_bytes(compile_borders(arguments.folder))


if __name__ == "__main__":
    main()
