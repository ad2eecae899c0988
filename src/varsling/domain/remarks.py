"""What the service points out in a notice that it accepts all the same (merknad)."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType

from varsling.domain.catalogue import CatalogueIncomplete
from varsling.domain.language import AnswerLanguage


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
    UPDATED_EXISTING = "updated-existing"
    TENANT_LEFT_OUT = "tenant-left-out"


def remark_text(remark: Remark, language: AnswerLanguage) -> str:
    return _texts()[language][remark]


@cache
def _texts() -> Mapping[AnswerLanguage, Mapping[Remark, str]]:
    return MappingProxyType({language: _load(language) for language in AnswerLanguage})


def _load(language: AnswerLanguage) -> Mapping[Remark, str]:
    file = resources.files("varsling.domain") / "texts" / f"remarks.{language}.toml"
    entries: dict[str, str] = tomllib.loads(file.read_text("utf-8"))
    if odd := set(Remark) ^ entries.keys():
        raise CatalogueIncomplete(f"{language}: {', '.join(sorted(odd))}")
    return MappingProxyType({remark: entries[remark] for remark in Remark})
