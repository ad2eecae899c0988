"""How a notice stands on a tenant's page, and what she can say there, in codes: no free text at all (LAW, rule 10)."""

from dataclasses import dataclass
from enum import StrEnum


class PageState(StrEnum):
    """How the notice stands, for the tenant who reads."""

    ACCEPTED = "accepted"
    SENT = "sent"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"
    WRONG_PERSON = "wrong_person"
    """It was never about her: nothing of it is shown."""
    BLOCKED = "blocked"
    LAPSED = "lapsed"
    LEFT_OUT = "left_out"
    """She has reserved, and the notice goes for others alone: of what became of it she is told nothing."""

    @property
    def open(self) -> bool:
        return self in (PageState.ACCEPTED, PageState.SENT)

    @property
    def tells_content(self) -> bool:
        return self not in (PageState.WRONG_PERSON, PageState.LEFT_OUT)


class CallTime(StrEnum):
    """When she wants Nav to call."""

    ANY_TIME = "any_time"
    MORNING = "morning"
    AFTERNOON = "afternoon"


class DisputeReason(StrEnum):
    """What she disagrees with."""

    PAID = "paid"
    AMOUNT = "amount"
    AGREED = "agreed"
    DEFECTS = "defects"
    MAY_STAY = "may_stay"
    NOT_TENANT = "not_tenant"
    OTHER = "other"


class MisuseKind(StrEnum):
    """What she reports to the operator."""

    HARASSMENT = "harassment"
    UNTRUE = "untrue"
    NOT_LANDLORD = "not_landlord"
    OTHER = "other"


# The languages that she can ask to be called in, as BCP 47 tags with their own names, sign language among them.
CALL_LANGUAGES = {
    "nb": "Norsk",
    "en": "English",
    "se": "Davvisámegiella",
    "ar": "العربية",
    "bs": "Bosanski",
    "de": "Deutsch",
    "es": "Español",
    "fa": "فارسی",
    "prs": "دری",
    "fr": "Français",
    "ku": "Kurdî",
    "ckb": "کوردیی ناوەندی",
    "lt": "Lietuvių",
    "lv": "Latviešu",
    "nsl": "Norsk tegnspråk",
    "ps": "پښتو",
    "pl": "Polski",
    "ro": "Română",
    "ru": "Русский",
    "so": "Soomaali",
    "sv": "Svenska",
    "sw": "Kiswahili",
    "ta": "தமிழ்",
    "th": "ไทย",
    "ti": "ትግርኛ",
    "tl": "Tagalog",
    "tr": "Türkçe",
    "uk": "Українська",
    "ur": "اردو",
    "vi": "Tiếng Việt",
    "zh": "中文",
}


@dataclass(frozen=True, slots=True)
class CallWish:
    """ "Be Nav ringe meg": what she wrote goes to the office alone."""

    phone: str
    time: CallTime
    language: str
    interpreter: bool


@dataclass(frozen=True, slots=True)
class Dispute:
    """ "Jeg er uenig", with what: to the office alone."""

    reasons: tuple[DisputeReason, ...]
