"""What official letters may print of a landlord's words, and which names a person looks at first."""

import json
from pathlib import Path

import pytest

from varsling.domain.authority import speaks_as_authority
from varsling.domain.text import person_name, printed_text

CASES = Path(__file__).parents[1] / "cases" / "inputs.json"
REAL = (
    "Kari Testperson", "Áŋŋa Čázeš", "O’Prøve", "Anne-Marie d'Prøve", "李", "عائشة بنت محمد", "Ole Jr.", "Per Ås III",
    "Nguyễn Thị Ánh", "Bjørn-Åge Ødegård", "Maria da Silva e Souza", "X Æ", "Łukasz Żółć", "Þóra Ægisdóttir",
    "Navjot Singh", "Navid Navabi", "Ole Navestad", "Anna Kommandantvold", "Per Dom", "Rettedal", "Nina Tingstad",
)  # fmt: skip
COMPANIES = (
    "Tigerboliger AS",
    "3B Eiendom AS",
    "Bolig4 AS",
    "Hansen/Olsen DA",
    "Storgata 12-14 AS",
    "Navarsete Eiendom AS",
)


@pytest.mark.parametrize("name", REAL)
def test_no_name_of_a_real_kind_is_refused_or_held(name: str) -> None:
    assert person_name(name) == name
    assert not speaks_as_authority(name)


@pytest.mark.parametrize("name", COMPANIES)
def test_companies_have_digits_and_slashes(name: str) -> None:
    assert printed_text(name) == name
    assert not speaks_as_authority(name)


def test_the_names_of_the_cases_are_names() -> None:
    found = _names(json.loads(CASES.read_text()))
    people = {one for one in found if not one.endswith(".csv")}
    assert len(people) > 20
    for name in people:
        person_name(name)


def _names(value: object) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_names, value))
    if not isinstance(value, dict):
        return set()
    own = {member for name, member in value.items() if name == "name" and isinstance(member, str)}
    return own.union(*map(_names, value.values()))


@pytest.mark.parametrize(
    "text",
    [
        "Kari, betal til 1234 56 78903",
        "Kari 1234.56.78903",
        "Kari 12345678903",
        "se http://betal.example",
        "www.betal.example",
        "betal@example.no",
        "Konto 1503-12-34567 innen i dag",
    ],
)
def test_instructions_are_printed_nowhere(text: str) -> None:
    for parse in (printed_text, person_name):
        with pytest.raises(ValueError, match=r"."):
            parse(text)


@pytest.mark.parametrize("text", ["Sannergata 1 B, H0201", "Gnr 12 bnr 345", "123/4/5", "c/o Ola, Pb 12, 0557 Oslo"])
def test_addresses_keep_their_numbers(text: str) -> None:
    assert printed_text(text) == text


@pytest.mark.parametrize("name", ["Kari 2", "Kari/Ola Prøve", "Kari ٣", "Kari²", "a://b"])
def test_people_have_no_digits_and_no_slashes(name: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        person_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "Namsmannen i Oslo",
        "NAMSFOGDEN",
        "Politiet",
        "Oslo politidistrikt",
        "Nav",
        "NAV Grünerløkka",
        "N.A.V.",
        "N A V",
        "Nav-kontoret",
        "Oslo kommune",
        "Kommunens boligkontor",
        "Domstoladministrasjonen",
        "Oslo tingrett",
        "Forliksrådet",
        "Skatteetaten",
        "N\u0430v Oslo",
        "P0litiet",
        "Ｎａｖ",
        "Námsmannen",
        "n a m s m a n n e n",
    ],
)
def test_a_name_that_speaks_as_an_authority_is_noticed(name: str) -> None:
    assert speaks_as_authority(name)
