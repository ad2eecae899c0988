"""Page 1 of a copy stands alone: one request in bold, few words, and a way to the page that works."""

import re
from dataclasses import replace
from datetime import date

import pytest
import segno

from tests.letters.reading import text_of
from varsling.domain.notice import GroundCode
from varsling.letters.content import CopyNews, Language, TenantCopy
from varsling.letters.samples import sample_copy, sample_of_petition
from varsling.letters.tenant_copy import compose
from varsling.letters.texts import texts

MOST_WORDS = 160


def copies(language: Language, ground: GroundCode) -> list[TenantCopy]:
    """Every kind of copy: a first one, updates, one of a lodged petition, one that is held."""
    plain = sample_copy(language, ground)
    return [
        plain,
        replace(plain, news=CopyNews.UPDATED),
        replace(plain, news=CopyNews.RESUMED),
        replace(plain, news=CopyNews.UPDATED, rendered_on=date(2027, 2, 1)),  # the recommended date has passed
        *(sample_of_petition(language, ground, lodged=lodged) for lodged in (True, False)),
    ]


def words_before_the_claims(copy: TenantCopy) -> int:
    """Count all words on page 1, sender and address included, up to the claims or else to the box of languages."""
    first = text_of(copy, "-l", "1")
    headings = [texts(copy.language).line(f"copy.owed.{name}") for name in ("heading", "heading_other")]
    ends = [first.find(end) for end in (*headings, "English:")]
    return len(first[: min(end for end in ends if end >= 0)].split())


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("ground", GroundCode)
def test_it_has_few_words_before_the_claims(language: Language, ground: GroundCode) -> None:
    counted = [words_before_the_claims(copy) for copy in copies(language, ground)]
    assert max(counted) <= MOST_WORDS, counted
    assert min(counted) > 60


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("ground", GroundCode)
def test_one_request_alone_is_bold(language: Language, ground: GroundCode) -> None:
    for copy in copies(language, ground):
        blocks = compose(copy).blocks
        first = blocks[: next(place for place, block in enumerate(blocks) if block["type"] == "page")]
        texts_of = [runs for block in first if isinstance(runs := block.get("runs"), list)]
        bold = [words for runs in texts_of for is_bold, words in runs if is_bold]
        assert len(bold) == 1
        assert re.sub(r"\s", " ", bold[0]).endswith("55 55 33 33")


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("ground", GroundCode)
def test_no_date_is_recommended_once_a_petition_is_lodged(language: Language, ground: GroundCode) -> None:
    lodged = text_of(sample_of_petition(language, ground, lodged=True))
    recommended = texts(language).formats.day(sample_copy(language).rendered_on.replace(month=12, day=8))
    assert recommended.replace("\N{NO-BREAK SPACE}", " ") not in lodged


def test_the_picture_leads_to_the_page_and_tells_no_code() -> None:
    copy = sample_copy()
    picture = compose(copy).qr
    other = replace(copy.access, code="SSSSTTTTUUUUVVVV", link="https://varsel.example/t/SSSSTTTTUUUUVVVV")
    assert picture == compose(replace(copy, access=other)).qr
    assert picture != compose(replace(copy, access=replace(copy.access, page="https://another.example/t"))).qr
    assert segno.make("https://varsel.example/t", error="m", micro=False).svg_inline(border=2, omitsize=True) == picture
