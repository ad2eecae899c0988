"""`keys maskinporten`: key pairs are made, shown, and changed without a call left without one."""

import json
import stat
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from varsling.maskinporten.service import SigningKeys

_OF_A_PRIVATE_KEY = {"d", "p", "q", "dp", "dq", "qi"}


def test_a_key_is_rotated_without_a_gap(run: Run, tmp_path: Path) -> None:
    keys = ("keys", "maskinporten")
    (first,) = json.loads(run(*keys, "new").stdout)["keys"]
    (second,) = json.loads(run(*keys, "new").stdout)["keys"]
    file = tmp_path / "maskinporten.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    shown = json.loads(run(*keys, "show").stdout)["keys"]
    assert shown == [first, second]
    assert all(not _OF_A_PRIVATE_KEY & key.keys() for key in shown)
    assert all((key["kty"], key["use"], key["alg"]) == ("RSA", "sig", "RS256") for key in shown)
    assert SigningKeys(file).current().key_id == first["kid"]  # until the second is registered
    assert "is in use" in run(*keys, "use", second["kid"]).stdout
    assert SigningKeys(file).current().key_id == second["kid"]
    assert json.loads(run(*keys, "show").stdout)["keys"] == [second]


def test_an_unknown_key_is_not_put_to_use(run: Run) -> None:
    run("keys", "maskinporten", "new")
    before = run("keys", "maskinporten", "show").stdout
    refused = run("keys", "maskinporten", "use", "nobody-s")
    assert refused.returncode == 1
    assert "`varsling keys maskinporten show`" in refused.stderr
    assert run("keys", "maskinporten", "show").stdout == before


@pytest.mark.parametrize(("content", "told"), [(None, "keys maskinporten new"), ("{}", "damaged"), ("", "damaged")])
def test_a_file_that_is_missing_or_damaged_is_told_in_one_line(
    run: Run, tmp_path: Path, content: str | None, told: str
) -> None:
    if content is not None:
        (tmp_path / "maskinporten.json").write_text(content)
    refused = run("keys", "maskinporten", "show")
    assert refused.returncode == 1
    assert told in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
