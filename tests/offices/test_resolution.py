"""From a dwelling to its office, by the bundled register."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varsling.domain.dwelling import Dwelling
from varsling.domain.office import FoundBy
from varsling.domain.policies import PostalCodeDistricts
from varsling.domain.problems import Code
from varsling.domain.remarks import Remark
from varsling.offices.register import bundled
from varsling.offices.resolution import Resolution, resolve
from varsling.offices.views import dwelling_answer

TODAY = date(2026, 11, 23)


def resolved(policy: PostalCodeDistricts = PostalCodeDistricts.ONE, **parts: Any) -> Resolution:
    given = {"street": "Storgata", "house_number": "5"} if "address_line" not in parts else {}
    return resolve(bundled(), Dwelling(**given | parts), TODAY, policy)


def faults_of(found: Resolution) -> list[tuple[str, str, tuple[str, ...]]]:
    return [
        (fault.pointer.removeprefix("/dwelling/"), fault.code.value, tuple(one.number for one in fault.candidates))
        for fault in found.faults
    ]


class TestOrder:
    def test_a_district_number_decides(self) -> None:
        found = resolved(postal_code="0557", city="Oslo", district_number="030102")
        assert (found.office, found.found_by, found.district) == ("0315", FoundBy.DISTRICT_NUMBER, "030102")
        assert (found.remarks, found.faults) == ((), ())

    def test_it_decides_over_the_estimate_of_the_postal_code(self) -> None:
        """The district's number is Matrikkelen's; an estimate is wrong near borders."""
        assert resolved(postal_code="0552", district_number="030114").office == "0318"

    def test_a_municipality_number_decides(self) -> None:
        found = resolved(postal_code="3045", municipality_number="3301")
        assert (found.office, found.found_by) == ("0602", FoundBy.MUNICIPALITY_NUMBER)
        assert found.remarks == ()

    def test_the_postal_code_decides_where_nothing_else_is_given(self) -> None:
        found = resolved(postal_code="9008", city="Tromsø")
        assert (found.office, found.found_by, found.municipality) == ("1902", FoundBy.POSTAL_CODE, "5501")

    def test_the_answer_tells_the_municipality_and_no_office_is_found_by_it(self) -> None:
        """A postal code's municipality is a rule with exceptions: a later look-up may know better."""
        found = resolved(postal_code="9008", city="Tromsø").dwelling
        assert dwelling_answer(found)["municipality_number"] == "5501"
        assert found.municipality_number is None

    def test_of_a_city_alone_the_postal_code_gives_the_district_where_it_is_sure(self) -> None:
        found = resolved(postal_code="5003", municipality_number="4601")
        assert (found.found_by, found.municipality) == (FoundBy.POSTAL_CODE, "4601")
        assert found.district == bundled().postal_code_districts["5003"].districts[0]


class TestRenumbered:
    @pytest.mark.parametrize(
        ("old", "postal_code", "new"),
        [
            ("0710", "3211", "3907"),  # 2018 Sandefjord, 2020, 2024
            ("0219", "1338", "3201"),  # 2020 Bærum, 2024
            ("3005", "3045", "3301"),  # 2024 Drammen
            ("1601", "7030", "5001"),  # 2018 Trondheim, which has districts
            ("1702", "7713", "5006"),  # 2018 Steinkjer
        ],
    )
    def test_an_old_number_with_one_successor_is_mapped(self, old: str, postal_code: str, new: str) -> None:
        found = resolved(PostalCodeDistricts.MOSTLY, postal_code=postal_code, municipality_number=old)
        assert found.faults == ()
        assert (found.municipality, found.dwelling.municipality_number) == (new, new)
        assert Remark.MUNICIPALITY_RENUMBERED in found.remarks
        assert found.office is not None

    def test_a_district_keeps_its_number_within_a_renumbered_city(self) -> None:
        found = resolved(postal_code="5260", district_number="120101")
        assert (found.district, found.dwelling.district_number) == ("460101", "460101")
        assert found.remarks == (Remark.MUNICIPALITY_RENUMBERED,)

    def test_of_a_split_one_the_postal_code_decides(self) -> None:
        found = resolved(postal_code="6270", city="Brattvåg", municipality_number="1507")
        assert (found.municipality, found.found_by) == ("1580", FoundBy.POSTAL_CODE)
        assert found.dwelling.municipality_number == "1580"
        assert Remark.MUNICIPALITY_RENUMBERED in found.remarks

    def test_through_an_earlier_merger_too(self) -> None:
        """Haram merged into Ålesund in 2020 and left it in 2024."""
        assert resolved(postal_code="6270", municipality_number="1534").municipality == "1580"

    def test_else_a_split_names_its_successors(self) -> None:
        boxes = next(
            code for code, one in bundled().postal_codes.items() if one.boxes_only and one.municipality == "1508"
        )
        found = resolved(postal_code=boxes, municipality_number="1507", district_number=None)
        assert ("municipality_number", "municipality-split", ("1508", "1580")) in faults_of(found)
        assert (found.office, found.found_by) == (None, FoundBy.PENDING)

    def test_a_postal_code_outside_all_successors_contradicts_them(self) -> None:
        found = resolved(postal_code="0552", municipality_number="1507", district_number=None)
        assert ("municipality_number", "address-conflict", ("1508", "1580")) in faults_of(found)
        assert (found.office, found.found_by) == (None, FoundBy.PENDING)

    def test_a_post_box_code_does_not_decide_a_split(self) -> None:
        boxes = next(
            code for code, one in bundled().postal_codes.items() if one.boxes_only and one.municipality == "1508"
        )
        assert faults_of(resolved(postal_code=boxes, municipality_number="1507"))[0][1] == "municipality-split"

    def test_a_change_counts_from_its_day(self) -> None:
        dwelling = Dwelling("Storgata", "5", postal_code="6270", municipality_number="1507")
        before = resolve(bundled(), dwelling, date(2023, 12, 31), PostalCodeDistricts.ONE)
        assert "municipality-split" not in [fault.code for fault in before.faults]


class TestByName:
    """Municipalities that merged, split and were renumbered, by their names (LAW, case 11)."""

    @pytest.mark.parametrize(
        ("was", "old", "postal_code", "becomes", "new"),
        [
            ("Ålesund, before 2020", "1504", "6002", "Ålesund", "1508"),
            ("Ålesund, 2020 to 2023", "1507", "6002", "Ålesund", "1508"),
            ("Haram, in Ålesund until 2023", "1507", "6264", "Haram", "1580"),
            ("Haram, before 2020", "1534", "6264", "Haram", "1580"),
            ("Kristiansand, before 2020", "1001", "4608", "Kristiansand", "4204"),
            ("Songdalen", "1017", "4608", "Kristiansand", "4204"),
            ("Søgne", "1018", "4608", "Kristiansand", "4204"),
            ("Ski", "0213", "1400", "Nordre Follo", "3207"),
            ("Oppegård", "0217", "1400", "Nordre Follo", "3207"),
            ("Nordre Follo in Viken", "3020", "1400", "Nordre Follo", "3207"),
        ],
    )
    def test_what_became_of_it(self, was: str, old: str, postal_code: str, becomes: str, new: str) -> None:
        found = resolved(postal_code=postal_code, municipality_number=old)
        assert (found.municipality, found.faults) == (new, ())
        assert bundled().municipalities[new].name == becomes
        assert found.dwelling.municipality_number == new
        assert Remark.MUNICIPALITY_RENUMBERED in found.remarks

    @pytest.mark.parametrize(
        ("county", "number", "counties", "municipalities"),
        [
            ("Viken", "30", {"Østfold": "31", "Akershus": "32", "Buskerud": "33"}, 51),
            ("Vestfold og Telemark", "38", {"Vestfold": "39", "Telemark": "40"}, 23),
            ("Troms og Finnmark", "54", {"Troms": "55", "Finnmark": "56"}, 39),
        ],
    )
    def test_the_counties_of_2024(
        self, county: str, number: str, counties: dict[str, str], municipalities: int
    ) -> None:
        """Each of their municipalities has one successor, in one of the counties that followed."""
        register = bundled()
        old = [one for one in register.changes if one.startswith(number) and one not in register.municipalities]
        successors = {one: register.successors(one, TODAY) for one in old}
        assert all(len(found) == 1 for found in successors.values())
        assert {found[0][:2] for found in successors.values()} == set(counties.values())
        assert len(old) == municipalities

    @pytest.mark.parametrize(
        ("name", "old", "postal_code", "new"),
        [
            ("Fredrikstad", "3004", "1604", "3107"),
            ("Bærum", "3024", "1336", "3201"),
            ("Drammen", "3005", "3004", "3301"),
            ("Horten", "3801", "3179", "3901"),
            ("Porsgrunn", "3806", "3910", "4001"),
            ("Tromsø", "5401", "9006", "5501"),
            ("Alta", "5403", "9510", "5601"),
        ],
    )
    def test_one_of_each_of_them(self, name: str, old: str, postal_code: str, new: str) -> None:
        found = resolved(postal_code=postal_code, municipality_number=old)
        assert (found.municipality, found.faults) == (new, ())
        assert bundled().municipalities[new].name.partition(" ")[0] == name
        assert found.office is not None


class TestDistrictNeeded:
    def test_a_sure_estimate_is_enough_by_default(self) -> None:
        sure = next(code for code, one in bundled().postal_code_districts.items() if one.estimate == "one")
        assert resolved(postal_code=sure).found_by is FoundBy.POSTAL_CODE

    def test_a_less_sure_one_only_by_policy(self) -> None:
        assert faults_of(resolved(postal_code="0557")) == [("district_number", "district-needed", ("030102", "030103"))]
        found = resolved(PostalCodeDistricts.MOSTLY, postal_code="0557")
        assert (found.district, found.found_by) == ("030102", FoundBy.POSTAL_CODE)

    @pytest.mark.parametrize("policy", list(PostalCodeDistricts))
    def test_an_unsure_one_never(self, policy: PostalCodeDistricts) -> None:
        assert faults_of(resolved(policy, postal_code="0950")) == [
            ("district_number", "district-needed", ("030110", "030109", "030112"))
        ]

    def test_none_by_the_strictest_policy(self) -> None:
        for code, known in bundled().postal_code_districts.items():
            assert faults_of(resolved(PostalCodeDistricts.NEVER, postal_code=code)) == [
                ("district_number", "district-needed", known.districts)
            ]

    def test_without_an_estimate_all_districts_are_named(self) -> None:
        found = resolved(postal_code="0105", municipality_number="0301")
        assert faults_of(found) == [("district_number", "district-needed", bundled().cities["0301"])]

    def test_a_number_that_is_no_district_of_the_city(self) -> None:
        """030199 stands for "not stated" in other registers."""
        found = resolved(postal_code="0557", district_number="030199")
        assert faults_of(found) == [("district_number", "district-needed", bundled().cities["0301"])]


class TestMarka:
    def test_a_street_of_the_list_is_served_by_a_neighbouring_district(self) -> None:
        found = resolved(street="Maridalsveien", house_number="621", postal_code="0890")
        assert (found.found_by, found.district) == (FoundBy.STREET_TABLE, "030108")
        assert found.office == bundled().areas["030108"].office

    @pytest.mark.parametrize(
        ("street", "number", "district"),
        [
            ("SØRKEDALSVEIEN", "537", "030107"),
            ("Sørkedalsvn.", "446", "030107"),
            ("Nordmarka", "842", "030108"),
            ("nordmarka", "816", "030107"),
            ("Nordmarka", "885", "030107"),
        ],
    )
    def test_by_side_and_house_number(self, street: str, number: str, district: str) -> None:
        found = resolved(street=street, house_number=number, postal_code="0758", district_number="030117")
        assert (found.found_by, found.district) == (FoundBy.STREET_TABLE, district)

    def test_a_house_before_the_list_begins_is_none_of_it(self) -> None:
        found = resolved(street="Sørkedalsveien", house_number="6", postal_code="0369")
        assert [fault.code for fault in found.faults] == [Code.DISTRICT_NEEDED]

    def test_a_street_of_that_name_elsewhere_is_none_of_it(self) -> None:
        found = resolved(street="Kongeveien", house_number="30", postal_code="1412")
        assert found.found_by is FoundBy.POSTAL_CODE

    def test_a_house_in_marka_that_the_list_has_not_waits_for_a_person(self) -> None:
        found = resolved(street="Ukjentstien", postal_code="0890", district_number="030117")
        assert (found.office, found.found_by, found.faults) == (None, FoundBy.PENDING, ())
        assert found.remarks == (Remark.OFFICE_TO_BE_FOUND,)


class TestConflicts:
    @pytest.mark.parametrize(
        ("parts", "pointer", "against"),
        [
            ({"postal_code": "9008", "municipality_number": "3301"}, "municipality_number", "postal_code"),
            ({"postal_code": "9008", "district_number": "030102"}, "postal_code", "district_number"),
            ({"postal_code": "9008", "district_number": "550101"}, "district_number", "postal_code"),
            ({"postal_code": "0552", "municipality_number": "1507"}, "municipality_number", "postal_code"),
            ({"address_line": "Storgata 5, 9009 Tromsø", "postal_code": "9008"}, "address_line", "postal_code"),
            (
                {"postal_code": "0557", "municipality_number": "4601", "district_number": "030102"},
                "district_number",
                "municipality_number",
            ),
        ],
    )
    def test_each_says_what_it_contradicts(self, parts: dict[str, Any], pointer: str, against: str) -> None:
        fault = next(one for one in resolved(**parts).faults if one.code is Code.ADDRESS_CONFLICT)
        assert (fault.pointer, fault.against) == (f"/dwelling/{pointer}", f"/dwelling/{against}")

    def test_postal_code_and_municipality(self) -> None:
        assert faults_of(resolved(postal_code="9008", municipality_number="3301")) == [
            ("municipality_number", "address-conflict", ("5501",))
        ]

    def test_postal_code_and_district(self) -> None:
        assert faults_of(resolved(postal_code="9008", district_number="030102")) == [
            ("postal_code", "address-conflict", ("0301",))
        ]

    def test_municipality_and_district(self) -> None:
        assert faults_of(resolved(postal_code="0557", municipality_number="4601", district_number="030102")) == [
            ("district_number", "address-conflict", ("4601",))
        ]

    def test_a_district_where_there_are_none(self) -> None:
        assert faults_of(resolved(postal_code="9008", district_number="550101")) == [
            ("district_number", "address-conflict", ("5501",))
        ]

    def test_a_postal_code_in_the_line_that_is_another(self) -> None:
        found = resolved(address_line="Storgata 5, 9009 Tromsø", postal_code="9008")
        assert faults_of(found) == [("address_line", "address-conflict", ("9008",))]


class TestRefused:
    def test_an_unknown_postal_code(self) -> None:
        assert faults_of(resolved(postal_code="0000")) == [("postal_code", "unknown-postal-code", ())]

    def test_an_unknown_municipality(self) -> None:
        assert faults_of(resolved(postal_code="9008", municipality_number="9999")) == [
            ("municipality_number", "unknown-municipality", ())
        ]

    @pytest.mark.parametrize("postal_code", ["9170", "9173", "8099"])
    def test_svalbard_jan_mayen_and_abroad(self, postal_code: str) -> None:
        assert faults_of(resolved(postal_code=postal_code)) == [("postal_code", "outside-norway", ())]

    @pytest.mark.parametrize("number", ["2100", "2111", "2211"])
    def test_their_municipality_numbers_too(self, number: str) -> None:
        assert ("municipality_number", "outside-norway", ()) in faults_of(
            resolved(postal_code="9170", municipality_number=number)
        )

    @pytest.mark.parametrize("line", ["Postboks 23", "Pb. 23 Sentrum", "P.b. 1", "PO Box 4"])
    def test_what_is_no_street_address(self, line: str) -> None:
        assert faults_of(resolved(address_line=line, postal_code="9008")) == [
            ("address_line", "not-a-street-address", ())
        ]

    def test_a_post_box_in_parts(self) -> None:
        found = resolved(street="Postboks", house_number="23", postal_code="9008")
        assert faults_of(found) == [("street", "not-a-street-address", ())]

    def test_a_postal_code_of_boxes_says_nothing_about_the_dwelling(self) -> None:
        assert faults_of(resolved(postal_code="9251")) == [("postal_code", "not-a-street-address", ())]
        assert resolved(postal_code="9251", municipality_number="5501").office == "1902"

    def test_but_it_lies_where_its_boxes_do(self) -> None:
        assert faults_of(resolved(postal_code="9251", municipality_number="3301")) == [
            ("municipality_number", "address-conflict", ("5501",))
        ]
        assert faults_of(resolved(postal_code="9251", district_number="030102")) == [
            ("postal_code", "address-conflict", ("0301",))
        ]

    @pytest.mark.parametrize(
        ("parts", "pointer"),
        [
            ({"street": "9990", "house_number": "1"}, "street"),
            ({"street": "mar.01", "house_number": "1"}, "street"),
            ({"street": "Storgata", "house_number": "01.mar"}, "house_number"),
            ({"street": "Storgata", "house_number": "1", "house_letter": "A1"}, "house_letter"),
        ],
    )
    def test_it_is_told_at_the_part_that_says_so(self, parts: dict[str, Any], pointer: str) -> None:
        assert faults_of(resolved(postal_code="9008", **parts)) == [(pointer, "not-a-street-address", ())]

    def test_all_faults_at_once(self) -> None:
        found = resolved(address_line="Postboks 1", postal_code="0000", municipality_number="1507")
        assert [fault.code for fault in found.faults] == [
            Code.NOT_A_STREET_ADDRESS,
            Code.UNKNOWN_POSTAL_CODE,
            Code.MUNICIPALITY_SPLIT,
        ]


class TestPending:
    def test_an_area_whose_office_is_not_known_is_neither_refused_nor_guessed(self) -> None:
        found = resolved(postal_code="4460", city="Moi")
        assert (found.municipality, found.office, found.found_by) == ("1112", None, FoundBy.PENDING)
        assert (found.remarks, found.faults) == ((Remark.OFFICE_TO_BE_FOUND,), ())


class TestCity:
    @pytest.mark.parametrize(
        ("postal_code", "city"),
        [
            ("0552", "Oslo"),
            ("0552", "OSLO"),
            ("0552", "oslo"),
            ("0552", "Oslove"),
            ("9730", "Kárášjohka"),
            ("9730", "Karasjok/Kárášjohka"),
            ("9730", "Kárášjohka - Karasjok"),
            ("7725", "Stïentje"),
            ("6002", "Aalesund"),
            ("2656", "Follebu"),
            ("3800", "Bø"),
            ("3800", "Bø i Telemark"),
            ("4420", "Åna Sira"),
            ("8400", "Suortá"),
        ],
    )
    def test_the_place_in_any_spelling_and_language(self, postal_code: str, city: str) -> None:
        found = resolved(PostalCodeDistricts.MOSTLY, postal_code=postal_code, city=city)
        assert Remark.CITY_DIFFERS not in found.remarks

    @pytest.mark.parametrize(("postal_code", "city"), [("0552", "Bergen"), ("9008", "Karasjok"), ("9730", "Karlsøy")])
    def test_another_place_is_a_remark(self, postal_code: str, city: str) -> None:
        found = resolved(PostalCodeDistricts.MOSTLY, postal_code=postal_code, city=city)
        assert Remark.CITY_DIFFERS in found.remarks

    def test_none_is_filled_in_for_the_letter(self) -> None:
        assert resolved(postal_code="9008").dwelling.city == "TROMSØ"


class TestUnderstood:
    @pytest.mark.parametrize(
        "parts",
        [
            {"address_line": "Sannergata 1 B, H0201"},
            {"address_line": "sannergata  1b h0201"},
            {"street": "Sannergata", "house_number": "1", "house_letter": "b", "unit_number": "h 0201"},
            {"street": "Sannergata 1B", "house_number": None, "unit_number": "H0201"},
        ],
    )
    def test_white_space_and_case_are_no_remark(self, parts: dict[str, Any]) -> None:
        found = resolved(postal_code="9008", **parts)
        assert found.remarks == ()
        understood = found.dwelling
        assert (understood.street or "").casefold() == "sannergata"
        assert (understood.house_number, understood.house_letter, understood.unit_number) == ("1", "B", "H0201")
        assert understood.address_line is None

    @pytest.mark.parametrize(
        ("line", "postal_code"),
        [
            ("c/o Testperson, Storgata 5", "9008"),
            ("Nordgård, Storgata 5", "9008"),
            ("Storgata 5, 9008 Tromsø", "9008"),
        ],
    )
    def test_anything_else_is(self, line: str, postal_code: str) -> None:
        found = resolved(address_line=line, postal_code=postal_code)
        assert found.remarks == (Remark.ADDRESS_NORMALISED,)
        assert (found.dwelling.street, found.dwelling.house_number, found.dwelling.postal_code) == (
            "Storgata",
            "5",
            "9008",
        )

    @pytest.mark.parametrize(
        ("line", "postal_code", "parts"),
        [
            ("Per Gynts' vei 12a", "9008", ("Per Gynts' vei", "12", "A")),
            ("O'Hara plass 4", "9008", ("O'Hara plass", "4", None)),
            ("Máŋŋogeaidnu 7 a", "9730", ("Máŋŋogeaidnu", "7", "A")),
            ("DEANUGEAIDNU 5", "9845", ("DEANUGEAIDNU", "5", None)),
            ("Nordre Kisa", "2055", ("Nordre Kisa", None, None)),
            ("St. Olavs gate 3 B", "9008", ("St. Olavs gate", "3", "B")),
        ],
    )
    def test_apostrophes_sami_names_and_farms(self, line: str, postal_code: str, parts: tuple[str | None, ...]) -> None:
        found = resolved(postal_code=postal_code, address_line=line)
        assert found.faults == ()
        assert (found.dwelling.street, found.dwelling.house_number, found.dwelling.house_letter) == parts

    def test_what_was_found_is_not_filled_in_as_if_it_had_been_sent(self) -> None:
        """The dwelling is resolved again before its copies go, so an estimate must not come back as a fact."""
        found = resolved(PostalCodeDistricts.MOSTLY, postal_code="0557")
        assert (found.dwelling.municipality_number, found.dwelling.district_number) == (None, None)


_CODES = st.one_of(st.sampled_from(sorted(bundled().postal_codes)), st.text("0123456789", min_size=4, max_size=4))
_MUNICIPALITIES = st.one_of(
    st.none(),
    st.sampled_from(sorted({*bundled().municipalities, *bundled().changes})),
    st.text("0123456789", min_size=4, max_size=4),
)
_DISTRICTS = st.one_of(
    st.none(), st.sampled_from(sorted(bundled().districts)), st.text("0123456789", min_size=6, max_size=6)
)


@given(
    code=_CODES,
    municipality=_MUNICIPALITIES,
    district=_DISTRICTS,
    line=st.one_of(st.just("Storgata 5"), st.text(max_size=40)),
    policy=st.sampled_from(PostalCodeDistricts),
)
def test_any_dwelling_is_resolved_refused_or_held(
    code: str, municipality: str | None, district: str | None, line: str, policy: PostalCodeDistricts
) -> None:
    """A fault never comes with an office, and an office is never a replaced one. Without an office there is a fault, or
    a person finds it. Resolving a resolved dwelling changes nothing."""
    sent = Dwelling(address_line=line, postal_code=code, municipality_number=municipality, district_number=district)
    found = resolve(bundled(), sent, TODAY, policy)
    if found.faults:
        assert found.office is None
        assert all(fault.pointer.startswith("/dwelling/") for fault in found.faults)
        return
    assert (found.office is None) == (Remark.OFFICE_TO_BE_FOUND in found.remarks)
    assert found.office is None or bundled().offices[found.office].status == "active"
    assert found.municipality is not None
    again = resolve(bundled(), found.dwelling, TODAY, policy)
    assert (again.office, again.faults, again.dwelling) == (found.office, (), found.dwelling)
