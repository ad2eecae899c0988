"""A blind index finds equal values under one key and reveals nothing else."""

import dataclasses
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from varsling.domain.notice import Contact, Landlord
from varsling.privacy.blind_index import BlindIndex

INDEX = BlindIndex(b"1" * 32)
OTHER = BlindIndex(b"2" * 32)
NUMBER = "01819010001"

parts = st.lists(st.text(max_size=8), max_size=4)


@given(label=st.text(max_size=8), values=parts)
def test_an_index_depends_on_its_key_and_on_nothing_but_its_parts(label: str, values: list[str]) -> None:
    assert INDEX.of(label, *values) == BlindIndex(b"1" * 32).of(label, *values)
    assert INDEX.of(label, *values) != OTHER.of(label, *values)
    assert len(INDEX.of(label, *values)) == 32


@given(first=parts, second=parts)
def test_no_two_lists_of_parts_have_one_index(first: list[str], second: list[str]) -> None:
    assume(first != second)
    assert INDEX.of("label", *first) != INDEX.of("label", *second)


@pytest.mark.parametrize(
    ("first", "second"),
    [(("ab", "c"), ("a", "bc")), (("a", ""), ("", "a")), (("a",), ("a", "")), (("label", "a"), ("labela",))],
)
def test_parts_do_not_run_together(first: tuple[str, ...], second: tuple[str, ...]) -> None:
    assert INDEX.of(*first) != INDEX.of(*second)


def test_the_uses_of_one_value_cannot_be_joined() -> None:
    assert INDEX.number("311758489", NUMBER) != INDEX.family("311758489", NUMBER)
    assert INDEX.number("311758489", NUMBER) != INDEX.number("310758489", NUMBER)
    assert INDEX.code(NUMBER) != INDEX.of("tenant.number", NUMBER)


def test_a_birth_date_is_compared_within_one_landlord_alone() -> None:
    index = INDEX.birth("311758489", "018190")
    assert index == BlindIndex(b"1" * 32).birth("311758489", "018190")
    others = {
        INDEX.birth("311758489", "028190"),
        INDEX.birth("310000000", "018190"),
        OTHER.birth("311758489", "018190"),
    }
    assert len(others | {index}) == 4


LANDLORD = Landlord(Contact(), name="Kari Testperson", birth_date=date(1990, 1, 1))


def test_a_company_is_its_number() -> None:
    company = Landlord(Contact(), organisation_number="311758489", name="Tigerboliger AS")
    assert INDEX.landlord_key(company) == "311758489"


def test_a_landlord_who_is_a_person_is_not_readable() -> None:
    numbered = dataclasses.replace(LANDLORD, national_id=NUMBER)
    for person in (LANDLORD, numbered):
        key = INDEX.landlord_key(person)
        assert key.startswith("p:")
        assert not {NUMBER, "1990", "kari", "testperson"} & {key, *key.lower().split()}
        assert key != OTHER.landlord_key(person)


def test_a_landlord_with_a_number_is_the_number_whatever_the_name() -> None:
    first = dataclasses.replace(LANDLORD, national_id=NUMBER)
    assert INDEX.landlord_key(first) == INDEX.landlord_key(dataclasses.replace(first, name="Kari Nygift"))


def test_a_landlord_without_a_number_is_birth_date_and_family_name() -> None:
    moved = dataclasses.replace(LANDLORD, contact=Contact(email="kari@mail.example"))
    assert INDEX.landlord_key(moved) == INDEX.landlord_key(LANDLORD)
    assert INDEX.landlord_key(dataclasses.replace(LANDLORD, name="KARI  TESTPERSON")) == INDEX.landlord_key(LANDLORD)
    for other in (
        dataclasses.replace(LANDLORD, birth_date=date(1990, 1, 2)),
        dataclasses.replace(LANDLORD, name="Kari Annen"),
    ):
        assert INDEX.landlord_key(other) != INDEX.landlord_key(LANDLORD)


def test_a_landlord_with_nothing_to_know_her_by_is_refused() -> None:
    with pytest.raises(ValueError, match="birth date"):
        INDEX.landlord_key(Landlord(Contact(), name="Kari Testperson"))


def test_a_tenant_is_found_by_any_of_her_family_names() -> None:
    first, second = (INDEX.families("311758489", name) for name in ("Kari Testperson", "kari  TESTPERSON"))
    assert first & second
    assert not first & INDEX.families("310000000", "Kari Testperson")
