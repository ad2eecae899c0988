"""Whether a city's name means the postal code's place, whatever its case, hyphens, accents and language."""

import re
import unicodedata
from functools import lru_cache

from varsling.offices.register import PostalCode, Register

# Letters that fall apart into no base letter and mark; "aa" is the old way to write å.
_LETTERS = str.maketrans({"ø": "o", "ö": "o", "æ": "a", "ä": "a", "đ": "d", "ŋ": "n", "ŧ": "t"})
_SEVERAL_NAMES = re.compile(r"/| [-–] ")
_WHICH_OF_SEVERAL = re.compile(r" I .*$")


def same_place(register: Register, city: str, postal: PostalCode) -> bool:
    """The place itself, "Bø" for BØ I TELEMARK, a Sámi or Kven name where the place is called as its municipality."""
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
