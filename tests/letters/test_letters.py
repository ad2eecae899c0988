"""The letters as a reader reads them: order, contents, and forbidden words."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest

from tests.letters.reading import pages_of, plain, text_of
from varsling.domain.lifecycle import BlockedReason, SettlementReason, WithdrawalReason
from varsling.domain.notice import GroundCode
from varsling.domain.tenant import CallTime, CallWish, PageState, Through
from varsling.letters import page, samples, second_letter, tenant_copy
from varsling.letters.blocks import Block, Document
from varsling.letters.content import CopyNews, Language, SecondKind, TenantCopy, letter_language
from varsling.letters.samples import (
    DWELLING,
    LANDLORD,
    OFFICE,
    claims,
    debt,
    sample_copy,
    sample_landlord_letter,
    sample_of_petition,
    sample_office_letter,
    sample_office_second_letter,
    sample_second_letter,
)
from varsling.letters.texts import REASONS_OF, TO_OFFICES, TOLD_REASONS, box, texts

Reason = SettlementReason | WithdrawalReason | None

every_language = pytest.mark.parametrize("language", Language)
every_ground = pytest.mark.parametrize("ground", GroundCode)

# Words forbidden in letters to tenants: no petition is called unlawful, no duty to notify, no old names.
FORBIDDEN = re.compile(
    r"ulovl|ugyldig|unlawful|illegal|invalid|lobiheapme|800 ?GJELD|\bNAV\b|utleier(en)? (må|plikter|skal) varsle|"
    r"\b\d{11}\b|\b\d{6} \d{5}\b|None|\{|\}|\*\*"
)


FACTS = dict.fromkeys(("total", "expired_on", "terminated_on", "rescinded_on", "decided_on", "breach"), "")


def line(language: Language, key: str, **values: str) -> str:
    return plain(texts(language).line(key, **values))


@every_language
@every_ground
def test_a_copy_says_first_what_matters_most(language: Language, ground: GroundCode) -> None:
    text = text_of(sample_copy(language, ground))
    order = [
        line(language, "letter.subject"),
        line(language, "copy.first.heading"),
        "55 55 33 33",
        line(language, f"copy.case.{ground}", **FACTS)[:20],
        line(language, "copy.do.heading"),
        line(language, "copy.help.heading"),
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
        "BankID",
        "22 00 00 01",
        "ombud@brevposten.example",
        "Datatilsyn",
        "21",
        "24 14 91 00",
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
def test_a_copy_fits_two_sheets_and_says_nothing_forbidden(language: Language, ground: GroundCode) -> None:
    copy = sample_copy(language, ground)
    assert pages_of(copy) == 3
    assert FORBIDDEN.search(text_of(copy)) is None


@every_language
@every_ground
def test_only_unpaid_rent_is_told_that_paying_stops_the_case(language: Language, ground: GroundCode) -> None:
    text = text_of(sample_copy(language, ground))
    pays, *_ = texts(language).several("copy.do.rent_unpaid.items")
    says_so = plain("".join(words for _, words in pays)) in text
    assert says_so is (ground is GroundCode.RENT_UNPAID)
    assert ("1234.56.78903" in text or "12345674" in text) is (ground is GroundCode.RENT_UNPAID)
    *_, holds_back = texts(language).several("copy.do.rent_unpaid.items")
    assert (plain("".join(words for _, words in holds_back)) in text) is (ground is GroundCode.RENT_UNPAID)
    assert ("§ 9-8" in text and "§ 9-7" in text) is (ground is GroundCode.LEASE_TERMINATED)
    assert ("§ 9-3" in text) is (ground is GroundCode.LEASE_EXPIRED)
    assert "§ 13-6" in text
    assert "fri rettshjelp" in text
    # After a judgment, and without a lease, the tribunal can do nothing.
    assert ("htu.no" in text) is (ground not in (GroundCode.JUDGMENT, GroundCode.NO_TITLE))
    unknown_account = line(language, "copy.rights.paying") in text
    assert unknown_account is (ground is GroundCode.RENT_UNPAID)


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
    filed = replace(copy.petition, planned=None, not_before=None, filed_on=date(2026, 11, 20))
    text = text_of(replace(copy, petition=filed))
    assert plain(texts(language).formats.day(date(2026, 11, 20))) in text
    assert plain(texts(language).formats.day(date(2026, 12, 8))) not in text


@every_language
def test_another_copy_says_why_it_comes(language: Language) -> None:
    for news in CopyNews:
        text = text_of(replace(sample_copy(language), news=news))
        assert [one for one in CopyNews if line(language, f"copy.news.{one}") in text] == [news]
    assert not [one for one in CopyNews if line(language, f"copy.news.{one}") in text_of(sample_copy(language))]


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
def test_ten_tenants_and_six_claims_fit_two_sheets_and_many_claims_get_an_annex(language: Language) -> None:
    others = tuple(f"Medleier {number} Testpersonsen" for number in range(1, 10))
    crowded = replace(sample_copy(language), other_tenants=others, debt=debt(6), news=CopyNews.UPDATED)
    assert pages_of(crowded) == 3
    many = replace(crowded, debt=debt(36))
    assert pages_of(many) == 5
    first, annex = text_of(many, "-l", "1"), text_of(many, "-f", "3", "-l", "3")
    assert all(plain(texts(language).formats.day(claim.due_date)) in annex for claim in claims(36))
    assert plain(texts(language).formats.money(debt(36).outstanding_total)) in first
    assert all(name in text_of(many, "-f", "2", "-l", "2") for name in others)


@every_language
@every_ground
@pytest.mark.parametrize("owed", [0, 2, 36])
def test_the_slip_is_cut_off_a_sheet_whose_back_is_empty(language: Language, ground: GroundCode, owed: int) -> None:
    copy = replace(sample_copy(language, ground), debt=debt(owed))
    last = pages_of(copy)
    assert last % 2 == 1
    assert line(language, "slip.heading") in text_of(copy, "-f", str(last))


every_end = pytest.mark.parametrize(("kind", "reason"), list(samples.every_end()), ids=str)
ENDS = [*second_letter.ENDS]
NOTHING = {
    Language.NB: "Du trenger ikke å gjøre noe",
    Language.NN: "Du treng ikkje gjere noko",
    Language.SE: "It dárbbaš dahkat maidege",
    Language.EN: "You do not have to do anything",
}


@every_language
@every_end
def test_a_second_letter_is_one_page_of_what_happened(language: Language, kind: SecondKind, reason: Reason) -> None:
    letter = sample_second_letter(kind, language, reason)
    text = text_of(letter)
    assert pages_of(letter) == 1
    assert line(language, "letter.subject") in text
    assert line(language, f"second.{kind}.heading") in text
    part = f"second.{kind}.{reason}" if reason else f"second.{kind}"
    assert line(language, f"{part}.text", landlord="Tigerboliger AS", office=OFFICE.name) in text
    paid = reason is SettlementReason.PAID
    assert (line(language, f"{part}.do") in text) is not paid
    wrong = kind is SecondKind.WRONG_PERSON
    assert ("55 55 33 33" in text) is not wrong
    assert ("Soomaali" in text) is (kind is SecondKind.REMINDER)
    assert FORBIDDEN.search(text) is None
    assert (line(language, "slip.heading") in text) is (kind is SecondKind.RESERVATION_REVOKED)


CASES = ("rent", "home", "lodged", "lodged_settled", "lodged_paid")


@every_language
@every_end
@every_ground
@pytest.mark.parametrize("lodged", [False, True])
def test_only_rent_that_is_paid_and_the_wrong_person_need_do_nothing(
    language: Language, kind: SecondKind, reason: Reason, ground: GroundCode, lodged: bool
) -> None:
    """The end of a notice is not the end of the case (LAW, row 8a)."""
    letter = sample_second_letter(kind, language, reason, ground=ground, petition_lodged=lodged)
    text = plain(words_of(second_letter.compose(letter)))
    nothing = NOTHING[language]
    assert nothing in line(language, "second.nothing_to_do")
    over = reason is SettlementReason.PAID and ground is GroundCode.RENT_UNPAID and not lodged
    assert (nothing in text) is (over or kind is SecondKind.WRONG_PERSON)
    cases = [case for case in CASES if line(language, f"second.case.{case}") in text]
    stands = kind in ENDS and not over
    expected = "rent" if ground is GroundCode.RENT_UNPAID else "home"
    if lodged:
        settled: dict[Reason, str] = {SettlementReason.PAID: "lodged_paid" if expected == "rent" else "lodged_settled"}
        expected = "lodged" if reason is None else settled.get(reason, "lodged_settled")
    assert cases == ([expected] if stands else [])


@every_language
@every_end
def test_no_end_reads_as_the_end_of_another_letter(language: Language, kind: SecondKind, reason: Reason) -> None:
    """Her landlord's § 4-18 letter is a warning too: a heading says which one has ended."""
    if kind in ENDS and kind is not SecondKind.UPDATE_NOT_PUBLISHED:
        assert "Nav" in line(language, f"second.{kind}.heading")


@every_language
@every_end
def test_an_end_says_what_becomes_of_the_date(language: Language, kind: SecondKind, reason: Reason) -> None:
    """Whoever waits for a date that is gone loses her time. A copy that told of a petition had none."""
    texts = ("second.dates_gone", "second.dates_earlier", "second.date_open")
    for lodged in (False, True):
        letter = sample_second_letter(kind, language, reason, petition_lodged=lodged)
        said = plain(words_of(second_letter.compose(letter)))
        told = [key for key in texts if line(language, key) in said]
        if lodged or kind not in ENDS or kind in (SecondKind.UPDATE_NOT_PUBLISHED, SecondKind.LAPSED):
            assert told == []
        elif kind is SecondKind.STOPPED:
            assert told == ["second.date_open"]
        elif reason in (SettlementReason.PAID, SettlementReason.PAYMENT_PLAN):
            assert told == ["second.dates_gone"]
        else:
            assert told == ["second.dates_earlier"]


@every_language
@every_ground
def test_a_lodged_petition_outlives_what_is_paid_or_agreed(language: Language, ground: GroundCode) -> None:
    copy = sample_of_petition(language, ground, lodged=True)
    lodged = text_of(copy)
    withdraw = [line(language, f"copy.do.lodged.{kind}") in lodged for kind in ("rent", "home")]
    assert withdraw == [ground is GroundCode.RENT_UNPAID, ground is not GroundCode.RENT_UNPAID]
    assert copy.petition.filed_on is not None
    filed_on = plain(texts(language).formats.day(copy.petition.filed_on))
    assert lodged.index(filed_on) < lodged.index("55 55 33 33")  # the time to answer runs
    assert lodged.count(line(language, "office.filed_on")) == 1  # Nav hears of the petition, too
    assert line(language, "copy.rights.reserve_date") not in lodged  # a lodged petition has no date
    plain_copy = text_of(sample_copy(language, ground))
    assert line(language, "copy.rights.reserve_date") in plain_copy
    late = text_of(replace(sample_copy(language, ground), rendered_on=date(2027, 2, 1)))
    assert line(language, "copy.rights.reserve_date") not in late  # the date has passed
    assert not any(line(language, f"copy.do.lodged.{kind}") in plain_copy for kind in ("rent", "home"))


@every_language
def test_a_copy_of_a_change_is_no_second_notice(language: Language) -> None:
    first, again = (line(language, f"copy.first.{key}", landlord=LANDLORD.name) for key in ("sent", "sent_again"))
    for news in (None, *CopyNews):
        text = text_of(replace(sample_copy(language), news=news))
        new = news in (None, CopyNews.RESUMED)
        assert [first in text, again in text] == [new, not new]


@every_language
def test_the_page_tells_an_end_in_the_letter_s_words(language: Language) -> None:
    for state, kind, reason in (
        (PageState.SETTLED, SecondKind.SETTLED, SettlementReason.PAYMENT_PLAN),
        (PageState.WITHDRAWN, SecondKind.WITHDRAWN, WithdrawalReason.WRONG_AMOUNT),
        (PageState.WITHDRAWN, SecondKind.NOT_PUBLISHED, WithdrawalReason.RESERVED),
        (PageState.BLOCKED, SecondKind.STOPPED, BlockedReason.COPY_UNDELIVERABLE),
        (PageState.BLOCKED, SecondKind.NOT_PUBLISHED, BlockedReason.TENANT_RESERVED),
        (PageState.LEFT_OUT, SecondKind.LEFT_OUT, None),
        (PageState.LAPSED, SecondKind.LAPSED, None),
        (PageState.WRONG_PERSON, SecondKind.WRONG_PERSON, WithdrawalReason.WRONG_PERSON),
    ):
        shown = page.compose(sample_copy(language), state, date(2026, 11, 23), reason)
        told = reason if isinstance(reason, SettlementReason | WithdrawalReason) else None
        letter = second_letter.compose(sample_second_letter(kind, language, told))
        heading, *said = plain_blocks(shown.state)
        assert heading == line(language, f"second.{kind}.heading")
        assert set(said) <= set(plain_blocks(letter.blocks))
        wrong = state is PageState.WRONG_PERSON
        parts = (shown.state, shown.help, shown.owed, shown.do, shown.rights)
        assert ("55 55 33 33" in plain(str(parts).replace("\\xa0", " "))) is not wrong


@every_language
def test_the_page_of_an_ended_notice_speaks_of_it_in_the_past(language: Language) -> None:
    copy = replace(sample_copy(language), petition=replace(sample_copy().petition, held_until=date(2027, 1, 15)))
    landlords_plans = [line(language, f"copy.said.{name}") for name in ("planned", "held")]
    for state in PageState:
        if not state.tells_content:
            continue
        shown = page.compose(copy, state, date(2026, 11, 23), None)
        heading, _, facts = shown.said
        labels = [label for label, _ in facts["rows"]]  # type: ignore[attr-defined]  # a block is JSON: its rows are pairs
        assert heading["text"] == line(language, "copy.said.heading" if state.open else "copy.said.heading_ended")
        assert [label in labels for label in landlords_plans] == [state.open] * 2
        assert line(language, "copy.said.to") not in labels
        assert (len(shown.owed) > 0) is state.open


@every_language
@every_ground
def test_the_box_calms_nobody_whose_time_to_answer_runs(language: Language, ground: GroundCode) -> None:
    def box_of(copy: TenantCopy) -> list[str]:
        (rows,) = (block["rows"] for block in tenant_copy.compose(copy).blocks if block["type"] == "languages")
        assert isinstance(rows, list)
        return [row["text"] for row in rows]

    assert box_of(sample_copy(language, ground)) == [text for _, _, text in box()]
    lodged = samples.sample_of_petition(language, ground, lodged=True)
    assert box_of(lodged) == [text for _, _, text in box(lodged=True)]
    assert set(box_of(lodged)).isdisjoint(text for _, _, text in box())


@every_language
@pytest.mark.parametrize("ground", [GroundCode.RENT_UNPAID, GroundCode.RESCISSION])
def test_a_date_that_has_passed_is_not_told_as_one_to_come(language: Language, ground: GroundCode) -> None:
    copy = sample_copy(language, ground)
    recommended = date(2026, 12, 8)
    day, to = plain(texts(language).formats.day(recommended)), "court" if ground is GroundCode.RESCISSION else "officer"
    past = line(language, f"copy.date.past.{to}")
    before, on = text_of(replace(copy, rendered_on=date(2026, 12, 7))), text_of(replace(copy, rendered_on=recommended))
    assert (day in before, past in before) == (True, False)
    assert past in on
    held = replace(copy, rendered_on=recommended, petition=replace(copy.petition, held_until=date(2027, 1, 15)))
    assert past not in text_of(held)
    assert line(language, "copy.date.held", held_until=texts(language).formats.day(date(2027, 1, 15))) in text_of(held)


@every_language
def test_the_wrong_person_learns_nothing_of_the_home(language: Language) -> None:
    assert "Sannergata 1 B, H0201" not in text_of(sample_second_letter(SecondKind.WRONG_PERSON, language))
    mistake = sample_second_letter(SecondKind.WITHDRAWN, language, WithdrawalReason.MISTAKE)
    assert "Sannergata 1 B, H0201" in text_of(mistake)


@every_language
def test_a_second_letter_tells_the_landlords_reason_and_never_a_reservation(language: Language) -> None:
    reserved = sample_second_letter(SecondKind.WITHDRAWN, language, WithdrawalReason.RESERVED)
    assert text_of(reserved) == text_of(replace(reserved, reason=None))


@every_language
def test_a_second_letter_says_whether_nav_was_told(language: Language) -> None:
    told, not_told = line(language, "second.told"), line(language, "second.not_told")
    letter = sample_second_letter(SecondKind.SETTLED, language, SettlementReason.PAID)
    published, unpublished = text_of(letter), text_of(replace(letter, told=False))
    assert (told in published, not_told in published) == (True, False)
    assert (told in unpublished, not_told in unpublished) == (False, True)


def plain_blocks(blocks: Iterable[Block]) -> list[str]:
    """The texts of headings and paragraphs."""
    found = []
    for block in blocks:
        runs = block.get("runs")
        text = "".join(words for _, words in runs) if isinstance(runs, list) else block.get("text", "")
        found.append(plain(str(text)))
    return found


def words_of(document: Document) -> str:
    return " ".join(plain_blocks(document.blocks))


@every_language
@pytest.mark.parametrize("kind", TO_OFFICES)
def test_an_office_is_told_on_one_page_what_became_of_its_letter(kind: SecondKind, language: Language) -> None:
    letter = sample_office_second_letter(kind, language)
    text = text_of(letter)
    for part in ("heading", "text", "then"):
        said = line(language, f"office_second.{kind}.{part}", landlord="Tigerboliger AS", tenant="Kari Testperson")
        assert plain(said) in text
    assert letter.notice_id in text
    assert "K-1044-2026-11" in text
    assert pages_of(letter) == 1


@every_language
@pytest.mark.parametrize(
    ("kind", "reason"), [(kind, reason) for kind, reasons in REASONS_OF.items() for reason in reasons], ids=str
)
def test_an_office_reads_why_a_notice_ended(language: Language, kind: SecondKind, reason: Reason) -> None:
    text = text_of(sample_office_second_letter(kind, language, reason))
    told = [one for one in TOLD_REASONS if line(language, f"office_second.reason.{one}") in text]
    assert told == [reason]


@every_language
def test_an_office_reads_on_paper_what_the_tenant_wrote(language: Language) -> None:
    wish = text_of(sample_office_second_letter(SecondKind.WANTS_CALL, language))
    assert all(word in wish for word in ("90 00 00 00", "Polski", line(language, "page.call.morning")))
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
        line(language, "copy.said.ground"),
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


def test_what_was_said_through_a_letter_elsewhere_stands_beside_and_is_marked() -> None:
    letter = sample_office_second_letter(SecondKind.WANTS_CALL)
    his = CallWish("+4722334455", CallTime.AFTERNOON, "nb", interpreter=False)
    text = text_of(replace(letter, elsewhere=((his, Through.ELSEWHERE),)))
    hers, _, later = text.partition("Gjennom et annet brev")
    assert "22 33 44 55" not in hers
    assert "22 33 44 55" in later


def test_a_statement_through_a_letter_elsewhere_is_marked() -> None:
    letter = sample_office_second_letter(SecondKind.CONSENTS)
    mark = "ikke til boligen"
    assert "koden i et brev til boligen" in text_of(letter)
    assert mark not in text_of(letter)
    assert mark in text_of(replace(letter, through=Through.ELSEWHERE))
    assert "logget inn med ID-porten" in text_of(replace(letter, through=Through.LOGIN))
