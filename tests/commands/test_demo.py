"""The demonstration of `make run`, on a fresh machine and again: samples end as announced, letters come once."""

import re
from pathlib import Path

import pikepdf
import pytest

from tests.commands.conftest import Run

pytestmark = pytest.mark.slow

STATUS = re.compile(r"^ +(DEMO-\d)\S* +(\S+)", re.MULTILINE)


@pytest.mark.parametrize("sqlite_url", ["sqlite:///var/varsling.db"])
def test_the_demonstration_is_told_twice_and_is_the_same(run: Run, tmp_path: Path) -> None:
    environment = {"VARSLING_ENVIRONMENT": "local", "VARSLING_COPY_FOLDER": str(tmp_path / "letters")}
    first, again = (run("demo", "--once", **environment) for _ in range(2))
    for told in (first, again):
        assert told.returncode == 0, told.stderr
        assert re.search(r"409  .* refused  tenant-reserved", told.stdout)
        assert re.search(r"422  .* refused  petition-too-early", told.stdout)
        assert re.search(r"422  .* refused  notice-refused", told.stdout)
        ends = dict(STATUS.findall(told.stdout))
        assert ends == {
            "DEMO-1": "received",
            "DEMO-2": "received",
            "DEMO-3": "received",
            "DEMO-6": "accepted",
            "DEMO-7": "sent",
        }
        assert told.stdout.count("notice.sent") == 3
        assert "export LANDLORD=" in told.stdout
        assert re.search(r"01\.01\.1990\):\n  http://127\.0\.0\.1:\d+/t/[A-Z2-9]{16}\n", told.stdout)
        assert told.stdout.count("  curl ") >= 3
    letters = sorted((tmp_path / "letters").glob("*.pdf"))
    assert len(letters) == 6  # five copies, one letter to an office; starting again adds none
    for letter in letters:
        with pikepdf.open(letter) as pdf:
            assert 1 <= len(pdf.pages) <= 3


@pytest.mark.parametrize("sqlite_url", ["sqlite:///var/varsling.db"])
def test_letters_go_each_way(run: Run) -> None:
    """By day: e-mails wait at night, and paper goes out then."""
    told = run("demo", "--once", "--every-way", VARSLING_ENVIRONMENT="local").stdout
    found = re.search(r"Altinn put (\d) .*e-mail announced (\d).*house posted (\d).*SvarUt took (\d)", told, re.DOTALL)
    assert found is not None, told
    altinn, mails, printed, to_offices = map(int, found.groups())
    assert (altinn, mails + printed, to_offices) == (3, 2, 1)
    assert printed >= 1
