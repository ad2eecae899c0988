"""Addresses as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varsling.domain.dwelling import (
    AddressLine,
    Dwelling,
    NoStreetAddress,
    PostalCodesDiffer,
    is_post_box,
    parse_address_line,
    understood,
)


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("Sannergata 1 B, H0201", AddressLine("Sannergata", "1", "B", "H0201")),
        ("Storgata 5B", AddressLine("Storgata", "5", "B")),
        ("storgata 5 b h0201", AddressLine("storgata", "5", "B", "H0201")),
        ("STORGATA 5H0201", AddressLine("STORGATA", "5", None, "H0201")),
        ("Storgata, 5 B", AddressLine("Storgata", "5", "B")),
        ("Storgata nr. 5", AddressLine("Storgata", "5")),
        ("Storgata 5, leil. H 0301", AddressLine("Storgata", "5", None, "H0301")),
        ("Bruksenhet U0101; Storgata 5", AddressLine("Storgata", "5", None, "U0101")),
        ("Storgata 5 3. etg", AddressLine("Storgata", "5")),
        ("Storgata 5, oppgang C", AddressLine("Storgata", "5")),
        ("Storgata 5-7", AddressLine("Storgata", "5-7")),
        ("Storgata 5 – 7", AddressLine("Storgata", "5-7")),
        ("Storgata 5a-7b, H0101", AddressLine("Storgata", "5A-7B", None, "H0101")),
        ("Nordre Kisa", AddressLine("Nordre Kisa", None)),
        ("112/4 Nordre Kisa", AddressLine("112/4 Nordre Kisa", None)),
        ("Gnr 12 bnr 3, 2055 Nordkisa", AddressLine("Gnr 12 bnr 3", None, postal_code="2055")),
        ("Haugen nedre, Postboks 23", AddressLine("Haugen nedre", None)),
        ("Storgata 005", AddressLine("Storgata", "5")),
        ("7. juni-plassen 1", AddressLine("7. juni-plassen", "1")),
        ("17. mai gata 3 C", AddressLine("17. mai gata", "3", "C")),
        ("C.J. Hambros plass 2c", AddressLine("C.J. Hambros plass", "2", "C")),
        ("Ávjovárgeaidnu 12", AddressLine("Ávjovárgeaidnu", "12")),
        ("Å 12", AddressLine("Å", "12")),
        ("Postboksveien 3", AddressLine("Postboksveien", "3")),
        ("Nordgård, Sannergata 1 B", AddressLine("Sannergata", "1", "B")),
        ("c/o Testperson, Storgata 5", AddressLine("Storgata", "5")),
        ("Storgata 5, Postboks 23", AddressLine("Storgata", "5")),
        ("Storgata 5, 0557 Oslo", AddressLine("Storgata", "5", postal_code="0557")),
        ("Storgata 5 0557 Oslo", AddressLine("Storgata", "5", postal_code="0557")),
    ],
)
def test_a_line_is_read(line: str, read: AddressLine) -> None:
    assert parse_address_line(line) == read


@pytest.mark.parametrize(
    "line",
    [
        *("", ",", "5", "0557 Oslo", "H0201", "112/4"),
        *("Postboks 23", "PB 23 Sentrum", "P.b. 4", "P.O. Box 12", "Boks 3", "Serviceboks 400"),
    ],
)
def test_a_line_that_names_no_place_to_live_in_is_none(line: str) -> None:
    with pytest.raises(NoStreetAddress):
        parse_address_line(line)


def test_only_a_number_makes_a_post_box() -> None:
    assert is_post_box(" postboks 23")
    assert not is_post_box("Postboksveien")
    assert not is_post_box("Bokstadveien 3")


def test_a_street_may_be_called_by_a_number_where_parts_say_which_is_which() -> None:
    sent = Dwelling("Fylkesvei 34", "120", postal_code="7700")
    assert understood(sent) == (sent, False)


def test_what_stands_for_a_house_number_must_be_one() -> None:
    for number in ("x", "0", "Haugen"):
        with pytest.raises(NoStreetAddress):
            understood(Dwelling("Storgata", number, postal_code="7700"))


def test_a_letter_behind_the_number_is_split_off_and_a_range_stays_whole() -> None:
    read = {"12 A": ("12", "A"), "12a": ("12", "A"), "1-3": ("1-3", None), "1 - 3": ("1-3", None)}
    for sent, (number, letter) in read.items():
        clean, _ = understood(Dwelling("Storgata", sent, postal_code="7700"))
        assert (clean.street, clean.house_number, clean.house_letter) == ("Storgata", number, letter)


def test_a_unit_that_is_none_of_matrikkelens_is_left_out() -> None:
    clean, changed = understood(Dwelling("Storgata", "5", None, "201"))
    assert (clean.house_number, clean.unit_number, changed) == ("5", None, True)


def test_two_postal_codes_are_told_apart() -> None:
    assert understood(Dwelling(address_line="Storgata 5, 0557 Oslo", postal_code="0557"))[0].house_number == "5"
    with pytest.raises(PostalCodesDiffer):
        understood(Dwelling(address_line="Storgata 5, 0557 Oslo", postal_code="0558"))


_STREETS = st.from_regex(r"[A-ZÆØÅÁČĐŊŠŦŽ][a-zæøåáčđŋšŧž]{3,15}( [a-zæøå]{3,9})?", fullmatch=True)


@given(
    street=_STREETS,
    number=st.integers(1, 9999),
    letter=st.one_of(st.none(), st.sampled_from("ABCDEFGÅ")),
    unit=st.one_of(st.none(), st.from_regex("[HKLU]0[1-9]0[1-9]", fullmatch=True)),
    spaces=st.sampled_from(["", " ", "  "]),
    lower=st.booleans(),
)
def test_however_it_is_spaced_and_cased_the_parts_are_the_same(
    street: str, number: int, letter: str | None, unit: str | None, spaces: str, lower: bool
) -> None:
    line = f"{street} {number}{spaces}{letter or ''}" + (f",{spaces}{unit}" if unit else "")
    clean, changed = understood(Dwelling(address_line=line.lower() if lower else line, postal_code="7700"))
    assert not changed
    assert (clean.street or "").casefold() == street.casefold()
    assert (clean.house_number, clean.house_letter, clean.unit_number) == (str(number), letter, unit)


@given(st.text(max_size=150))
def test_what_is_understood_is_understood_again(line: str) -> None:
    try:
        clean, _ = understood(Dwelling(address_line=line, postal_code="7700"))
    except (NoStreetAddress, PostalCodesDiffer):
        return
    assert understood(clean) == (clean, False)
