"""Remarks: what the service points out in an accepted notice (merknad)."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib import resources

from varsling.domain.language import AnswerLanguage
from varsling.domain.texts import Entries, load_texts, text_of


class Remark(StrEnum):
    PETITION_EARLIER_THAN_RECOMMENDED = "petition-earlier-than-recommended"
    PETITION_ALREADY_FILED = "petition-already-filed"
    PLANNED_DATE_OVERTAKEN = "planned-date-overtaken"
    WARNING_PERIOD_RUNNING = "warning-period-running"
    LANDLORD_BANKRUPT = "landlord-bankrupt"
    ADDRESS_NORMALISED = "address-normalised"
    CITY_DIFFERS = "city-differs"
    MUNICIPALITY_RENUMBERED = "municipality-renumbered"
    OFFICE_TO_BE_FOUND = "office-to-be-found"
    OFFICE_CHANGED = "office-changed"
    NAME_CHARACTERS_REPLACED = "name-characters-replaced"
    LANDLORD_NAME_DIFFERS = "landlord-name-differs"
    BALANCE_OLD = "balance-old"
    UPDATED_EXISTING = "updated-existing"
    TENANT_LEFT_OUT = "tenant-left-out"


def remark_text(remark: Remark, language: AnswerLanguage) -> str:
    return text_of(_texts()[language], remark)


@cache
def _texts() -> Mapping[AnswerLanguage, Entries]:
    folder = resources.files("varsling.domain") / "texts"
    return load_texts(folder, AnswerLanguage, prefix="remarks.", required=list(Remark), exact=True)
