"""The letters as a reader reads them: order, contents, and forbidden words."""

import re
from dataclasses import replace
from datetime import date

import pytest

from tests.letters.reading import pages_of, plain, text_of
from varsling.domain.lifecycle import SettlementReason, WithdrawalReason
from varsling.domain.notice import GroundCode
from varsling.letters.content import Language, SecondKind, letter_language
from varsling.letters.samples import (
    DWELLING,
    LANDLORD,
    OFFICE,
    claims,
    debt,
    sample_copy,
    sample_landlord_letter,
    sample_office_letter,
    sample_office_second_letter,
    sample_second_letter,
)
from varsling.letters.texts import TO_OFFICES, TO_TENANTS, texts

every_language = pytest.mark.parametrize("language", Language)
every_ground = pytest.mark.parametrize("ground", GroundCode)
every_kind = pytest.mark.parametrize("kind", TO_TENANTS)

# Words forbidden in letters to tenants: no petition is called unlawful, no duty to notify, no old names.
FORBIDDEN = re.compile(
    r"ulovl|ugyldig|unlawful|illegal|invalid|lobiheapme|800 ?GJELD|\bNAV\b|utleier(en)? (må|plikter|skal) varsle|"
    r"\b\d{11}\b|\b\d{6} \d{5}\b|None|\{|\}|\*\*"
)


def line(language: Language, key: str, **values: str) -> str:
    return plain(texts(language).line(key, **values))


@every_language
@every_ground
def test_a_copy_says_first_what_matters_most(language: Language, ground: GroundCode) -> None:
    text = text_of(sample_copy(language, ground))
    order = [
        line(language, "letter.subject"),
        line(language, "copy.not_eviction.heading"),
        line(language, "copy.call.heading"),
        line(language, f"copy.owed.{ground}.heading"),
        line(language, f"copy.do.{ground}.heading"),
        line(language, "copy.said.heading"),
        line(language, "copy.rights.heading"),
        line(language, "slip.heading"),
    ]
    places = [text.index(heading) for heading in order]
    assert places == sorted(places)


@every_language
@every_ground
def test_a_copy_tells_all_that_the_law_asks(language: Language, ground: GroundCode) -> None:
    text = text_of(sample_copy(language, ground))
    told = [
        "Tigerboliger AS, Storgata 1, 0155 Oslo, utleie@tiger.example",
        "Forvalter AS",
        "Nav Grünerløkka",
        "0315",
        DWELLING,
        "Ola Testperson",
        "55 55 33 33",
        "55 55 33 39",
        "ABCD-EFGH-JKLM-NPQR",
        "varsel.example/t",
        "Husbanken",
        "Husleietvistutvalget" if language is not Language.NN else "Husleigetvistutvalet",
        "BankID",
        "22 00 00 01",
        "ombud@brevposten.example",
        "Datatilsyn",
        "21",
        "2007-07-01",
        "K-1044-2026-11",
        line(language, f"ground.{ground}"),
        line(language, "copy.said.children_value"),
        line(language, "copy.said.you_number"),
        "kari@mail.example",
        plain(texts(language).formats.day(date(2026, 12, 8))),
        plain(texts(language).formats.day(date(2026, 12, 15))),
    ]
    assert [missing for missing in told if missing not in text] == []


@every_language
@every_ground
def test_a_copy_fits_two_pages_and_says_nothing_forbidden(language: Language, ground: GroundCode) -> None:
    copy = sample_copy(language, ground)
    assert pages_of(copy) == 2
    assert FORBIDDEN.search(text_of(copy)) is None


@every_language
@every_ground
def test_only_unpaid_rent_is_told_that_paying_stops_the_case(language: Language, ground: GroundCode) -> None:
    text = text_of(sample_copy(language, ground))
    pays, *_ = texts(language).several("copy.do.rent_unpaid.items")
    says_so = plain("".join(words for _, words in pays)) in text
    assert says_so is (ground is GroundCode.RENT_UNPAID)
    assert ("§ 9-8" in text) is (ground is GroundCode.LEASE_TERMINATED)
    assert "fri rettshjelp" in text


@every_language
def test_what_is_owed_stands_in_a_table_with_the_total(language: Language) -> None:
    text = text_of(sample_copy(language))
    money = texts(language).formats.money
    for amount in (1_250_000, 900_000, 900_001, 10_000, 1_790_001):
        assert plain(money(amount)) in text
    assert "1234.56.78903" in text
    assert "1234567" in text


@every_language
def test_a_petition_that_is_filed_brings_no_claim_about_two_weeks(language: Language) -> None:
    copy = sample_copy(language)
    filed = replace(copy.petition, planned=None, filed_on=date(2026, 11, 20))
    text = text_of(replace(copy, petition=filed))
    assert plain(texts(language).formats.day(date(2026, 11, 20))) in text
    assert plain(texts(language).formats.day(date(2026, 12, 8))) not in text


@every_language
def test_an_update_says_that_it_replaces_the_earlier_copy(language: Language) -> None:
    said = line(language, "copy.update")
    assert said in text_of(replace(sample_copy(language), update=True))
    assert said not in text_of(sample_copy(language))


@every_language
def test_what_was_not_said_is_not_printed(language: Language) -> None:
    bare = replace(
        sample_copy(language),
        agent=None,
        children_in_dwelling=False,
        identity_number_given=False,
        phone=None,
        email=None,
        other_tenants=(),
    )
    text = text_of(bare)
    for key in ("agent", "children_value", "you_number", "others"):
        assert f"{line(language, f'copy.said.{key}')}:" not in text
    assert line(language, "copy.said.you_name") in text
    assert line(language, "copy.said.children_value") not in text


@every_language
def test_ten_tenants_and_six_claims_fit_two_pages_and_many_claims_get_an_annex(language: Language) -> None:
    others = tuple(f"Medleier {number} Testpersonsen" for number in range(1, 10))
    crowded = replace(sample_copy(language), other_tenants=others, debt=debt(6), update=True)
    assert pages_of(crowded) == 2
    many = replace(crowded, debt=debt(36))
    assert pages_of(many) == 3
    front, annex = text_of(many, "-l", "2"), text_of(many, "-f", "3")
    assert all(plain(texts(language).formats.day(claim.due_date)) in annex for claim in claims(36))
    assert plain(texts(language).formats.money(debt(36).outstanding_total)) in front
    assert all(name in front for name in others)


@every_language
@every_kind
def test_a_second_letter_is_one_page_of_what_happened(language: Language, kind: SecondKind) -> None:
    letter = sample_second_letter(kind, language)
    text = text_of(letter)
    assert pages_of(letter) == 1
    assert line(language, "letter.subject") in text
    assert line(language, f"second.{kind}.heading") in text
    assert line(language, f"second.{kind}.then") in text
    assert "55 55 33 33" in text
    assert FORBIDDEN.search(text) is None
    assert (line(language, "slip.heading") in text) is (kind is SecondKind.RESERVATION_REVOKED)


@every_language
def test_the_wrong_person_learns_nothing_of_the_home(language: Language) -> None:
    assert "Sannergata 1 B, H0201" not in text_of(sample_second_letter(SecondKind.WRONG_PERSON, language))
    assert "Sannergata 1 B, H0201" in text_of(sample_second_letter(SecondKind.WITHDRAWN, language))


@every_language
def test_a_second_letter_tells_the_landlords_reason_and_never_a_reservation(language: Language) -> None:
    paid = text_of(replace(sample_second_letter(SecondKind.SETTLED, language), reason=SettlementReason.PAID))
    assert line(language, "second.reason.paid") in paid
    reserved = replace(sample_second_letter(SecondKind.WITHDRAWN, language), reason=WithdrawalReason.RESERVED)
    assert text_of(reserved) == text_of(replace(reserved, reason=None))


@every_language
def test_a_second_letter_says_whether_the_office_was_told(language: Language) -> None:
    told = line(language, "second.told", office=OFFICE.name)
    not_told = line(language, "second.not_told")
    published = text_of(sample_second_letter(SecondKind.SETTLED, language))
    unpublished = text_of(replace(sample_second_letter(SecondKind.SETTLED, language), office=None))
    assert (told in published, not_told in published) == (True, False)
    assert (told in unpublished, not_told in unpublished) == (False, True)


@every_language
@pytest.mark.parametrize("kind", TO_OFFICES)
def test_an_office_is_told_on_one_page_what_became_of_its_letter(kind: SecondKind, language: Language) -> None:
    letter = sample_office_second_letter(kind, language)
    text = text_of(letter)
    for part in ("heading", "text", "then"):
        said = line(language, f"office_second.{kind}.{part}", landlord="Tigerboliger AS", tenant="Kari Testperson")
        assert plain(said) in text
    reason = plain(line(language, "office_second.reason.paid"))
    assert (reason in text) is (kind is SecondKind.SETTLED)
    assert letter.notice_id in text
    assert "K-1044-2026-11" in text
    assert pages_of(letter) == 1


@every_language
def test_an_office_reads_on_paper_what_the_tenant_wrote(language: Language) -> None:
    wish = text_of(sample_office_second_letter(SecondKind.WANTS_CALL, language))
    assert all(word in wish for word in ("90000000", "Polski", line(language, "page.call.morning")))
    assert "Ola Prøvesen" not in wish
    disputed = text_of(sample_office_second_letter(SecondKind.DISPUTES, language))
    assert all(line(language, f"page.disagree.reason.{reason}") in disputed for reason in ("paid", "defects"))
    assert line(language, "page.disagree.reason.amount") not in disputed


@every_language
def test_a_landlord_reads_who_reserved_and_for_which_lease(language: Language) -> None:
    letter = sample_landlord_letter(language)
    text = text_of(letter)
    assert all(word in text for word in ("Kari Testperson", "K-1044", "Sannergata 1 B, H0201"))
    assert plain(line(language, "landlord.then")) in text
    assert FORBIDDEN.search(text) is None
    assert pages_of(letter) == 1


@every_language
def test_an_office_letter_has_the_order_of_the_offices_view(language: Language) -> None:
    text = text_of(sample_office_letter(language))
    order = [
        line(language, "office.attention", office="Nav Grünerløkka", number="0315"),
        line(language, "office.subject", office="Nav Grünerløkka", number="0315"),
        "Leier 1: ",
        "Leier 2: ",
        line(language, "office.children"),
        f": {DWELLING}",
        line(language, "office.outstanding_total"),
        line(language, "office.ground"),
        line(language, "office.not_before"),
        "1234.56.78903",
        f"{line(language, 'office.landlord')}: Tigerboliger AS",
        "Forvalter AS",
        "0199a000-0000-7000-8000-000000000001",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert "01819010001" in text
    assert "SSSS-TTTT-UUUU-VVVV" in text
    assert "SSSS" not in text_of(replace(sample_office_letter(language), acknowledgement=None))


def test_an_office_letter_for_ten_tenants_and_36_claims_loses_nothing() -> None:
    text = text_of(sample_office_letter(tenants=10, owed=36))
    assert all(f"Leier {number}: " in text for number in range(1, 11))
    assert all(plain(texts(Language.NB).formats.day(claim.due_date)) in text for claim in claims(36))


def test_the_landlords_address_stands_on_the_slip() -> None:
    slip = text_of(sample_copy()).partition(line(Language.NB, "slip.heading"))[2]
    assert LANDLORD.email is not None
    assert all(part in slip for part in (LANDLORD.name, *LANDLORD.address, LANDLORD.email, "Kari Testperson", DWELLING))


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        (None, "nb"),
        ("no", "nb"),
        ("nn-NO", "nn"),
        ("se", "se"),
        ("SME", "se"),
        ("en-GB", "en"),
        ("pl", "nb"),
        ("", "nb"),
    ],
)
def test_a_language_without_a_full_text_gives_bokmal(tag: str | None, language: str) -> None:
    assert letter_language(tag) == language
