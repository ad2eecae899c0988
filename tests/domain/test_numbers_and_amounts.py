"""Organisation and account numbers, KID and amounts, compared with stdnum and oracles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.no import kontonr, orgnr

from tests.domain import oracles
from varsling.domain.money import format_amount, parse_amount
from varsling.domain.organisation import parse_organisation_number
from varsling.domain.payment import parse_account_number, parse_kid

digits = "0123456789"


@given(st.text(digits, min_size=9, max_size=9))
def test_organisation_numbers_are_stdnum_s(text: str) -> None:
    assert _accepts(parse_organisation_number, text) == (orgnr.is_valid(text) and text[0] != "0")


@given(st.text(digits, min_size=8, max_size=8))
def test_an_organisation_number_with_its_check_digit(stem: str) -> None:
    check = oracles.modulo_11(stem)
    if check is not None and stem[0] != "0":
        assert parse_organisation_number(stem + check) == stem + check


@pytest.mark.parametrize(
    "text", ["", "31175848", "3117584890", "311758488", "31175848A", "311 758 489", "٣١١٧٥٨٤٨٩", "000000000"]
)
def test_what_is_no_organisation_number(text: str) -> None:
    assert not _accepts(parse_organisation_number, text)


@given(st.text(digits, min_size=10, max_size=10))
def test_an_account_number_with_its_check_digit(stem: str) -> None:
    check = oracles.modulo_11(stem)
    if check is None:
        assert not any(_accepts(parse_account_number, stem + last) for last in digits)
    else:
        assert [last for last in digits if _accepts(parse_account_number, stem + last)] == [check] * any(map(int, stem))
        number = stem + check
        assert kontonr.is_valid(number) or number.startswith("0000")


@pytest.mark.parametrize(
    "text", ["", "1234567890", "123456789012", "1234.56.78903", "1234 56 78903", "0" * 11, "NO9312345678903"]
)
def test_what_is_no_account_number(text: str) -> None:
    assert not _accepts(parse_account_number, text)


@given(st.text(digits, min_size=1, max_size=24))
def test_a_kid_ends_in_one_of_two_check_digits(stem: str) -> None:
    right = {luhn.calc_check_digit(stem), oracles.modulo_11(stem) or "-"}
    assert {last for last in digits + "-" if _accepts(parse_kid, stem + last)} == right


@pytest.mark.parametrize("text", ["", "0", "-", "12-3", "1" * 26, "1A", "٢٦", " 18", "18\n"])
def test_what_is_no_kid(text: str) -> None:
    assert not _accepts(parse_kid, text)


@given(st.integers(0, 99_999_999_999))
def test_amounts_come_back_as_they_went(ore: int) -> None:
    assert parse_amount(format_amount(ore)) == ore


@pytest.mark.parametrize(
    ("text", "ore"), [("0.00", 0), ("12500.00", 1250000), ("0.05", 5), ("999999999.99", 99999999999)]
)
def test_an_amount_in_ore(text: str, ore: int) -> None:
    assert parse_amount(text) == ore
    assert format_amount(ore) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12500",
        "12500.0",
        "12500.000",
        "-1.00",
        "+1.00",
        "1,00",
        "1 000.00",
        "1e3",
        "NaN",
        "1000000000.00",
        "٣.٠٠",
        "1.00\n",
        " 1.00",
        ".50",
    ],
)
def test_what_is_no_amount(text: str) -> None:
    assert not _accepts(parse_amount, text)


def test_what_is_less_than_nothing_can_be_shown() -> None:
    assert [format_amount(ore) for ore in (-5, -100, -12345)] == ["-0.05", "-1.00", "-123.45"]


def _accepts(parse: object, text: str) -> bool:
    assert callable(parse)
    try:
        parse(text)
    except ValueError:
        return False
    return True
