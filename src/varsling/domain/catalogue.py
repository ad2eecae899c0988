"""The texts of problems: what each means, who can mend it and how, for answers and for the pages that they link to."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

from varsling.domain.codes import Code, KeyUse, Mender
from varsling.domain.language import AnswerLanguage
from varsling.domain.problems import Fault
from varsling.domain.texts import Entries, load_texts, part, text_of

_PARTS = ("title", "detail", "remedy")
_MENDERS, _KEYS = "mender", "key"


@dataclass(frozen=True, slots=True)
class ProblemText:
    """The meaning of a code in one language: a title, a sentence, and how to mend it."""

    title: str
    detail: str
    remedy: str


def problem_text(code: Code, language: AnswerLanguage) -> ProblemText:
    return _texts()[language][code]


def fault_text(fault: Fault, language: AnswerLanguage) -> str:
    """Tell what is wrong with a field and how to mend it: in words of the field itself, where its code has several."""
    entries = _fields()[language]
    if fault.one_of:
        *first, last = (f"`{name}`" for name in fault.one_of)
        names = f"{', '.join(first)} {text_of(entries, 'or')} {last}"
        return text_of(entries, "one_of").format(names=names)
    if fault.choices:
        return text_of(entries, "choices").format(values=", ".join(f"`{one}`" for one in fault.choices))
    member = fault.about or fault.parameter or fault.pointer.rpartition("/")[2]
    own = entries.get(f"{fault.code}.{member}")
    if isinstance(own, str):
        return own
    text = problem_text(fault.code, language)
    return f"{text.detail} {text.remedy}"


def catalogue(language: AnswerLanguage) -> Mapping[Code, ProblemText]:
    """Every code with its text, in the order of CONTRACT § Problems."""
    return _texts()[language]


def words(language: AnswerLanguage) -> Entries:
    """The words of the catalogue's pages: headings, and a sentence for each Mender and KeyUse, by dotted key."""
    return _words()[language]


@cache
def _texts() -> Mapping[AnswerLanguage, Mapping[Code, ProblemText]]:
    required = [f"{code}.{name}" for code in Code for name in _PARTS]
    read = load_texts(_folder(), AnswerLanguage, prefix="problems.", required=required, exact=True)
    return MappingProxyType(
        {
            language: MappingProxyType({code: ProblemText(**part(entries, code)) for code in Code})
            for language, entries in read.items()
        }
    )


@cache
def _fields() -> Mapping[AnswerLanguage, Entries]:
    return load_texts(_folder(), AnswerLanguage, prefix="fields.", required=("one_of", "or", "choices"))


@cache
def _words() -> Mapping[AnswerLanguage, Entries]:
    required = [f"{_MENDERS}.{one}" for one in Mender] + [f"{_KEYS}.{one}" for one in KeyUse]
    return load_texts(_folder(), AnswerLanguage, prefix="catalogue.", required=required)


def _folder() -> resources.abc.Traversable:
    return resources.files("varsling.domain") / "texts"
