"""Spellings of places: whether a city's name means the postal code's place, whatever its case, accents and language."""

import re
import unicodedata
from functools import lru_cache

from varsling.offices.register import PostalCode, Register

# Letters without a decomposition into base letter and mark. "aa" is the old spelling of å.
_LETTERS = str.maketrans({"ø": "o", "ö": "o", "æ": "a", "ä": "a", "đ": "d", "ŋ": "n", "ŧ": "t"})
_SEVERAL_NAMES = re.compile(r"/| [-–] ")
_WHICH_OF_SEVERAL = re.compile(r" I .*$")


def same_place(register: Register, city: str, postal: PostalCode) -> bool:
    """Accept the place itself, "Bø" for BØ I TELEMARK, and a Sámi or Kven name if place and municipality share the
    name."""
    place = postal.place
    if city == place or city.upper() == place:
        return True
    names = {_folded(place), _folded(_WHICH_OF_SEVERAL.sub("", place))}
    municipality = register.municipalities.get(postal.municipality)
    if municipality is not None and _folded(municipality.name) in names:
        names.update(_folded(name) for name in municipality.parallel_names)
    return any(_folded(name) in names for name in _SEVERAL_NAMES.split(city))


@lru_cache(maxsize=16_384)
def _folded(name: str) -> str:
    decomposed = unicodedata.normalize("NFD", name.casefold().replace("aa", "å"))
    return "".join(letter for letter in decomposed.translate(_LETTERS) if letter.isalnum())
