"""The key file is made once, is readable by its owner alone, and is never made silently in production."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from varsling.domain.policies import Environment
from varsling.privacy.cipher import Undecipherable
from varsling.privacy.keys import KeysRefused, make_key_file, open_keyring
from varsling.settings import Settings

OPEN = """
import sys
from pathlib import Path
from varsling.privacy.keys import open_keyring
from varsling.settings import Settings
print("ready", flush=True)
sys.stdin.readline()
print(open_keyring(Settings(key_file=Path(sys.argv[1]))).cursor_key.hex(), flush=True)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(key_file=tmp_path / "var" / "keys.json")


@pytest.fixture
def in_production(settings: Settings) -> Settings:
    return settings.model_copy(update={"environment": Environment.PRODUCTION})


def test_the_first_start_makes_the_file_and_the_next_reads_it(settings: Settings) -> None:
    first, second = open_keyring(settings), open_keyring(settings)
    assert stat.S_IMODE(settings.keys.stat().st_mode) == 0o600
    row = uuid4()
    assert second.cipher.decrypt("label", row, first.cipher.encrypt("label", row, b"text")) == b"text"
    assert first.index.of("label", "text") == second.index.of("label", "text")
    assert first.cursor_key == second.cursor_key
    assert first.issuer_key.as_dict() == second.issuer_key.as_dict()


def test_a_wide_open_umask_changes_nothing(settings: Settings) -> None:
    before = os.umask(0)
    try:
        open_keyring(settings)
    finally:
        os.umask(before)
    assert stat.S_IMODE(settings.keys.stat().st_mode) == 0o600


def test_every_installation_and_every_purpose_has_keys_of_its_own(settings: Settings, tmp_path: Path) -> None:
    open_keyring(settings)
    other = Settings(key_file=tmp_path / "other.json")
    open_keyring(other)
    files = [json.loads(path.read_text()) for path in (settings.keys, other.keys)]
    secrets = [
        secret for file in files for ring in ("encryption", "index", "cursor") for secret in file[ring]["keys"].values()
    ]
    assert len(set(secrets)) == len(secrets) == 6
    assert files[0]["issuer"]["d"] != files[1]["issuer"]["d"]
    assert files[0]["issuer"]["kid"] != files[1]["issuer"]["kid"]


def test_processes_that_start_together_share_one_file(settings: Settings) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, str(settings.keys)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = {process.communicate(timeout=60)[0].strip() for process in started}
    assert told == {open_keyring(settings).cursor_key.hex()}
    assert [path.name for path in settings.keys.parent.iterdir()] == ["keys.json"]


def test_a_file_that_is_there_is_never_overwritten(settings: Settings) -> None:
    make_key_file(settings.keys)
    before = settings.keys.read_bytes()
    with pytest.raises(FileExistsError):
        make_key_file(settings.keys)
    assert settings.keys.read_bytes() == before


def test_the_command_makes_the_file_once(settings: Settings) -> None:
    environment = os.environ | {"VARSLING_ENVIRONMENT": "production", "VARSLING_KEY_FILE": str(settings.keys)}
    command = [sys.executable, "-m", "varsling", "keys", "new"]
    first, second = (
        subprocess.run(command, env=environment, capture_output=True, text=True, check=False) for _ in range(2)
    )
    assert (first.returncode, second.returncode) == (0, 1)
    assert stat.S_IMODE(settings.keys.stat().st_mode) == 0o600
    assert second.stderr.count("\n") == 1
    open_keyring(settings.model_copy(update={"environment": Environment.PRODUCTION}))


def test_production_refuses_a_missing_file_and_makes_none(in_production: Settings) -> None:
    with pytest.raises(KeysRefused, match="varsling keys new"):
        open_keyring(in_production)
    assert not in_production.keys.exists()


def test_production_refuses_a_file_that_everybody_reads(in_production: Settings) -> None:
    make_key_file(in_production.keys)
    open_keyring(in_production)
    in_production.keys.chmod(0o640)  # the mode of a mounted secret
    open_keyring(in_production)
    in_production.keys.chmod(0o604)
    with pytest.raises(KeysRefused, match="0600"):
        open_keyring(in_production)


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: "",
        lambda file: "{",
        lambda file: json.dumps(file | {"encryption": None}),
        lambda file: json.dumps(file | {"cursor": {"current": "00000000", "keys": file["cursor"]["keys"]}}),
        lambda file: json.dumps(file | {"index": {"current": "00000000", "keys": {"00000000": "c2hvcnQ="}}}),
        lambda file: json.dumps(file | {"more": 1}),
        lambda file: json.dumps({name: file[name] for name in ("encryption", "index", "cursor")}),
    ],
    ids=["empty", "half", "no-ring", "no-current", "short-key", "unknown", "no-issuer"],
)
def test_a_damaged_file_is_refused_in_one_line_without_its_content(settings: Settings, damage: object) -> None:
    open_keyring(settings)
    file = json.loads(settings.keys.read_text())
    assert callable(damage)
    settings.keys.write_text(damage(file))
    with pytest.raises(KeysRefused) as caught:
        open_keyring(settings)
    (secret,) = file["cursor"]["keys"].values()
    assert "damaged" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert secret not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KeysRefused, match=r"keys\.json cannot be made"):
        open_keyring(Settings(key_file=tmp_path / "file" / "keys.json"))


def test_another_installations_keys_read_nothing(settings: Settings, tmp_path: Path) -> None:
    row = uuid4()
    blob = open_keyring(settings).cipher.encrypt("label", row, b"text")
    with pytest.raises(Undecipherable):
        open_keyring(Settings(key_file=tmp_path / "other.json")).cipher.decrypt("label", row, blob)


def test_a_keyring_shows_no_key(settings: Settings) -> None:
    keyring = open_keyring(settings)
    shown = repr(keyring) + str(keyring)
    file = json.loads(settings.keys.read_text())
    assert file["issuer"]["d"] not in shown
    assert keyring.cursor_key.hex() not in shown
    assert repr(keyring.cursor_key) not in shown
