"""The catalogue is whole in three languages, and the exceptions carry everything that their answers need."""

import re

import pytest

from varsling.domain.catalogue import ProblemText, catalogue, problem_text
from varsling.domain.language import AnswerLanguage, answer_language
from varsling.domain.problems import (
    FIELD_CODES,
    Candidate,
    Code,
    Fault,
    NotFound,
    Problem,
    RateLimited,
    Refused,
    RequestInProgress,
    Unauthenticated,
    Unavailable,
    ValidationFailed,
    status_of,
)
from varsling.domain.remarks import Remark, remark_text

# CONTRACT § Problems: the codes with another status than 422.
STATUSES = {
    400: "malformed-json cursor-unknown idempotency-key-malformed",
    401: "unauthenticated",
    403: "forbidden landlord-mismatch landlord-suspended",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "tenant-reserved open-notice-exists duplicate-reference request-in-progress notice-closed not-sent-yet"
    " already-forwarded notice-limit-reached",
    410: "cursor-expired erased",
    412: "version-conflict",
    413: "too-large",
    415: "unsupported-media-type",
    429: "rate-limited",
    500: "internal",
    503: "unavailable",
}


def test_every_code_has_the_contract_s_status() -> None:
    told = {Code(code): status for status, codes in STATUSES.items() for code in codes.split()}
    assert {code: status_of(code) for code in Code} == {code: told.get(code, 422) for code in Code}


@pytest.mark.parametrize("language", AnswerLanguage)
def test_the_catalogue_is_whole_and_each_text_its_own(language: AnswerLanguage) -> None:
    assert list(catalogue(language)) == list(Code)
    texts = [problem_text(code, language) for code in Code]
    assert len({text.title for text in texts}) == len({text.detail for text in texts}) == len(texts)
    for text in texts:
        assert not text.title.endswith(".")
        assert all(part[0].isupper() or part[0] in "§`" for part in (text.title, text.detail, text.remedy))
        assert text.detail.endswith(".")
        assert text.remedy.endswith(".")
    assert all(remark_text(remark, language).endswith(".") for remark in Remark)


@pytest.mark.parametrize("code", Code)
def test_the_languages_say_the_same_fields_and_paragraphs(code: Code) -> None:
    """Quoted code and paragraphs of the law are the same in every language."""
    said = [_fixed_parts(" ".join([text.title, text.detail, text.remedy])) for text in _texts(code)]
    assert said[0] == said[1] == said[2]


def _texts(code: Code) -> list[ProblemText]:
    return [problem_text(code, language) for language in AnswerLanguage]


def _fixed_parts(text: str) -> set[str]:
    return set(re.findall(r"`[^`]+`|§ [0-9]+-[0-9]+|[0-9]+ MiB", text))


@pytest.mark.parametrize("language", AnswerLanguage)
def test_no_text_calls_a_petition_unlawful_or_notifying_a_duty(language: AnswerLanguage) -> None:
    """Husleieloven § 9-11 has no sanction ("bør"), and notifying is a right ("kan")."""
    words = " ".join(
        [f"{text.title} {text.detail} {text.remedy}" for text in catalogue(language).values()]
        + [remark_text(remark, language) for remark in Remark]
    ).lower()
    for word in ("unlawful", "illegal", "invalid petition", "ulovlig", "ulovleg", "ugyldig begjæring", "plikt"):
        assert word not in words


def test_no_two_languages_share_a_text() -> None:
    """Finds a copied block that was left untranslated: nb and nn share sentences, but no whole text."""
    for code in Code:
        assert len(set(_texts(code))) == 3
    for remark in Remark:
        assert len({remark_text(remark, language) for language in AnswerLanguage}) == 3


def test_a_refusal_has_its_faults_one_code_or_the_common_one() -> None:
    early = Fault("/planned_petition_date", Code.PETITION_TOO_EARLY)
    clause = Fault("/lease/eviction_clause", Code.EVICTION_CLAUSE_MISSING)
    assert Refused([early], {"dates": {}}).code is Code.PETITION_TOO_EARLY
    assert Refused([early], {"dates": {}}).members == {"dates": {}}
    assert Refused([early, clause]).code is Code.NOTICE_REFUSED
    assert Refused([early, clause]).faults == (early, clause)
    reserved = [Fault(f"/tenants/{place}", Code.TENANT_RESERVED) for place in range(2)]
    assert (Refused(reserved).code, Refused(reserved).status) == (Code.TENANT_RESERVED, 409)


def test_candidates_become_a_member() -> None:
    split = Fault(
        "/dwelling/municipality_number",
        Code.MUNICIPALITY_SPLIT,
        (Candidate("1580", "Haram"), Candidate("1508", "Ålesund", ("1504", "Nav Ålesund"))),
    )
    assert Refused([split]).members == {
        "candidates": [
            {"number": "1580", "name": "Haram", "office": None},
            {"number": "1508", "name": "Ålesund", "office": {"number": "1504", "name": "Nav Ålesund"}},
        ]
    }
    assert "candidates" not in Refused([Fault("/lease/use", Code.NOT_A_DWELLING)]).members


@pytest.mark.parametrize(
    ("problem", "status", "headers"),
    [
        (Unavailable(), 503, {"Retry-After": "5"}),
        (RequestInProgress(), 409, {"Retry-After": "1"}),
        (RateLimited(17), 429, {"Retry-After": "17"}),
        (Unauthenticated(), 401, {"WWW-Authenticate": "Bearer"}),
        (NotFound(), 404, {}),
        (ValidationFailed([Fault("/reference", Code.MISSING)]), 422, {}),
        (Problem(Code.CURSOR_EXPIRED, members={"restart": "x"}), 410, {}),
    ],
)
def test_what_an_answer_needs_is_on_the_exception(problem: Problem, status: int, headers: dict[str, str]) -> None:
    assert (problem.status, problem.headers) == (status, headers)
    assert str(problem) == problem.code


def test_field_codes_are_those_of_shape() -> None:
    assert {status_of(code) for code in FIELD_CODES} == {422}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "nb"),
        ("", "nb"),
        ("*", "nb"),
        ("nb", "nb"),
        ("nn", "nn"),
        ("nn-NO,nb;q=0.8", "nn"),
        ("no", "nb"),
        ("NO-no", "nb"),
        ("en-GB, nb;q=0.9", "en"),
        ("nb;q=0.1, en;q=0.2", "en"),
        ("de, fr;q=0.9", "en"),
        ("de, nn;q=0.2", "nn"),
        ("nn;q=0, nb;q=0.5", "nb"),
        ("nn;q=0", "en"),
        ("nn ; q=0.5 , en ;q=0.4", "nn"),
        ("nn;q=x, nb;q=0.1", "nb"),
        ("nn;q=9", "en"),
        (",;,", "en"),
    ],
)
def test_the_language_of_an_answer(header: str | None, language: str) -> None:
    assert answer_language(header) == language
