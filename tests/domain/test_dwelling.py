"""Addresses as people write them: read, and kept to the last word."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from varsling.dispatch.compose import place, street_lines
from varsling.domain.address_line import AddressLine, NoStreetAddress, is_post_box, parse_address_line
from varsling.domain.dwelling import (
    Dwelling,
    PostalCodesDiffer,
    place_name,
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
        ("Storgata 5, H 0301", AddressLine("Storgata", "5", None, "H0301")),
        ("Storgata 5, leil. H 0301", AddressLine("Storgata", "5", None, "H0301", extra=("leil. H 0301",))),
        ("Bruksenhet U0101; Storgata 5", AddressLine("Storgata", "5", None, "U0101", extra=("Bruksenhet U0101",))),
        ("Storgata 5 3. etg", AddressLine("Storgata", "5", extra=("3. etg",))),
        ("Storgata 5, oppgang C", AddressLine("Storgata", "5", extra=("oppgang C",))),
        ("Leil. 12, Sannergata 1", AddressLine("Sannergata", "1", extra=("Leil. 12",))),
        ("Leil 12 Sannergata 1 B", AddressLine("Sannergata", "1", "B", extra=("Leil 12",))),
        ("Seksjon 4, Sannergata 1", AddressLine("Sannergata", "1", extra=("Seksjon 4",))),
        ("Seksjonsnr. 4, Sannergata 1", AddressLine("Sannergata", "1", extra=("Seksjonsnr. 4",))),
        ("Hus 4, Sannergata 1", AddressLine("Sannergata", "1", extra=("Hus 4",))),
        ("Blokk B, Sannergata 1", AddressLine("Sannergata", "1", extra=("Blokk B",))),
        ("Bygg 2, Rom 14, Sannergata 1", AddressLine("Sannergata", "1", extra=("Bygg 2", "Rom 14"))),
        ("Hybel 3, Sannergata 1", AddressLine("Sannergata", "1", extra=("Hybel 3",))),
        ("Oppgang C, 3. etg., Sannergata 1", AddressLine("Sannergata", "1", extra=("Oppgang C", "3. etg"))),
        ("Andel 27, Sannergata 1", AddressLine("Sannergata", "1", extra=("Andel 27",))),
        ("Snr 3, Sannergata 1", AddressLine("Sannergata", "1", extra=("Snr 3",))),
        ("Solsiden Borettslag 12, Sannergata 1", AddressLine("Sannergata", "1", extra=("Solsiden Borettslag 12",))),
        ("Sameiet Fjordgløtt, Sannergata 1", AddressLine("Sannergata", "1", extra=("Sameiet Fjordgløtt",))),
        ("Borettslaget Solsiden 3", AddressLine("Borettslaget Solsiden", "3")),
        ("Sannergata 1B-H0201", AddressLine("Sannergata", "1", "B", "H0201")),
        ("Sannergata 1B/H0201", AddressLine("Sannergata", "1", "B", "H0201")),
        ("Sannergata 1, H0201, leil 12", AddressLine("Sannergata", "1", None, "H0201", extra=("leil 12",))),
        ("Sannergata 1 leil 12 0557 Oslo", AddressLine("Sannergata", "1", None, None, "0557", "Oslo", ("leil 12",))),
        ("Sannergata 1, Storgata 5", AddressLine("Sannergata", "1", extra=("Storgata 5",))),
        ("Vei 224 nr 5", AddressLine("Vei 224", "5")),
        ("Fylkesvei 34 nr. 120 C", AddressLine("Fylkesvei 34", "120", "C")),
        ("gnr. 12, bnr. 3", AddressLine("gnr. 12, bnr. 3", None)),
        ("112/4/0/2", AddressLine("112/4/0/2", None)),
        ("112/4", AddressLine("112/4", None)),
        ("gnr. 12, bnr. 3, Leil. 2", AddressLine("gnr. 12, bnr. 3", None, extra=("Leil. 2",))),
        ("Sannergata 1, gnr. 12, bnr. 3", AddressLine("Sannergata", "1", extra=("gnr. 12", "bnr. 3"))),
        ("Nordre Kisa, 3. etasje", AddressLine("Nordre Kisa", None, extra=("3. etasje",))),
        ("Husebyveien 3", AddressLine("Husebyveien", "3")),
        ("Romsdalsgata 2", AddressLine("Romsdalsgata", "2")),
        ("Loftesnes 4", AddressLine("Loftesnes", "4")),
        ("Storgata 5-7", AddressLine("Storgata", "5-7")),
        ("Storgata 5 – 7", AddressLine("Storgata", "5-7")),
        ("Storgata 5a-7b, H0101", AddressLine("Storgata", "5A-7B", None, "H0101")),
        ("Nordre Kisa", AddressLine("Nordre Kisa", None)),
        ("112/4 Nordre Kisa", AddressLine("112/4 Nordre Kisa", None)),
        ("Gnr 12 bnr 3, 2055 Nordkisa", AddressLine("Gnr 12 bnr 3", None, postal_code="2055", city="Nordkisa")),
        ("Haugen nedre, Postboks 23", AddressLine("Haugen nedre", None, extra=("Postboks 23",))),
        ("Storgata 005", AddressLine("Storgata", "5")),
        ("7. juni-plassen 1", AddressLine("7. juni-plassen", "1")),
        ("17. mai gata 3 C", AddressLine("17. mai gata", "3", "C")),
        ("C.J. Hambros plass 2c", AddressLine("C.J. Hambros plass", "2", "C")),
        ("Ávjovárgeaidnu 12", AddressLine("Ávjovárgeaidnu", "12")),
        ("Å 12", AddressLine("Å", "12")),
        ("Postboksveien 3", AddressLine("Postboksveien", "3")),
        ("Nordgård, Sannergata 1 B", AddressLine("Sannergata", "1", "B", extra=("Nordgård",))),
        ("c/o Testperson, Storgata 5", AddressLine("Storgata", "5", extra=("c/o Testperson",))),
        ("Storgata 5, Postboks 23", AddressLine("Storgata", "5", extra=("Postboks 23",))),
        ("Storgata 5, 0557 Oslo", AddressLine("Storgata", "5", postal_code="0557", city="Oslo")),
        ("Storgata 5 0557 Oslo", AddressLine("Storgata", "5", postal_code="0557", city="Oslo")),
    ],
)
def test_a_line_is_read(line: str, read: AddressLine) -> None:
    assert parse_address_line(line) == read


@pytest.mark.parametrize(
    "line",
    [
        *("", ",", "5", "0557 Oslo", "H0201", "gnr. 12", "Leil. 12", "Hus 4, 3. etg", "c/o Testperson", "Andel 7"),
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
    # What a sheet makes of "1-3" among them, and what stood in another column.
    sheet = ("01.mar", "1. mar", "mar.01", "01.03", "01.03.2026", "2026-03-01", "12 500,00", "2,5")
    for number in ("x", "0", "Haugen", *sheet):
        with pytest.raises(NoStreetAddress):
            understood(Dwelling("Storgata", number, postal_code="7700"))


@pytest.mark.parametrize("line", ["01.mar", "mar.01", "01.03.2026"])
def test_a_date_is_no_address(line: str) -> None:
    for sent in (Dwelling(line, "5"), Dwelling(address_line=line)):
        with pytest.raises(NoStreetAddress):
            understood(sent)


@pytest.mark.parametrize("line", ["Sannergata 01.mar", "01.mar, H0201", "Sannergata 3.okt, H0201"])
def test_a_line_with_a_day_for_a_house_is_none(line: str) -> None:
    with pytest.raises(NoStreetAddress):
        understood(Dwelling(address_line=line))


@pytest.mark.parametrize("street", ["17. mai-gata", "Maigata", "8. mars gate", "Augustveien"])
def test_a_street_may_be_called_by_a_day(street: str) -> None:
    clean, _ = understood(Dwelling(street, "5", postal_code="7700"))
    assert (clean.street, clean.house_number) == (street, "5")


def test_a_letter_behind_the_number_is_split_off_and_a_range_stays_whole() -> None:
    read = {"12 A": ("12", "A"), "12a": ("12", "A"), "1-3": ("1-3", None), "1 - 3": ("1-3", None)}
    for sent, (number, letter) in read.items():
        clean, _ = understood(Dwelling("Storgata", sent, postal_code="7700"))
        assert (clean.street, clean.house_number, clean.house_letter) == ("Storgata", number, letter)


@pytest.mark.parametrize("unit", ["201", "Leil. 12"])
def test_a_unit_that_is_none_of_matrikkelens_is_an_extra_line(unit: str) -> None:
    clean, _ = understood(Dwelling("Storgata", "5", None, unit))
    assert (clean.house_number, clean.unit_number, clean.extra_line) == ("5", None, unit)


def test_a_letter_written_with_the_number_is_split_off_with_a_remark() -> None:
    clean, changed = understood(Dwelling("Storgata", "5B", postal_code="7700"))
    assert (clean.house_number, clean.house_letter, changed) == ("5", "B", True)
    assert not understood(Dwelling("Storgata", "5", "B", postal_code="7700"))[1]


@pytest.mark.parametrize("street", ["Leil. 12", "Seksjon 4", "c/o Testperson", "Postboks 23"])
def test_a_street_that_is_none_is_refused_or_read_with_its_house(street: str) -> None:
    with pytest.raises(NoStreetAddress):
        understood(Dwelling(street, "1", postal_code="7700"))
    clean, _ = understood(Dwelling(f"{street}, Sannergata", "1", postal_code="7700"))
    assert (clean.street, clean.house_number, clean.extra_line) == ("Sannergata", "1", street)


@pytest.mark.parametrize(("number", "letter"), [("12 B", "B"), ("12B", "b"), ("12b", " B ")], ids=repr)
def test_a_letter_written_twice_is_one(number: str, letter: str) -> None:
    clean, changed = understood(Dwelling("Sannergata", number, letter, postal_code="0557"))
    assert (clean.house_number, clean.house_letter, clean.extra_line, changed) == ("12", "B", None, False)


def test_two_letters_are_no_house() -> None:
    with pytest.raises(NoStreetAddress):
        understood(Dwelling("Sannergata", "12 B", "C", postal_code="0557"))


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


# The words of an address line as people write them, in any order and with any separator between.
_PARTS = st.one_of(
    _STREETS.map(lambda street: f"{street} 7"),
    _STREETS,
    st.sampled_from(
        [
            *("Leil. 12", "Seksjon 4", "Hus 4", "Blokk B", "Bygg 2", "Rom 14", "Hybel 3", "Oppgang C", "3. etg"),
            *("Snr 3", "Andel 27", "Solsiden Borettslag", "Solsiden brl 12", "Sameiet Fjordgløtt", "c/o Testperson"),
            *("H0201", "gnr. 12", "bnr. 3", "112/4/0/2", "Postboks 23", "0557 Oslo", "Vei 224 nr 5", "1 B"),
            *("Sannergata 1B-H0201", "underetasje", "201", "12 tv", "Sannergata 1-3", "Norge", "inngang bak", "2."),
            *("Å 4", "7700"),
        ]
    ),
)
_BETWEEN = st.sampled_from([", ", " ", "; ", ",", " - ", " / "])


@given(st.lists(st.tuples(_PARTS, _BETWEEN), min_size=1, max_size=6))
@settings(max_examples=400)
def test_every_word_of_an_address_line_stands_on_the_envelope(parts: list[tuple[str, str]]) -> None:
    line = "".join(part + between for part, between in parts)
    try:
        clean, _ = understood(Dwelling(address_line=line, postal_code="0557"))
    except (NoStreetAddress, PostalCodesDiffer):
        return
    envelope = words_of(" ".join((*street_lines(clean), place(clean))))
    assert words_of(line) <= envelope, (line, clean)


def words_of(text: str) -> set[str]:
    """Each word in small letters; "1B", "1 B" and "1-3" are the same written together or apart, "nr 5" is "5"."""
    return set(re.findall(r"[^\W\d_]+|[0-9]+", text.casefold())) - {"nr"}


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("BERGEN", "Bergen"),
        ("MO I RANA", "Mo i Rana"),
        ("NORD-STATLAND", "Nord-Statland"),
        ("ÅS", "Ås"),
        ("I", "I"),
        ("Bø i Telemark", "Bø i Telemark"),
        ("Å", "Å"),
    ],
)
def test_a_place_is_written_as_norwegians_do(given: str, written: str) -> None:
    assert place_name(given) == written
    assert place(Dwelling(postal_code="0557", city=given)) == f"0557 {written}"
