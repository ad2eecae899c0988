"""What official letters may print of a landlord's words, and which names a person looks at first."""

import json
from pathlib import Path

import pytest

from varsling.domain.misleading import Printed, misleads, spell_a_sentence
from varsling.domain.text import person_name, postal_code, printed_text
from varsling.offices.register import bundled

CASES = Path(__file__).parents[1] / "cases" / "inputs.json"
REAL = (
    "Kari Testperson", "Áŋŋa Čázeš", "O’Prøve", "Anne-Marie d'Prøve", "李", "عائشة بنت محمد", "Ole Jr.", "Per Ås III",
    "Nguyễn Thị Ánh", "Bjørn-Åge Ødegård", "Maria da Silva e Souza", "X Æ", "Łukasz Żółć", "Þóra Ægisdóttir",
    "Kari St. Clair", "Prof. Kari Bø", "Per-Olav v.d. Berg", "Ola Nordmann (dødsbo)", "Kari & Ola Nordmann",
    "Kari Ring",
    "Chr. Hansen", "Jens Chr. Hauge", "kari anne maria hansen Bø", "Kari Flytte", "Ton Vipps", "Per Straks",
    "Are Nøkleby", "Vi Leversen", "Eh Pay Ma",
    "Anne Marie Hansen (f. Olsen)", "'t Hooft, G.", "نگار\u200cزاده", "محمد علي", "kari nordmann", "Ola Ring", "Bo Ask",
    "Navjot Singh", "Navid Navabi", "Ole Navestad", "Anna Kommandantvold", "Per Dom", "Rettedal", "Nina Tingstad",
)  # fmt: skip
COMPANIES = (
    "Tigerboliger AS",
    "3B Eiendom AS",
    "Bolig4 AS",
    "Hansen/Olsen DA",
    "Storgata 12-14 AS",
    "Navarsete Eiendom AS", "Navigator AS", "Kommunalbanken AS", "Namsos Boligutleie AS", "Tingvoll Eiendom AS",
    "Kommunegården AS", "Lensmannsgården AS", "Politigata Bolig AS", "Straks Bolig AS", "Konto Eiendom AS",
    "Stiftelsen for eldre og uføre i Bergen", "Storgt. 3 AS", "Thv. Lindeman AS", "Namsen Bolig AS",
    "Nikos Politis",
    "Fogd Eiendom AS", "24/7 Utleie AS", "Utleie&Co AS", "A/S Boligutleie", "Ring & Sønn AS", "1881 Eiendom AS",
)  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_no_name_of_a_real_kind_is_refused_or_held(name: str) -> None:
    assert person_name(name) == name
    assert not misleads(name, Printed.TENANT)


@pytest.mark.parametrize("name", COMPANIES)
def test_companies_have_digits_and_slashes(name: str) -> None:
    assert printed_text(name) == name
    assert not misleads(name, Printed.PARTY)


def test_the_names_of_the_cases_are_names() -> None:
    found = _names(json.loads(CASES.read_text()))
    people = {one for one in found if not one.endswith(".csv")}
    assert len(people) > 20
    for name in people:
        person_name(name)


def _names(value: object) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_names, value))
    if not isinstance(value, dict):
        return set()
    own = {member for name, member in value.items() if name == "name" and isinstance(member, str)}
    return own.union(*map(_names, value.values()))


@pytest.mark.parametrize(
    "text",
    [
        "Kari, betal til 1234 56 78903",
        "Kari 1234.56.78903",
        "Kari 12345678903",
        "se http://betal.example",
        "www.betal.example",
        "betal@example.no",
        "Konto 1503-12-34567 innen i dag",
    ],
)
def test_instructions_are_printed_nowhere(text: str) -> None:
    for parse in (printed_text, person_name):
        with pytest.raises(ValueError, match=r"."):
            parse(text)


@pytest.mark.parametrize("text", ["Sannergata 1 B, H0201", "Gnr 12 bnr 345", "123/4/5", "c/o Ola, Pb 12, 0557 Oslo"])
def test_addresses_keep_their_numbers(text: str) -> None:
    assert printed_text(text) == text


@pytest.mark.parametrize("name", ["Kari 2", "Kari/Ola Prøve", "Kari ٣", "Kari²", "a://b"])
def test_people_have_no_digits_and_no_slashes(name: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        person_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "Namsmannen i Oslo",
        "NAMSFOGDEN",
        "Politiet",
        "Oslo politidistrikt",
        "Nav",
        "NAV Grünerløkka",
        "N.A.V.",
        "N A V",
        "Nav-kontoret",
        "Oslo kommune",
        "Kommunens boligkontor",
        "Domstoladministrasjonen",
        "Oslo tingrett",
        "Forliksrådet",
        "Skatteetaten",
        "N\u0430v Oslo",
        "P0litiet",
        "Ｎａｖ",
        "Námsmannen",
        "n a m s m a n n e n",
        "PoIitiet i OsIo",
        "N\u0251msmannen",
        "N \u039b V",
        "\ua4e0\ua4ee\ua4e6",
        "Полиция",
        "Komornik sądowy",
        "Policija",
        "UDI",
        "Lånekassen",
        "Rikspolitiet",
        "Statens vegvesen",
        "Po1itiet",
        "P°litiet",
        "NAVOslo",
        "N•A•V",
        "NA V",
        "Tlngretten",
        "Folkeregisteret",
    ],
)
def test_a_name_that_speaks_as_an_authority_is_noticed(name: str) -> None:
    assert misleads(name, Printed.PARTY)


# What a landlord tried to print above, beside and in place of what the letter says.
INSTRUCTIONS = (
    "Vi kaster deg ut", "Du mister hjemmet", "Move out today", "Dommen er rettskraftig",
    "Tigerboliger AS har bedt om utkastelse. Ring 22 33 44 55 i dag for å stoppe den. Han",
    "Tigerboliger evil.no", "Tigerboliger tiger.example/betal", "Tigerboliger AS – ring 22 33 44 55", "Kari evil.no",
    "Kari. Betal med Vipps i dag", "Du må flytte i dag", "Vipps 12345", "KONTO-1234.56.78903", "Nams mannen",
    "BETAL-TIL-KONTO-1234.56.78903", "DU-MA-FLYTTE-I-DAG-RING-Namsmannen.-Betal-evil.no/x",
    "Sannergata 1, ring 22334455",
    "Vipps oss på ni-to-fire-fem-seks-sju", "Namsrnannen", "ɴᴀᴠ", "Oslonamsmann", "Utleier på vegne av namsretten",
    "Byfogden i Oslo", "Fogden", "Lensmannen", "Sorenskriveren", "Arbeids- og velferdsetaten", "Skattekontoret",
    "Arbeids- og velferdsforvaltningen", "Velferdsforvaltningen",
    "Statens innkrevingssentral", "Justisdepartementet", "Oslo Bydel", "Datatilsynet", "Court of Oslo", "Oslo Police",
)  # fmt: skip


@pytest.mark.parametrize("text", INSTRUCTIONS)
def test_words_that_would_be_believed_are_noticed(text: str) -> None:
    assert misleads(text, Printed.PARTY)


@pytest.mark.parametrize(
    "name",
    [
        "Varselet er trukket – se bort fra dette brevet", "Kari har ikke betalt noe som helst", "Kari AS 22 33 44 55",
        "DU ER KASTET UT", "DETTE BREVET GJELDER IKKE", "Nav Vil Ta Barna Dine", "Kari Send Penger Til Per",
        "Lever Nøklene I Dag", "You are evicted", "to-to-tre-tre", "Kari evil punktum no", "Kari evil。no",
        "Namsmannen kommer i morgen", "Kari Namsmannen", "Utleier 1234/56/78903", "Utleier 22–33–44–55",
        "Utleier ①②③④⑤⑥⑦⑧",
    ],
)  # fmt: skip
def test_a_name_that_is_a_sentence_is_noticed(name: str) -> None:
    assert misleads(name, Printed.TENANT)


STREETS = (
    "Lensmannsbakken 3", "Lensmann Tveits veg 4", "Fogdens gate 3", "Kommunegata 3", "Politimester Bugges vei 1",
    "Lensmannslia 2", "Kommunesvingen 3",
    "Barnevernsveien 1", "Police Street 4", "Vippsveien 1", "Ring 3 nr. 5", "Prof. Kohts vei 5", "Leil. 12", "H0201",
    "c/o Per Hansen", "Gnr. 12 bnr. 345", "Kirkegata 12-14, 0557", "P.b. 123", "17. mai-gata 3", "Hauptstr. 5",
)  # fmt: skip


@pytest.mark.parametrize("line", STREETS)
def test_streets_have_names_of_authorities(line: str) -> None:
    assert not misleads(line, Printed.LINE)


@pytest.mark.parametrize(
    "line",
    ["Tlf. 22334455", "Du kastes ut i dag", "Kast brevet", "evil.biz", "Nams\nmannen i Oslo", "Vi bytter lås fredag"],
)
def test_a_line_that_is_no_address_is_noticed(line: str) -> None:
    assert misleads(line, Printed.LINE)


@pytest.mark.parametrize(
    "reference",
    [
        "BETALING-2026-1", "KOMMUNE-12", "NAV-123", "utkastelse/5", "AVTALE.NO.4567", "2026-0001234567", "22334455",
        "2026-11-12345", "INV-2026-11-12345", "BETALING-100234", "NAV-20261130", "AVTALE.NO/2026/3", "REF.NO-7",
        "L.12.B", "12.5", "Leil.nr.5", "2.etg.tv", "2026-1117947", "HUS.NO/12",
    ],
)  # fmt: skip
def test_a_reference_has_words_and_numbers_of_its_own(reference: str) -> None:
    assert not misleads(reference, Printed.REFERENCE)


@pytest.mark.parametrize(
    "reference",
    [
        "RING-22334455", "DU-MA-UT-I-DAG", "KAST-BREVET", "t.me/xyz", "evil.biz/x", "konto-1234.56.78903",
        "nams-mannen",
        "www.evil.no/9999", "evil.no", "EVIL.NO", "nav-no.evil.no/1", "https//evil.no-x", "nav.no", "evil.example",
        "evil.no.9999", "avtale.no/betal", "123.no/9", "evil.support/1", "is.gd/x", "t.co/x", "konto12345678903",
        "NO9386011117947", "8601-1117947", "SMS-2090", "phone-22334455",
    ],
)  # fmt: skip
def test_a_reference_that_instructs_is_noticed(reference: str) -> None:
    assert misleads(reference, Printed.REFERENCE)


UNSEEN = "\u00ad\u034f\u115f\u17b4\u180e\u200b\u200c\u200d\u2060\u2062\u2800\u3164\ufe0f\ufeff\uffa0\U000e0061"


@pytest.mark.parametrize("between", [*UNSEEN, *" .'-·\u00a0\u2009\u200a\u202f\u2011"])
def test_nothing_between_the_letters_hides_the_word(between: str) -> None:
    assert misleads(f"Nam{between}smannen i Oslo", Printed.LINE)


@pytest.mark.parametrize(
    "name",
    ["Kari " + "█" * 50, "Kari " + "— " * 20, "Kari ☎", "Kari ----", "Kari＠evil", "Kari ∧"],
)
def test_a_name_has_no_pictures_and_no_rows_of_signs(name: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        person_name(name)


def test_no_place_in_norway_is_taken_for_more() -> None:
    register = bundled()
    places = {one.place for one in register.postal_codes.values()}
    places |= {one.name for one in register.municipalities.values()}
    assert len(places) > 1500
    assert [name for name in places if misleads(name, Printed.LINE)] == []


@pytest.mark.parametrize("code", ["0557", "SW1A 1AA", "AD100", "H91 W2R5", "00-950", "LV-1010", "ASCN 1ZZ", "1" * 10])
def test_postal_codes_of_other_countries_are_taken(code: str) -> None:
    assert postal_code(code) == code


@pytest.mark.parametrize("code", ["Betal i dag", "RING 4 NAVET", "1.2.3", "0557 ☎", "-", "O55/7", "1503 12 34567"])
def test_a_postal_code_holds_no_words(code: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        postal_code(code)


def test_a_ligature_of_a_whole_sentence_is_no_name() -> None:
    """Each check would read eighteen letters for each."""
    assert printed_text("\ufdfa") == "\ufdfa"
    with pytest.raises(ValueError, match="ligature"):
        printed_text("\ufdfa" * 200)


def test_claims_do_not_spell_a_sentence() -> None:
    assert spell_a_sentence(["DU", "MA", "FLYTTE", "UT", "FREDAG"])
    assert not spell_a_sentence(["LEIE-10", "BETALING-11", "KONTO-12", "K-1"])
