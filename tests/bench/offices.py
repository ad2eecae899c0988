"""P7: office look-ups in process, without network or coordinates, over addresses as landlords' systems send them."""

import random
from collections.abc import Iterator
from datetime import date
from importlib import resources

from tests.bench.measuring import Figure, seconds
from varsling.domain.dwelling import Dwelling
from varsling.domain.policies import PostalCodeDistricts
from varsling.offices.register import bundled, read_register
from varsling.offices.resolution import resolve

_LOOKUPS = 50_000
_TODAY = date(2026, 11, 23)


def figures() -> Iterator[Figure]:
    register = bundled()
    dwellings = list(_dwellings())

    def look_up() -> None:
        for dwelling in dwellings:
            resolve(register, dwelling, _TODAY, PostalCodeDistricts.ONE)

    yield Figure(
        "P7", "office look-ups", len(dwellings) / seconds(look_up), "a second", 100_000, 100_000, at_least=True
    )
    text = resources.files("varsling.offices").joinpath("register", "register.json").read_bytes()
    loaded = 1000 * seconds(lambda: read_register(text))
    yield Figure("P7", "the register's snapshot loads", loaded, "ms", 150, 150, at_least=False)


def _dwellings() -> Iterator[Dwelling]:
    """Homes all over the country, in parts: a third with a municipality's or a district's number, many with a city."""
    chance, register = random.Random(7), bundled()
    streets = [
        one
        for one in register.postal_codes.items()
        if not one[1].boxes_only and one[1].municipality in register.municipalities
    ]
    districts = {}
    for code, known in register.postal_code_districts.items():
        districts[code] = known.districts[0]
    names = sorted({postal.place.capitalize() for _, postal in streets})  # nearly every look-up asks for another house
    for number in range(_LOOKUPS):
        code, postal = chance.choice(streets)
        named = number % 3 == 0
        yield Dwelling(
            street=chance.choice(names) + chance.choice(("veien", "gata", "bakken", "stien", " allé")),
            house_number=str(chance.randint(1, 120)),
            house_letter=chance.choice((None, None, None, "A", "B")),
            unit_number=chance.choice((None, "H0101", "H0203")),
            postal_code=code,
            city=chance.choice((None, postal.place, postal.place.capitalize())),
            municipality_number=postal.municipality
            if named and postal.municipality in register.municipalities
            else None,
            district_number=districts.get(code) if named or code in districts else None,
        )
