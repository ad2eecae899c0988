"""The text files are whole in every language, with dates and amounts as each language writes them."""

import re
from datetime import date
from importlib import resources
from pathlib import Path

import pytest

from varsling.domain.texts import TextsIncomplete
from varsling.letters.content import Language
from varsling.letters.formats import account, in_fours, phone
from varsling.letters.texts import box, load, texts

SOURCE = resources.files("varsling.letters") / "texts"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for language in Language:
        (tmp_path / f"{language}.toml").write_text((SOURCE / f"{language}.toml").read_text("utf-8"), "utf-8")
    return tmp_path


def change(folder: Path, language: str, old: str, new: str) -> None:
    file = folder / f"{language}.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def test_the_files_are_whole(folder: Path) -> None:
    assert set(load(folder)) == set(Language)


def test_a_missing_language_fails(folder: Path) -> None:
    (folder / "se.toml").unlink()
    with pytest.raises(TextsIncomplete, match=r"se\.toml is missing"):
        load(folder)


@pytest.mark.parametrize(
    ("language", "old", "new", "fault"),
    [
        ("nn", 'privacy = "**Personvern', 'privasy = "**Personvern', r"nn\.toml: copy\.rights\.privacy is missing"),
        ("se", "[copy.do.no_title]", "[copy.do.other]", r"se\.toml: copy\.do\.no_title\.items is missing"),
        (
            "en",
            "that {landlord} sends",
            "that they send",
            r"en\.toml: copy\.first\.sent has other placeholders",
        ),
        ("en", "**Call Nav: 55", "Call Nav: 55", r"copy\.first\.call has a bold text that does"),
        ("nn", "accepted = ", "taken = ", r"nn\.toml: page\.state\.accepted is missing"),
        ("nb", 'code = "Din kode"', 'code = ""', r"nb\.toml: letter\.code is empty"),
        ("se", '"juovlamánu"]', "]", r"se\.toml: format\.months has not as many texts"),
    ],
)
def test_a_gap_in_a_file_fails_and_is_named(folder: Path, language: str, old: str, new: str, fault: str) -> None:
    change(folder, language, old, new)
    with pytest.raises(TextsIncomplete, match=fault):
        load(folder)


def test_a_ground_that_every_file_lacks_fails(folder: Path) -> None:
    for language in Language:
        change(folder, language, "[copy.do.no_title]", "[copy.do.none]")
    with pytest.raises(TextsIncomplete, match=r"nb\.toml: copy\.do\.no_title\.items is missing"):
        load(folder)


@pytest.mark.parametrize("language", Language)
def test_no_text_calls_a_petition_unlawful_or_notifying_a_duty(language: Language) -> None:
    words = (SOURCE / f"{language}.toml").read_text("utf-8")
    assert re.search(r"ulovl|ugyldig|unlawful|illegal|invalid|pliktig|obliged|800 ?GJELD|\bNAV\b", words) is None


def test_the_box_has_six_languages_that_say_whom_to_call() -> None:
    assert [tag for tag, _, _ in box()] == ["en", "pl", "uk", "lt", "so", "se"]
    assert all("55\u00a055\u00a033\u00a033" in text for _, _, text in box())


@pytest.mark.parametrize(
    ("language", "day", "amount"),
    [
        ("nb", "8. desember 2026", "12 500,00 kr"),
        ("nn", "8. desember 2026", "12 500,00 kr"),
        ("se", "juovlamánu 8. b. 2026", "12 500,00 ru"),
        ("en", "8 December 2026", "NOK 12,500.00"),
    ],
)
def test_dates_and_amounts_are_written_as_the_language_does(language: Language, day: str, amount: str) -> None:
    formats = texts(Language(language)).formats
    assert formats.day(date(2026, 12, 8)).replace("\u00a0", " ") == day
    assert formats.money(1_250_000).replace("\u00a0", " ") == amount
    assert " " not in formats.day(date(2026, 12, 8)) + formats.money(123_456_789_05)


def test_twelve_months_of_their_own() -> None:
    for language in Language:
        assert len(set(texts(language).formats.months)) == 12


def test_codes_and_accounts_are_grouped_as_they_are_read() -> None:
    assert in_fours("ABCDEFGHJKLMNPQR") == "ABCD-EFGH-JKLM-NPQR"
    assert in_fours("ABCD-EFGH-JKLM-NPQR") == "ABCD-EFGH-JKLM-NPQR"
    assert account("12345678903") == "1234.56.78903"


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("22000001", "22 00 00 01"),
        ("22 00 00 01", "22 00 00 01"),
        ("+47 22000001", "+47 22 00 00 01"),
        ("800 12 345", "80 01 23 45"),
        ("02800", "02800"),
        ("+46 8 123 45 67", "+46 8 123 45 67"),
        ("", ""),
    ],
)
def test_the_operators_number_is_written_in_pairs_on_one_line(given: str, written: str) -> None:
    assert phone(given) == written.replace(" ", "\u00a0")
