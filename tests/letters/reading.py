"""Reads letters in tests; the texts about invented people are in `varsling.letters.samples`."""

import io
import re
import subprocess
from dataclasses import replace
from functools import lru_cache

import pikepdf

from varsling.letters.content import Language, LetterContent, Recipient, TenantCopy
from varsling.letters.render import render
from varsling.letters.samples import RECIPIENT, sample_copy


def pdftotext(pdf: bytes, *options: str) -> str:
    command = ["pdftotext", "-layout", *options, "-", "-"]
    return subprocess.run(command, input=pdf, capture_output=True, check=True).stdout.decode()


def plain(text: str) -> str:
    """Join every run of white space into one space: line breaks are the letter's own affair."""
    return re.sub(r"\s+", " ", text)


@lru_cache(500)
def _pdf_of(content: LetterContent) -> bytes:
    """Render a letter once, however many tests read it."""
    return render(content).pdf


@lru_cache(500)
def text_of(content: LetterContent, *options: str) -> str:
    return plain(pdftotext(_pdf_of(content), *options))


@lru_cache(500)
def pages_of(content: LetterContent) -> int:
    with pikepdf.open(io.BytesIO(_pdf_of(content))) as pdf:
        return len(pdf.pages)


def links_of(pdf: bytes) -> set[str]:
    """The addresses that a reader of the PDF can click."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        notes = [note for page in opened.pages for note in page.get("/Annots", [])]
        return {str(note.A.URI) for note in notes if "/A" in note and "/URI" in note.A}


def with_name(name: str, language: Language = Language.NB) -> TenantCopy:
    return replace(sample_copy(language), recipient=Recipient(name, RECIPIENT.lines))
