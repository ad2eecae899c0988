"""`letters preview` shows every letter and page to the person who must judge them, and the pages are valid HTML."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from tests.commands.test_operating import done
from varsling.domain.notice import GroundCode
from varsling.domain.tenant import PageState
from varsling.letters.content import Language

# Valid HTML of today that tidy does not know yet.
KNOWN = re.compile(r'Warning: <(a|input)> proprietary attribute "(aria-current|autocapitalize)"')


@pytest.fixture
def folder(run: Run, tmp_path: Path) -> Path:
    written = tmp_path / "preview"
    told = done(run("letters", "preview", str(written)))
    files = [*written.glob("*.pdf"), *written.glob("*.html")]
    assert told == f"{len(files)} letters and pages lie in {written}.\n"
    return written


def test_all_letters_and_pages_in_all_languages(folder: Path) -> None:
    names = {file.stem for file in folder.iterdir()}
    for language in Language:
        assert {f"copy-{ground}-{language}" for ground in GroundCode} <= names
        assert {f"page-sent-{ground}-{language}" for ground in GroundCode} <= names
        assert all(any(name.startswith(f"page-{state}-") for name in names) for state in PageState)
        assert {f"office-{language}", f"landlord-{language}", f"page-door-{language}"} <= names
    assert all(file.read_bytes().startswith(b"%PDF-") for file in folder.glob("*.pdf"))
    assert '<html lang="se">' in (folder / "page-code-se.html").read_text()


def test_every_page_is_valid_html(folder: Path) -> None:
    pages = sorted(folder.glob("*.html"))
    checked = subprocess.run(
        ["tidy", "-quiet", "-errors", "-utf8", *map(str, pages)], capture_output=True, text=True, check=False
    )
    found = [line for line in checked.stderr.splitlines() if line.strip()]
    assert found  # pages were found and checked
    assert [line for line in found if not KNOWN.search(line)] == []
