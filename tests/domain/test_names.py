"""Compares family names in many spellings, and says whether a reservation covers a tenant (guarantee 11)."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varsling.domain.names import family_names, same_name
from varsling.domain.reservation import ReservationScope, Traits, matches

# Made-up people; each row is one person as different systems write her.
ONE_PERSON = [
    ("Kari Bjørnerød", "Kari Bjoernerod", "KARI BJORNEROED", "bjørnerød, kari", "Kari Björneröd"),
    ("Ola Sæther", "Ola Saether", "Ola Säther", "Ola Sather", "Ola Sæter", "Ola Sather"),
    ("Ola Ås", "Ola Aas", "Ola As", "ÅS, OLA", "Ola A\u030as"),
    ("Anna Müller", "Anna Mueller", "Anna Muller", "MÜLLER, Anna", "Anna Myller"[:5] + "Müler"),
    ("Kari Test-Prøvesen", "Kari Test Prøvesen", "Kari Testprøvesen", "Test\u2010Prøvesen, Kari"),
    ("Kari Test-Prøvesen", "Kari Prøvesen", "Prøvesen Kari"),
    ("Kari Test-Prøvesen", "Kari Test"),
    ("José Núñez", "Jose Nunez", "JOSÉ NUÑEZ", "Jose\u0301 Nu\u0301n\u0303ez"),
    ("Máret Čázeš", "Maret Cazes", "MÁRET ČÁZEŠ"),
    ("Ánte Đorŋŧi", "Ante Dornti", "Ante Dorngti", "ÁNTE ĐORŊŦI"),
    ("Per Hansson", "Per Hanson", "Per Hannsson"),
    ("Nils Prøvestad", "Nils  Prøvestad ", "Prøvestad Nils", "Prøvestad,Nils", "Nils Prøvestad."),
    ("Sean O'Prøve", "Sean OProve", "Sean O’Prøve", "Sean Oprøve"),
    ("Jan von Test", "Jan Von Test", "Test, Jan von", "von Test, Jan", "Jan Test"),
    ("Kari Anne Prøvesen", "Prøvesen Kari", "Prøvesen Kari Anne", "Kari Prøvesen", "Kari A. Prøvesen"),
    ("Christian Thprøve", "Kristian Tprøve", "Christian THPRØVE"),
    ("Straße Weißprøve", "Strasse Weissprøve"),
    ("İpek Prøveoğlu", "Ipek Proveoglu"),
]
# Pairs of spellings of one family name, as two systems have them; each is tried in every way to know a person too
# (tests/reservations/test_guarantee_11.py).
SPELLINGS = [
    *(("Prøvephersen", "Prøvefersen"), ("Adolphsen", "Adolfsen"), ("Christophersen", "Kristoffersen")),
    *(("van der Test", "Vandertest"), ("de la Prøve", "Delaprøve"), ("De La Prøve", "Dela Prøve")),
    *(("van der Test", "van Dertest"), ("von dem Test", "Vondemtest"), ("Ben Prøve", "Benprøve")),
    *(("Hansen", "Hanson"), ("Hansson", "Hansen"), ("Eriksen", "Ericsson"), ("Olsen", "Olsson"), ("Johnsen", "Jonson")),
    *(("Nielsen", "Nilsen"), ("Nielsen", "Nilsson"), ("Mathiesen", "Mathisen"), ("Kristiansen", "Christiansen")),
    *(("Fredriksen", "Frederiksen"), ("Henriksen", "Hendriksen"), ("Svensen", "Svendsen"), ("Jakobsen", "Jacobsen")),
    *(("Gustavsen", "Gustafson"), ("Olavsen", "Olafsen"), ("Torgersen", "Thorgersen"), ("Haakonsen", "Håkonsen")),
    *(("Johannesen", "Johannessen"), ("Isaksen", "Isachsen"), ("Meyer", "Meier"), ("Nygård", "Nygaard")),
    *(("Myhre", "Myre"), ("Dahl", "Dal"), ("Krogh", "Krog"), ("Ruud", "Rud"), ("Bjerke", "Bierke"), ("Qvist", "Kvist")),
    *(
        ("Moe", "Mo"),
        ("Lie", "Li"),
        ("Wiik", "Vik"),
        ("Schou", "Skou"),
        ("Smidt", "Smit"),
        ("Zachariassen", "Sakariasen"),
    ),
]
names = st.text(st.characters(codec="utf-8"), max_size=60)


@pytest.mark.parametrize("spellings", ONE_PERSON, ids=lambda spellings: spellings[0])
def test_every_spelling_of_a_family_name_shares_a_key_with_every_other(spellings: tuple[str, ...]) -> None:
    apart = [
        (one, other) for one, other in permutations(spellings, 2) if family_names(one).isdisjoint(family_names(other))
    ]
    assert apart == []


@pytest.mark.parametrize(("one", "other"), SPELLINGS)
def test_two_spellings_of_a_family_name_share_a_key(one: str, other: str) -> None:
    for first, second in (
        ("Kari {}", "Kari {}"),
        ("{}, Kari", "KARI {}"),
        ("Kari Anne {}", "{}, Kari"),
        ("Kari {}", "{} Kari"),
    ):
        assert family_names(first.format(one)) & family_names(second.format(other))
        assert family_names(first.format(other).upper()) & family_names(second.format(one))


@pytest.mark.parametrize("name", ["Олена Коваленко", "كاري تست", "ካሪ ፈተና", "山田 太郎", "Kari Коваленко"])
def test_another_script_is_a_doubt(name: str) -> None:
    """It cannot be compared with our letters: then the birth date alone decides."""
    assert family_names(name) == frozenset()


@pytest.mark.parametrize("name", ["Máret Čázeš", "Nguyễn Thử", "José Ñuñez", "İpek Ğprøve", "Ola ʻOkina", "Åsa Łprøve"])
def test_latin_letters_of_any_language_are_compared(name: str) -> None:
    assert family_names(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kari Testesen", "Kari Prøvesen"),
        ("Kari Testesen", "Ola Prøvesen"),
        ("Kari A. Testesen", "Ola A. Prøvesen"),
        ("Testesen, Kari", "Prøvesen, Kari"),
        ("Kari Testesen", "Testesens, Ola"),
        ("Kari Ås", "Kari Øs"),
    ],
)
def test_another_family_s_name_shares_none(one: str, other: str) -> None:
    assert family_names(one).isdisjoint(family_names(other))


@given(names)
def test_any_text_is_a_name_and_shares_a_key_with_itself_in_capitals(name: str) -> None:
    keys = family_names(name)
    assert len(keys) <= 200
    if keys:
        assert not keys.isdisjoint(family_names(f"  {name} "))


@given(st.lists(st.text("abcdefghijklmnoprstuvyæøåéñŋđ", min_size=2, max_size=9), min_size=2, max_size=4))
def test_no_order_of_the_words_loses_a_name(words: list[str]) -> None:
    keys = family_names(" ".join(words))
    for turned in permutations(words):
        assert not keys.isdisjoint(family_names(" ".join(turned)))
        assert not keys.isdisjoint(family_names(f"{turned[0]}, {' '.join(turned[1:])}"))


@pytest.mark.parametrize("name", ["", " ", "-", ",", ", ,", "'", "\u0301", "\ud800", "Kari", " kari ", ", Kari"])
def test_a_family_name_that_cannot_be_known_has_no_keys(name: str) -> None:
    assert family_names(name) == frozenset()


def test_a_name_of_sixty_words_costs_no_thousands_of_keys() -> None:
    assert len(family_names(" ".join(f"navn{chr(97 + number % 26)}{number}" for number in range(60)))) < 200


def test_the_same_words_are_the_same_name() -> None:
    assert same_name("Kari Bjørnerød", "BJOERNEROED, Kari")
    assert not same_name("Kari Bjørnerød", "Kari Anne Bjørnerød")


RESERVED = Traits(b"010190", b"number", frozenset({b"bjornerod"}), "K-1044")
LANDLORD, LEASE = ReservationScope.LANDLORD, ReservationScope.LEASE


@pytest.mark.parametrize(
    ("tenant", "by_landlord", "by_lease"),
    [
        (RESERVED, True, True),
        # A number decides alone; a lease counts only with its own reference.
        (Traits(b"020290", b"number", frozenset({b"other"}), "K-9"), True, False),
        # Birth date and family name count; another number can be her earlier D-number.
        (Traits(b"010190", b"other", frozenset({b"bjornerod"}), "K-9"), True, False),
        (Traits(b"010190", None, frozenset({b"x", b"bjornerod"}), "K-9"), True, False),
        # On the same lease the birth date is enough: a name can have changed altogether.
        (Traits(b"010190", None, frozenset({b"other"}), "K-1044"), True, True),
        (Traits(b"010190", None, frozenset({b"other"}), "k-1044"), True, True),
        # An empty name leaves a doubt, and doubt counts as reserved.
        (Traits(b"010190", None, frozenset(), "K-9"), True, False),
        # A different person.
        (Traits(b"010190", None, frozenset({b"other"}), "K-9"), False, False),
        (Traits(b"020290", None, frozenset({b"bjornerod"}), "K-1044"), False, False),
        (Traits(b"020290", b"other", frozenset(), "K-1044"), False, False),
    ],
)
def test_whom_a_reservation_covers(tenant: Traits, by_landlord: bool, by_lease: bool) -> None:
    assert matches(RESERVED, tenant, LANDLORD) is by_landlord
    assert matches(RESERVED, tenant, LEASE) is by_lease


def test_two_who_gave_no_number_are_not_the_same_for_that() -> None:
    one = replace(RESERVED, number_index=None)
    other = Traits(b"020290", None, frozenset({b"bjornerod"}), "K-9")
    assert not matches(one, other, LANDLORD)


def test_a_reservation_without_a_readable_name_covers_every_tenant_born_that_day() -> None:
    nameless = replace(RESERVED, number_index=None, family_indexes=frozenset())
    assert matches(nameless, Traits(b"010190", b"other", frozenset({b"other"}), "K-9"), LANDLORD)
