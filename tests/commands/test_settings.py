"""Settings that cannot be meant are refused, each with one line that says what is right, and no traceback."""

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from tests.commands.test_operating import refused
from varsling.commands.failures import what_to_do

FILES = {
    "broken.toml": b"public_url = ",
    "unknown.toml": b'publik_url = "https://varsling.example"\n',
    "binary.toml": b"\xff\xfe",
    "wrong.toml": b'environment = "prod"\n',
}


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"CONFIG": "missing.toml"}, ["VARSLING_CONFIG: there is no file missing.toml."]),
        ({"CONFIG": "folder"}, ["VARSLING_CONFIG: folder is a folder: name the TOML file in it."]),
        ({"CONFIG": "broken.toml"}, ["VARSLING_CONFIG: broken.toml is no TOML, see end of document. A line is: "]),
        ({"CONFIG": "binary.toml"}, ["VARSLING_CONFIG: binary.toml is not UTF-8 text."]),
        ({"CONFIG": "unknown.toml"}, ["publik_url in unknown.toml is no setting: did you mean public_url?"]),
        ({"COPY_FOLDR": "x"}, ["VARSLING_COPY_FOLDR is no setting: did you mean VARSLING_COPY_FOLDER?"]),
        ({"WEATHER": "x"}, ["VARSLING_WEATHER is no setting: the README lists them."]),
        (
            {"PDL_URL": "https://pdl.example"},
            ["Set VARSLING_PDL_TOKEN_FILE and VARSLING_PDL_BEHANDLINGSNUMMER: PDL is asked with"],
        ),
        ({"PDL_TOKEN_FILE": "token"}, ["Set VARSLING_PDL_URL and VARSLING_PDL_BEHANDLINGSNUMMER: "]),
        ({"COPY_FOLDER": "nowhere"}, ["VARSLING_COPY_FOLDER: there is no folder nowhere: make it, or mount "]),
        ({"ISSUERS": "https://maskinporten.no/"}, ['VARSLING_ISSUERS: give JSON of this form, `audience` beside them']),
        ({"ISSUERS": '[{"issuer": "x"}]'}, ['tokens have one: [{"issuer": "https://maskinporten.no/", "jwks_url": ']),
        (
            {"CALLS_PER_MINUTE": "many", "ENVIRONMENT": "prod"},
            ["VARSLING_ENVIRONMENT: input should be 'local', 'test' or 'production'.", "VARSLING_CALLS_PER_MINUTE: "],
        ),
        ({"DATABASE_URL": "mysql://host/name"}, ["Set VARSLING_DATABASE_URL to sqlite:///<file> or postgresql://"]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)  # fmt: skip
def test_a_setting_that_cannot_be_meant_is_one_line(
    run: Run, tmp_path: Path, environment: dict[str, str], says: list[str]
) -> None:
    (tmp_path / "folder").mkdir()
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    told = refused(run("migrate", **{f"VARSLING_{name}": value for name, value in environment.items()}))
    assert [one for one in says if one not in told] == []
    assert len(told.splitlines()) == len(says)


def test_production_sends_nothing_in_the_clear_and_loses_no_bounce(run: Run) -> None:
    told = refused(
        run(
            "serve",
            VARSLING_ENVIRONMENT="production",
            VARSLING_COPY_CHANNELS="altinn,smtp,print,folder",
            VARSLING_OFFICE_CHANNELS="svarut",
            VARSLING_COPY_FOLDER=None,
            VARSLING_ALTINN_URL="http://altinn.example",
            VARSLING_SVARUT_URL="http://svarut.example",
            VARSLING_MASKINPORTEN_ISSUER="http://maskinporten.example/",
            VARSLING_IDPORTEN_ISSUER="http://idporten.example",
            VARSLING_ISSUERS='[{"issuer": "https://i.example/", "jwks_url": "http://i.example/jwk"}]',
            VARSLING_SMTP_HOST="mail.example",
            VARSLING_SMTP_TLS="none",
            VARSLING_PRINT_FOLDER="print",
            VARSLING_PRINT_SFTP="sftp://house@print.example/in",
        )
    )
    for says in (
        "VARSLING_ALTINN_URL to an https address",
        "VARSLING_SVARUT_URL to an https address",
        "VARSLING_MASKINPORTEN_ISSUER to an https address",
        "VARSLING_IDPORTEN_ISSUER to an https address",
        "VARSLING_ISSUERS with https jwks_url addresses only",
        "VARSLING_SMTP_TLS to starttls or implicit",
        "VARSLING_SMTP_BOUNCES: a copy that bounces",
        "VARSLING_COPY_FOLDER: the folder that the printer",
        "one of VARSLING_PRINT_FOLDER and VARSLING_PRINT_SFTP",
    ):
        assert says in told


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("worker",), ("demo",), ("keys", "new")], ids=" ".join)
def test_every_command_refuses_it_alike(run: Run, command: tuple[str, ...]) -> None:
    assert "did you mean VARSLING_COPY_FOLDER?" in refused(run(*command, VARSLING_COPY_FOLDR="x"))


def test_the_form_that_is_told_is_taken(run: Run, tmp_path: Path) -> None:
    told = refused(run("migrate", VARSLING_ISSUERS="x")).rpartition("one: ")[2]
    (tmp_path / "right.toml").write_text('public_url = "https://varsling.example"\n')
    given = {"VARSLING_ISSUERS": json.dumps(json.loads(told)), "VARSLING_CONFIG": "right.toml"}
    assert run("migrate", **given).returncode == 0


@pytest.mark.parametrize("command", [("migrate",), ("serve", "--port", "0"), ("worker",), ("demo", "--once")])
@pytest.mark.parametrize("way", ["a file", "a folder", "no database"])
def test_something_in_the_databases_way_is_one_line(
    run: Run, tmp_path: Path, command: tuple[str, ...], way: str
) -> None:
    (tmp_path / "file").write_text("Not a database.\n" * 1000)
    (tmp_path / "folder").mkdir()
    database = {"a file": "file/varsling.db", "a folder": "folder", "no database": "file"}[way]
    told = refused(
        run(
            *command,
            VARSLING_ENVIRONMENT="local",
            VARSLING_DATABASE_URL=f"sqlite:///{tmp_path / database}",
            VARSLING_KEY_FILE=None,
        )
    )
    assert len(told.splitlines()) == 1
    assert "fault in varsling" not in told


def test_a_fault_of_our_own_is_one_line_without_the_words_of_the_error() -> None:
    def fail() -> None:
        raise KeyError("Kari Testperson")

    try:
        fail()
    except KeyError as error:
        said = what_to_do(error)
    assert said.startswith("This is a fault in varsling (KeyError at test_settings.py:")
    assert "Kari" not in said
    assert len(said.splitlines()) == 1
