"""Identity numbers: synthetic vectors, python-stdnum where its rule is the same, and the rule of 2032."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.no import fodselsnummer

from varsling.domain.identity import IdentityKind, birth_key, contains_identity_number, parse_national_id

# From the specification of Folkeregisteret's test data (derived-test-identifiers.json); no person has these numbers.
VECTORS = {
    "02013299997": ("020132", False, IdentityKind.FNR),
    "30108299920": ("301082", False, IdentityKind.FNR),
    "30108299939": ("301082", False, IdentityKind.FNR),
    "01819010001": ("010190", True, IdentityKind.FNR),
    "15827520362": ("150275", True, IdentityKind.FNR),
    "31926534443": ("311265", True, IdentityKind.FNR),
    "41819013738": ("010190", True, IdentityKind.DNR),
    "55827520356": ("150275", True, IdentityKind.DNR),
    "01419010029": ("010190", True, IdentityKind.FNR),
    "15427527791": ("150275", True, IdentityKind.FNR),
    "01813293737": ("010132", True, IdentityKind.FNR),
    "01813294296": ("010132", True, IdentityKind.FNR),
    "01813298569": ("010132", True, IdentityKind.FNR),
    "10915596784": ("101155", True, IdentityKind.FNR),
    "13527248013": ("131272", True, IdentityKind.FNR),
    "68467038838": ("280670", True, IdentityKind.DNR),
    "44926701751": ("041267", True, IdentityKind.DNR),
    "69887800189": ("290878", True, IdentityKind.DNR),
}
eleven_digits = st.text("0123456789", min_size=11, max_size=11)


@pytest.mark.parametrize("number", VECTORS)
def test_valid_numbers_of_every_kind(number: str) -> None:
    identity = parse_national_id(number)
    assert (birth_key(identity.birth_date), identity.synthetic, identity.kind) == VECTORS[number]
    assert identity.number == number


@pytest.mark.parametrize(
    "text",
    [
        "01819010002",
        "0181901000",
        "018190100011",
        "0181901000A",
        "32819010063",
        "",
        "018190 10001",
        " 1819010001",
        "٠١٨١٩٠١٠٠٠١",
        "00000000000",
        "²1819010001",
    ],
)
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(not|wrong|no) ") as refused:
        parse_national_id(text)
    assert text == "" or text not in str(refused.value)


@given(st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(0, 499), st.booleans())
def test_real_numbers_are_python_stdnum_s(born: date, individual: int, is_d_number: bool) -> None:
    """The new rule contains the old one: every number that stdnum accepts is accepted, with the same birth date."""
    stem = f"{born.day + 40 * is_d_number:02d}{born:%m%y}{individual:03d}"
    try:
        digits = fodselsnummer.calc_check_digit1(stem)
        number = stem + digits + fodselsnummer.calc_check_digit2(stem + digits)
    except ValueError:  # stdnum gives "10" where there is no digit
        return
    if not fodselsnummer.is_valid(number):
        return
    if is_d_number and individual >= 200 and born.year < 1940:  # the series of 2021, which stdnum does not know
        born = born.replace(year=born.year + 100)
    assert birth_key(born) == birth_key(fodselsnummer.get_birth_date(number))
    assert parse_national_id(number).birth_date == born


@given(st.dates(date(1940, 1, 1), date(1999, 12, 31)), st.integers(0, 499), st.sampled_from((0, 40)))
def test_whatever_stdnum_accepts_is_accepted(born: date, individual: int, d_number: int) -> None:
    stem = f"{born.day + d_number:02d}{born.month:02d}{born:%y}{individual:03d}"
    stem += fodselsnummer.calc_check_digit1(stem)
    text = stem + fodselsnummer.calc_check_digit2(stem)
    assume(len(text) == 11)  # for some no digit is right, and it gives ten
    assert fodselsnummer.is_valid(text)
    assert parse_national_id(text).number == text


@given(st.dates(date(1940, 1, 1), date(2039, 12, 31)), st.integers(0, 999))
def test_from_2032_the_first_check_digit_has_four_right_values(born: date, individual: int) -> None:
    """The second digit is right once for each of those: at most four of the hundred numbers with one stem are valid."""
    stem = f"{born.day:02d}{born.month + 80:02d}{born:%y}{individual:03d}"
    valid = [f"{stem}{last:02d}" for last in range(100) if _is_valid(f"{stem}{last:02d}")]
    assert len(valid) == len({number[9] for number in valid}) <= 4
    assert {birth_key(parse_national_id(number).birth_date) for number in valid} <= {birth_key(born)}


# Skatteetaten, "Utvidelse av D-nummerserien", 2021-06-24: by individual number, the century of yy = 14, 39, 50, 60, 99.
D_NUMBERS = {
    199: (1914, 1939, 1950, 1960, 1999),
    200: (2014, 2039, 1950, 1960, 1999),
    499: (2014, 2039, 1950, 1960, 1999),
    500: (2014, 2039, 1950, 1860, 1899),
    599: (2014, 2039, 1950, 1860, 1899),
    600: (2014, 2039, 1950, 1960, 1999),
    999: (2014, 2039, 1950, 1960, 1999),
}


@pytest.mark.parametrize("individual", D_NUMBERS)
def test_the_century_of_a_d_number_is_that_of_the_series_of_2021(individual: int) -> None:
    for born in D_NUMBERS[individual]:
        stem = f"4181{born % 100:02d}{individual:03d}"
        valid = [f"{stem}{last:02d}" for last in range(100) if _is_valid(f"{stem}{last:02d}")]
        assert {parse_national_id(number).birth_date for number in valid} == {date(born, 1, 1)}


@pytest.mark.parametrize(("number", "year"), [("41814061033", 1940), ("41810021827", 2000), ("41810034422", 2000)])
def test_skatteetatens_own_d_numbers_of_the_new_series(number: str, year: int) -> None:
    assert parse_national_id(number).birth_date == date(year, 1, 1)


def _is_valid(text: str) -> bool:
    try:
        parse_national_id(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("number", "year"),
    [("01819010001", 1990), ("02013299997", 2032), ("17912099997", 2020), ("30108299920", 1982)],
)
def test_the_century_of_numbers_given_before_2032(number: str, year: int) -> None:
    assert parse_national_id(number).birth_date.year == year


@pytest.mark.parametrize(
    "text",
    [
        "01819010001",
        "K-01819010001",
        "LEIE01819010001B",
        "018190-10001",
        "018190.10001",
        "018190 10001",
        "01.81.90-10001",
        "01 81 90 100 01",
        "2026-018190-10001/2",
        "018190_10001",
        "018190/10001",
        "02013299997",
    ],
)
def test_a_number_in_a_reference_is_seen_however_it_is_written(text: str) -> None:
    assert contains_identity_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "K-1044-2026-11",
        "01819010002",
        "0181901000",
        "2026-11-23",
        "901819010001",
        "018190100012026",
        "018190--10001",
        "0181-9010-001",
        "311758489",
        "a" * 64,
    ],
)
def test_what_is_no_number_is_a_fine_reference(text: str) -> None:
    assert not contains_identity_number(text)


@given(st.text(max_size=64))
def test_a_number_is_seen_behind_any_text(text: str) -> None:
    assert contains_identity_number(f"{text} / 01819010001")
