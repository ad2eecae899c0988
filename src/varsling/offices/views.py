"""The dwelling in answers."""

from varsling.domain.dwelling import Dwelling
from varsling.offices.schemas import DwellingAnswer


def dwelling_answer(of: Dwelling) -> DwellingAnswer:
    """Give the dwelling as understood."""
    answer: DwellingAnswer = {
        "street": of.street,
        "house_number": of.house_number,
        "house_letter": of.house_letter,
        "unit_number": of.unit_number,
        "postal_code": of.postal_code,
        "city": of.city,
        "municipality_number": of.municipality_number or of.lies_in,
        "district_number": of.district_number,
    }
    if of.extra_line is not None:
        answer["extra_line"] = of.extra_line
    return answer
