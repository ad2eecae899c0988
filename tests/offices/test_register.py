"""The bundled register: it is whole, it answers without a person, and it can be made again."""

import csv
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from varsling.domain.dwelling import Dwelling
from varsling.domain.office import FoundBy
from varsling.domain.policies import PostalCodeDistricts
from varsling.offices.compile import FactsRefused, compile_register
from varsling.offices.register import OfficeStatus, bundled, read_register
from varsling.offices.resolution import resolve

TODAY = date(2026, 11, 23)

# Areas without an office in any source: a person finds it.
WITHOUT_OFFICE = {
    "030117",  # Marka goes by its streets
    *("1112", "1825", "3417", "3419", "4211", "4212", "4214", "4637", "4638", "4646", "5610"),
    *("5020", "5054", "5057", "5058"),  # the source has the number of a replaced office, whose successor is unknown
}


def outcome(**parts: Any) -> str:
    found = resolve(bundled(), Dwelling("Storgata", "5", **parts), TODAY, PostalCodeDistricts.ONE)
    if found.faults:
        return found.faults[0].code.value
    return found.found_by.value


class TestWhatIsKnown:
    def test_every_municipality(self) -> None:
        """Of 357 municipalities, 338 have their office and 15 wait for a person; the four cities ask for a district."""
        register = bundled()
        streets = {one.municipality: code for code, one in register.postal_codes.items() if not one.boxes_only}
        unsure = {code[:4] for code in register.districts}
        answers = {
            number: outcome(postal_code=streets[number], municipality_number=number)
            for number in register.municipalities
            if number not in unsure
        }
        assert {number for number, answer in answers.items() if answer == "pending"} == {
            area for area in WITHOUT_OFFICE if len(area) == 4
        }
        assert Counter(answers.values()) == {"municipality_number": 338, "pending": 15}

    def test_every_district(self) -> None:
        answers = {
            number: outcome(postal_code=self._street_code(number[:4]), district_number=number)
            for number in bundled().districts
        }
        assert {number for number, answer in answers.items() if answer == "pending"} == {"030117"}
        assert Counter(answers.values()) == {"district_number": 37, "pending": 1}

    def test_every_postal_code(self) -> None:
        answers = Counter(outcome(postal_code=code) for code in bundled().postal_codes)
        assert answers == {
            "postal_code": 2958,
            "district-needed": 334,
            "not-a-street-address": 1743,
            "outside-norway": 8,
            "pending": 79,
        }

    def test_every_old_number(self) -> None:
        """Each with a postal code of its successor: an old number alone never needs a person."""
        register = bundled()
        streets = {one.municipality: code for code, one in register.postal_codes.items() if not one.boxes_only}
        for old in register.changes:
            for new in register.successors(old, TODAY):
                assert new in register.municipalities
                found = resolve(
                    register,
                    Dwelling("Storgata", "5", postal_code=streets[new], municipality_number=old),
                    TODAY,
                    PostalCodeDistricts.ONE,
                )
                assert (found.municipality, found.dwelling.municipality_number) == (new, new)

    def test_split_numbers(self) -> None:
        register = bundled()
        split = {old: found for old in register.changes if len(found := register.successors(old, TODAY)) > 1}
        assert split == {
            "1850": ("1806", "1875"),
            **dict.fromkeys(("1613", "5012"), ("5055", "5056", "5059")),
            **dict.fromkeys(("1504", "1507", "1523", "1529", "1534", "1546"), ("1508", "1580")),
        }

    @staticmethod
    def _street_code(municipality: str) -> str:
        codes = bundled().postal_codes.items()
        return next(code for code, one in codes if one.municipality == municipality and not one.boxes_only)


class TestOffices:
    def test_every_area_leads_to_an_office_in_use_or_to_none(self) -> None:
        for number, found in bundled().office_of.items():
            assert found is None or found.status is OfficeStatus.ACTIVE, number

    def test_a_replaced_office_leads_to_its_successor(self) -> None:
        replaced = bundled().offices.get("0136")
        assert replaced is not None
        assert (replaced.status, replaced.successor) == (OfficeStatus.REPLACED, "0104")
        successor = bundled().active_office("0136")
        assert successor is not None
        assert (successor.number, successor.status) == ("0104", OfficeStatus.ACTIVE)

    @pytest.mark.parametrize("number", ["0423", "1534", "0822"])
    def test_a_doubtful_successor_is_none(self, number: str) -> None:
        """The source has "?0425", "1504|1580" and an empty field: a person decides."""
        assert bundled().offices.get(number) is not None
        assert bundled().active_office(number) is None

    def test_an_unknown_number(self) -> None:
        assert (
            bundled().offices.get("9999"),
            bundled().active_office("9999"),
            bundled().served_by.get("9999", ()),
        ) == (None, None, ())

    def test_an_office_of_several_areas(self) -> None:
        assert set(bundled().served_by.get("0313", ())) == {"030104", "030116"}


class TestCompiled:
    def test_the_file_says_where_each_part_comes_from(self) -> None:
        register = bundled()
        assert set(register.sources) == {
            *("municipalities", "changes", "districts", "postal_codes"),
            *("postal_code_districts", "offices", "areas", "streets"),
        }
        assert all(one["source"] for one in register.sources.values())

    def test_the_same_facts_give_the_same_file(self, folder: Path) -> None:
        text = compile_register(folder, TODAY)
        assert compile_register(folder, TODAY) == text
        register = read_register(text)
        assert register.version.startswith("2026-11-23.")
        found = resolve(
            register,
            Dwelling("Storgata", "5", postal_code="0102", municipality_number="0302"),
            TODAY,
            PostalCodeDistricts.ONE,
        )
        assert (found.office, found.found_by) == ("0001", FoundBy.MUNICIPALITY_NUMBER)

    def test_another_fact_is_another_version(self, folder: Path) -> None:
        before = read_register(compile_register(folder, TODAY)).version
        write(folder, "nav_offices", [["0001", "Nav Annetsted", "active", "", ""]])
        assert read_register(compile_register(folder, TODAY)).version != before

    @pytest.mark.parametrize(
        ("file", "row"),
        [
            ("area_offices", ["0303", "municipality", "Vestby", "0002", "high", "", ""]),
            ("postal_codes", ["0103", "VESTBY", "0304", "G"]),
            ("municipality_changes", ["0305", "Gammelby", "0306", "Nyby", "2020-01-01", "merge"]),
            ("postal_codes", ["0102", "VESTBY", "0303", "G"]),
        ],
    )
    def test_facts_that_do_not_fit_stop_the_run(self, folder: Path, file: str, row: list[str]) -> None:
        with (folder / f"{file}.csv").open("a", encoding="utf-8") as lines:
            csv.writer(lines).writerow(row)
        with pytest.raises(FactsRefused):
            compile_register(folder, TODAY)

    def test_an_estimate_whose_largest_share_lies_elsewhere_is_unsure(self, folder: Path) -> None:
        write(folder, "postal_code_districts", [["0102", "0303", "030301", "mostly", "030302:0.60|030301:0.40"]])
        write(folder, "districts", [["030301", "Indre", "0303"], ["030302", "Ytre", "0303"]])
        write(
            folder,
            "area_offices",
            [
                ["0303", "m", "Vestby", "", "", "", ""],
                *([n, "d", "", "0001", "", "", ""] for n in ("030301", "030302")),
            ],
        )
        register = read_register(compile_register(folder, TODAY))
        assert register.postal_code_districts["0102"] == ("unsure", ("030302", "030301"))


_COLUMNS = {
    "municipalities": ["municipality_number", "name", "parallel_names", "county_number", "county", "has_districts"],
    "municipality_changes": ["old_number", "old_name", "new_number", "new_name", "valid_from", "change"],
    "districts": ["district_number", "name", "municipality_number"],
    "postal_codes": ["postal_code", "place", "municipality_number", "category"],
    "postal_code_districts": ["postal_code", "municipality_number", "district_number", "estimate", "candidates"],
    "nav_offices": ["office_number", "name", "status", "organisation_number", "successor"],
    "area_offices": ["area_number", "area_type", "name", "office_number", "confidence", "evidence", "candidate_office"],
    "oslo_marka_streets": ["street", "street_code", "from_number", "to_number", "side", "district_number"],
}


def write(folder: Path, name: str, rows: list[list[str]]) -> None:
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([_COLUMNS[name], *rows])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One municipality, with an earlier number, and one office."""
    for name in _COLUMNS:
        write(tmp_path, name, [])
    write(tmp_path, "municipalities", [["0303", "Vestby", "", "03", "Viken", "no"]])
    write(tmp_path, "municipality_changes", [["0302", "Gamle Vestby", "0303", "Vestby", "2020-01-01", "renumber"]])
    write(tmp_path, "postal_codes", [["0102", "VESTBY", "0303", "G"]])
    write(tmp_path, "nav_offices", [["0001", "NAV Vestby", "active", "", ""]])
    write(tmp_path, "area_offices", [["0303", "municipality", "Vestby", "0001", "high", "test", ""]])
    return tmp_path
