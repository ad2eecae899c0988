"""Text, e-mail addresses, phone numbers and language tags that callers may write."""

import contextlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varsling.domain.contact import parse_email, parse_language, parse_phone
from varsling.domain.text import clean_text


@given(st.text(max_size=40))
def test_clean_text_is_nfc_and_otherwise_unchanged(value: str) -> None:
    try:
        text = clean_text(value)
    except ValueError:
        return
    assert text == unicodedata.normalize("NFC", value) == clean_text(text)
    assert text.strip()
    assert not any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text)


@pytest.mark.parametrize("value", ["Kari Testperson", "Áŋŋa Čázeš", "Ås", "A\u030as", "李", "O’Prøve", "عائشة", "😀"])
def test_names_of_all_the_world_are_text(value: str) -> None:
    assert clean_text(f"{value} ") == unicodedata.normalize("NFC", f"{value} ")


@pytest.mark.parametrize(
    "value",
    [
        "a\x00b",
        "a\nb",
        "a\tb",
        "a\u202eb",
        "a\u2066b",
        "\u061ca",
        "a\u200fb",
        "\ud800",
        "a\x85b",
        "a\u2028b",
        "\ufffe",
    ],
)
def test_characters_that_are_no_text(value: str) -> None:
    with pytest.raises(ValueError, match="code points"):
        clean_text(value)


@pytest.mark.parametrize("value", ["", "   ", "\u200b", "\u00a0", "\u0301"])
def test_a_text_that_shows_nothing(value: str) -> None:
    with pytest.raises(ValueError, match="nothing"):
        clean_text(value)


@pytest.mark.parametrize(
    "text", ["kari@mail.example", "Kari.Test+x@MAIL.Example", "kari@blåbær.example", "o'prove@a-b.co.no"]
)
def test_an_email_address_is_kept_as_it_is(text: str) -> None:
    assert parse_email(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "kari",
        "kari@",
        "@mail.example",
        "kari@mail",
        "ka ri@mail.example",
        "kari@mail..example",
        "a@b@c.example",
        "kari@-mail.example",
        "kari@mail.example\nBcc: x@y.example",
        "kari.@mail.example",
        ".kari@mail.example",
        "k" * 65 + "@mail.example",
        "kari@" + "a" * 64 + ".example",
        "kari@" + "a." * 130 + "example",
        "Kari <k@m.example>",
        "kåri@mail.example",
        "kari@127.0.0.1",
        " kari@mail.example",
    ],
)
def test_what_is_no_email_address(text: str) -> None:
    with pytest.raises(ValueError, match="e-mail"):
        parse_email(text)


@pytest.mark.parametrize("text", ["+4722000000", "22000000", "+46812345678"])
def test_a_phone_number_is_kept_as_it_is(text: str) -> None:
    assert parse_phone(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "112",
        "22 00 00 00",
        "004722000000",
        "+0123456789",
        "1234567",
        "+47220000001234567",
        "ring meg",
        "٢٢٠٠٠٠٠٠",
        "++47",
        "82012345",
        "+4782912345",
        "+88112345678",
    ],
)
def test_what_is_no_phone_number(text: str) -> None:
    with pytest.raises(ValueError, match="phone"):
        parse_phone(text)


@pytest.mark.parametrize("tag", ["nb", "nn-NO", "se", "zh-Hant-TW", "sr-Latn", "so", "x-private", "NB-no", "de-1996"])
def test_a_language_tag(tag: str) -> None:
    assert parse_language(tag) == tag


@pytest.mark.parametrize(
    "text", ["", "n", "norsk språk", "nb_NO", "nb-", "-nb", "nb--NO", "nb\n", "a" * 36, "nb-123456789"]
)
def test_what_is_no_language_tag(text: str) -> None:
    with pytest.raises(ValueError, match="language"):
        parse_language(text)


@given(st.text(max_size=60))
def test_no_text_raises_anything_but_value_error(text: str) -> None:
    for parse in (parse_email, parse_phone, parse_language):
        with contextlib.suppress(ValueError):
            parse(text)
