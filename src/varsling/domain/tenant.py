"""The state of a notice on a tenant's page, and her possible statements, in codes without free text (LAW, rule 10)."""

from dataclasses import dataclass
from enum import StrEnum


class PageState(StrEnum):
    """The state of the notice for the tenant who reads the page."""

    ACCEPTED = "accepted"
    SENT = "sent"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"
    WRONG_PERSON = "wrong_person"
    """The notice was never about her: the page shows nothing of it."""
    BLOCKED = "blocked"
    LAPSED = "lapsed"
    LEFT_OUT = "left_out"
    """She has reserved, and the notice goes for others alone: the page tells her nothing of its further way."""

    @property
    def open(self) -> bool:
        return self in (PageState.ACCEPTED, PageState.SENT)

    @property
    def tells_content(self) -> bool:
        return self not in (PageState.WRONG_PERSON, PageState.LEFT_OUT)


class LeftOut(StrEnum):
    """Why a notice goes on without one of its tenants."""

    RESERVED = "reserved"
    WRONG_PERSON = "wrong_person"


class CallTime(StrEnum):
    """The time of day at which she wants Nav to call."""

    ANY_TIME = "any_time"
    MORNING = "morning"
    AFTERNOON = "afternoon"


class DisputeReason(StrEnum):
    """The parts of the notice that she disagrees with."""

    PAID = "paid"
    AMOUNT = "amount"
    AGREED = "agreed"
    DEFECTS = "defects"
    MAY_STAY = "may_stay"
    NOT_TENANT = "not_tenant"
    OTHER = "other"


class Wish(StrEnum):
    """What she wants Nav to help with, and what Nav should know: said by herself, free, to the office alone."""

    PAYMENT_PLAN = "payment_plan"
    VOLUNTARY_DEDUCTION = "voluntary_deduction"
    HOUSING_ALLOWANCE = "housing_allowance"
    CHILDREN = "children"
    """There are children in the home."""


class Consent(StrEnum):
    """With whom Nav may talk about her. Nav's duty of confidentiality holds towards all others."""

    LANDLORD = "landlord"
    HOUSING_OFFICE = "housing_office"
    HEALTH_SERVICES = "health_services"


class Through(StrEnum):
    """How sure it is that a tenant said what was said in her name."""

    LOGIN = "login"
    """After her own login (ID-porten): she said it."""
    HOME = "home"
    """With the code of a letter to the dwelling: she said it, or somebody there."""
    ELSEWHERE = "elsewhere"
    """With the code of an e-mail, or of a letter to an address that the landlord's side gave: perhaps somebody else."""


class MisuseKind(StrEnum):
    """The kinds of misuse that she can report to the operator."""

    HARASSMENT = "harassment"
    UNTRUE = "untrue"
    NOT_LANDLORD = "not_landlord"
    OTHER = "other"


# The languages that she can ask to be called in: BCP 47 tags with the languages' own names, sign language included.
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
    """ "Be Nav ringe meg": her own entries, for the office alone."""

    phone: str
    time: CallTime
    language: str
    interpreter: bool


@dataclass(frozen=True, slots=True)
class Dispute:
    """ "Jeg er uenig", with the parts in dispute: for the office alone."""

    reasons: tuple[DisputeReason, ...]


@dataclass(frozen=True, slots=True)
class Wishes:
    """Her wishes: for the office alone. Empty: she has none any more."""

    kinds: tuple[Wish, ...]


@dataclass(frozen=True, slots=True)
class Consents:
    """With whom Nav may talk: for the office alone. Empty: with nobody any more."""

    to: tuple[Consent, ...]


Statement = CallWish | Dispute | Wishes | Consents
"""What a tenant tells her office."""
