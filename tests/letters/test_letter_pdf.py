"""The letter as a file: tags, language, address window, repeatable bytes, and values that stay text."""

import io
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.letters.reading import links_of, pages_of, pdftotext, plain, with_name
from varsling.domain.policies import Envelope
from varsling.letters.content import Access, Language, LetterContent, Party, Recipient, SecondKind
from varsling.letters.render import REPLACEMENT, render
from varsling.letters.samples import sample_copy, sample_office_letter, sample_second_letter
from varsling.letters.texts import texts


@pytest.mark.parametrize("language", Language)
def test_the_letter_is_tagged_and_says_its_language(language: Language) -> None:
    with pikepdf.open(io.BytesIO(render(sample_copy(language)).pdf)) as pdf:
        assert str(pdf.Root.Lang).startswith(language.value)
        assert bool(pdf.Root.MarkInfo.Marked)
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        tags = Counter(str(node.S) for node in _nodes(pdf.Root.StructTreeRoot.K) if "/S" in node)
        spoken = {str(node.Lang)[:2] for node in _nodes(pdf.Root.StructTreeRoot.K) if "/Lang" in node}
        metadata = pdf.open_metadata()
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["pdfaid:part"] + metadata["pdfaid:conformance"] == "2A"
        assert metadata["dc:title"] == texts(language).line("letter.subject")
    assert (tags["/H1"], tags["/H2"], tags["/Table"], tags["/TH"]) == (1, 7, 1, 3)
    assert spoken | {language.value} == {"en", "pl", "uk", "lt", "so", "se", language.value}


@pytest.mark.parametrize(
    ("content", "pictures"),
    [(sample_copy(), 1), (sample_second_letter(SecondKind.SETTLED), 0), (sample_office_letter(), 0)],
)
def test_the_picture_that_leads_to_the_page_is_printed_in_a_copy_alone(content: LetterContent, pictures: int) -> None:
    with pikepdf.open(io.BytesIO(render(content).pdf)) as pdf:
        told = [str(node.Alt) for node in _nodes(pdf.Root.StructTreeRoot.K) if "/Alt" in node]
    assert told == [texts(Language.NB).line("letter.qr")] * pictures


def _nodes(node: pikepdf.Object) -> Iterator[pikepdf.Dictionary]:
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from _nodes(child)
    elif isinstance(node, pikepdf.Dictionary):
        yield node
        if "/K" in node:
            yield from _nodes(node.K)


DEBT = sample_copy().debt
WORD = re.compile(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]+)<')


# In mm: left, top, right, bottom. What the window may show, and where every address is seen.
MAY_SHOW = {Envelope.C5: (20, 47, 110, 82), Envelope.E65: (5, 29, 110, 70)}
SEEN = {Envelope.C5: (21, 47, 109, 81), Envelope.E65: (15, 40, 100, 59)}


@pytest.mark.parametrize("envelope", Envelope)
@pytest.mark.parametrize("content", [sample_copy(), sample_second_letter(SecondKind.SETTLED), sample_office_letter()])
def test_the_address_alone_stands_in_the_window(content: LetterContent, envelope: Envelope) -> None:
    """The window of a C5 is 20 mm from the left, 47 mm from the top, 90 × 35 mm, and the sheet may slip by 1 mm.

    That of an E65 is 15 mm from the left, 40 mm from the top, 95 × 30 mm, and the sheet may slip by a centimetre.
    """
    name = content.recipient.name.split()
    rows = [word for row in content.recipient.lines for word in row.split()]
    window, safe = MAY_SHOW[envelope], SEEN[envelope]
    seen = []
    for *corners, word in WORD.findall(pdftotext(render(content, envelope).pdf, "-bbox", "-l", "1")):
        left, top, right, bottom = (float(value) / 72 * 25.4 for value in corners)
        if left < window[2] and right > window[0] and top < window[3] and bottom > window[1]:
            seen.append(word)
            assert left >= safe[0]
            assert right <= safe[2]
            assert top >= safe[1]
            assert bottom <= safe[3]
    assert seen[: len(name)] == name
    assert seen[-len(rows) :] == rows  # an office's letter has the social service between them


def test_an_address_of_many_lines_stands_in_the_narrow_window() -> None:
    lines = ("Leilighet H0201", "c/o Testperson", "Sannergata 1 B", "0557 Oslo", "Norge")
    test_the_address_alone_stands_in_the_window(
        replace(sample_copy(), recipient=Recipient("Kari Testperson", lines)), Envelope.E65
    )


@pytest.mark.parametrize(
    ("name", "lines", "reference"),
    [
        ("Kari " + "— " * 20 + "—" * 150, ("Sannergata 1 B", "0557 Oslo"), "K-1"),
        ("Kari " + "█" * 195, ("Sannergata 1 B", "0557 Oslo"), "K-1"),
        ("Kari " + "Nordmann-Testperson " * 9, ("M " * 50, "M " * 50, "M " * 50, "0557 " + "M" * 55), "K-1"),
        ("Kari " + "M" * 195, ("W" * 95 + " 1", "0557 Oslo"), "K-1"),
        ("Kari Testperson", ("Sannergata 1 B", "0557 Oslo"), "W" * 64),
    ],
)
def test_nothing_that_a_landlord_writes_is_printed_over_what_the_letter_says(
    name: str, lines: tuple[str, ...], reference: str
) -> None:
    usual = sample_copy()
    odd = replace(usual, recipient=Recipient(name, lines), reference=reference)
    for left, top, right, bottom in ((20, 82, 190, 290), (165, 48, 190, 80)):  # below the window; the QR code
        first, second = (part_of_page_one(render(one).pdf, left, top, right, bottom) for one in (usual, odd))
        assert first == second
    words = pdftotext(render(odd).pdf, "-l", "1").split()
    code = usual.access.code
    assert "-".join(code[start : start + 4] for start in range(0, 16, 4)) in words


def part_of_page_one(pdf: bytes, left: int, top: int, right: int, bottom: int) -> bytes:
    """A part of the first page as a picture; millimetres from its upper left corner."""
    scale = 60 / 25.4
    box = [f"{round(value * scale)}" for value in (left, top, right - left, bottom - top)]
    options = [flag for pair in zip(("-x", "-y", "-W", "-H"), box, strict=True) for flag in pair]
    command = ["pdftoppm", "-r", "60", "-f", "1", "-l", "1", *options, "-"]
    return subprocess.run(command, input=pdf, capture_output=True, check=True).stdout


@pytest.mark.parametrize("content", [sample_copy(), sample_second_letter(SecondKind.SETTLED), sample_office_letter()])
def test_the_same_content_gives_the_same_bytes(content: LetterContent) -> None:
    first = render(content)
    render(with_name("Noen Andre"))
    assert render(content) == first


@pytest.mark.parametrize(
    "name",
    [
        "#let x = 1",
        "$ a^2 $",
        "] #panic()",
        "*sterk* _skrå_",
        "\\ \\u{41}",
        "{landlord} {0}",
        "**fet**",
        "@ref <label>",
        '"sitat" // nei',
        "= Tittel",
        "~ -- ...",
    ],
)
def test_no_value_becomes_markup(name: str) -> None:
    rendered = render(replace(with_name(name), landlord=Party(name), dwelling=name, reference=name))
    assert not rendered.replaced
    assert plain(pdftotext(rendered.pdf)).count(plain(name)) >= 5


@pytest.mark.parametrize(
    "name", ["Máret Áŋŋel Čáhččeš Ŧuđi", "Łucja Żółć", "Nguyễn Thị Ánh", "Юлія Їжак", "Şerife Öğüt", "Þór Ærö"]
)
def test_names_of_many_languages_stay_as_they_are(name: str) -> None:
    rendered = render(with_name(name))
    assert not rendered.replaced
    assert name in plain(pdftotext(rendered.pdf))


def test_an_arabic_name_is_shown() -> None:
    assert not render(with_name("محمد علي")).replaced


@pytest.mark.parametrize("odd", ["张伟", "🙂", "👨‍👩‍👧", "🇳🇴", "\ue000", "a\u20dd", "ก็"])
def test_what_the_fonts_lack_is_replaced_and_told(odd: str) -> None:
    rendered = render(with_name(f"Kari {odd}"))
    assert rendered.replaced
    text = plain(pdftotext(rendered.pdf))
    assert "Kari" in text
    assert REPLACEMENT in text


@settings(max_examples=60, deadline=None)
@given(name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_no_character_fails_a_letter(name: str) -> None:
    rendered = render(with_name(name))
    assert rendered.pdf.startswith(b"%PDF-")


WIDE = "W" * 64


@pytest.mark.parametrize(
    "changes",
    [
        *({"debt": replace(DEBT, claims=(replace(DEBT.claims[0], reference="W" * many),))} for many in (9, 13, 24, 64)),
        *({"reference": "W" * many} for many in (13, 23, 64)),
        {"landlord": Party(WIDE, address=(WIDE, WIDE), email=f"{WIDE}@post.example")},
        {"dwelling": WIDE},
        {
            "landlord": Party("Ola\u00a0" * 50),
            "recipient": Recipient("WWWW\u00a0" * 40, ("WWW\u00a0" * 25, "0557 Oslo")),
        },
    ],
)
def test_no_word_is_printed_over_another(changes: dict[str, Any]) -> None:
    """Of a landlord's words the widest."""
    pdf = render(replace(sample_copy(), **changes)).pdf
    for page in range(1, 4):
        words = WORD.findall(pdftotext(pdf, "-bbox", "-f", str(page), "-l", str(page)))
        boxes = [(*(float(corner) for corner in corners), word) for *corners, word in words]
        over = [
            (word, other)
            for (left, top, right, bottom, word), (left2, top2, right2, bottom2, other) in combinations(boxes, 2)
            if min(right, right2) - max(left, left2) > 1 and min(bottom, bottom2) - max(top, top2) > 5
        ]
        assert over == []


def test_a_word_without_end_stays_on_the_page() -> None:
    endless = "x" * 200
    letter = replace(sample_copy(), recipient=Recipient(endless, ("Gate 1", "0557 Oslo")), landlord=Party(endless))
    assert pages_of(letter) == 3
    box = pdftotext(render(letter).pdf, "-bbox")
    assert max(float(edge) for edge in re.findall(r'xMax="([\d.]+)"', box)) < 595


@pytest.mark.parametrize("many", [12, 24, 32, 33, 64])
def test_no_line_of_a_reference_is_cut_off(many: int) -> None:
    """The head of the letter ends 82 mm from the top, and what does not fit is cut off."""
    host = "husleievarsel.digitaliseringsdirektoratet.kommune.example"
    access = replace(sample_copy().access, page_address=f"{host}/t", page=f"https://{host}/t")
    pdf = render(replace(sample_copy(), reference="W" * many, access=access)).pdf
    boxes = WORD.findall(pdftotext(pdf, "-bbox", "-l", "1"))
    rows = [(float(bottom) / 72 * 25.4, word) for *_, bottom, word in boxes if set(word) == {"W"}]
    assert sum(len(word) for _, word in rows) == many
    assert max(bottom for bottom, _ in rows) < 82


def test_nothing_is_put_into_what_is_copied_clicked_or_dialled() -> None:
    """A zero-width space in an address makes another address of it."""
    host = "varsling.en-ganske-lang-vert-i-en-kommune.example"
    email = f"utleie@{'a' * 40}.example"
    access = Access("ABCDEFGHJKLMNPQR", f"https://{host}/t/ABCDEFGHJKLMNPQR", f"{host}/t", f"https://{host}/t")
    pdf = render(replace(sample_copy(), access=access, landlord=Party("Tigerboliger AS", email=email))).pdf
    text = pdftotext(pdf)
    assert not set(text) & {"\u200b", "\u200c", "\u2060", "\ufeff", "\u00ad"}
    unbroken = re.sub(r"\s", "", text)
    assert email in unbroken
    assert f"{host}/t" in unbroken
    assert links_of(pdf) == {f"https://{host}/t/ABCDEFGHJKLMNPQR"}


def test_a_process_that_renders_nothing_loads_no_typst() -> None:
    code = "import sys, varsling.letters.render; print('typst' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_rare_characters_cost_a_letter_a_bounded_number_of_looks() -> None:
    """Each look at the fonts is a millisecond: a landlord's system could send thousands in names and addresses."""
    rare = "".join(map(chr, range(0x4E00, 0x4E00 + 3200)))
    looks = 0

    def count(_frame: object, event: str, called: object) -> None:
        nonlocal looks
        looks += event == "c_call" and getattr(called, "__name__", "") == "compile" and not isinstance(called, type)

    sys.setprofile(count)
    try:
        letter = render(replace(sample_copy(Language.NB), dwelling=rare))
    finally:
        sys.setprofile(None)
    assert letter.replaced
    assert looks < 400
    assert REPLACEMENT in plain(pdftotext(letter.pdf))
