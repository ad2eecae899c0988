"""`channels check` proves each configured channel, and sends nothing."""

import mailbox
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from tests.commands.conftest import Run
from tests.maskinporten.issuer import CLIENT_ID, issuer
from varsling.maskinporten.service import SigningKeys
from varsling.simulators.altinn import AltinnSimulator
from varsling.simulators.maskinporten import MaskinportenSimulator
from varsling.simulators.serving import served
from varsling.simulators.smtp import SmtpSimulator
from varsling.simulators.svarut import SvarUtSimulator

ACCOUNT = UUID("0193b6f1-7e1b-4a55-8f1d-5c0a6a1f00aa")


class Outside:
    """The systems outside, and the settings of a service that uses them all."""

    def __init__(
        self, maskinporten: MaskinportenSimulator, altinn: AltinnSimulator, svarut: SvarUtSimulator, mail: SmtpSimulator
    ) -> None:
        self.maskinporten, self.altinn, self.svarut, self.mail = maskinporten, altinn, svarut, mail

    def settings(self, folder: Path) -> dict[str, str]:
        given = {
            "COPY_CHANNELS": "altinn,svarut,smtp,print",
            "OFFICE_CHANNELS": "folder",
            "ALTINN_URL": self.altinn.origin,
            "ALTINN_RESOURCE_ID": "varsling-kopi",
            "SVARUT_URL": f"{self.svarut.origin}/api",
            "SVARUT_ACCOUNT": str(ACCOUNT),
            "SVARUT_INTEGRATION_ID": "integration",
            "SVARUT_INTEGRATION_PASSWORD_FILE": str(folder / "password"),
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(self.mail.port),
            "SMTP_TLS": "none",
            "SMTP_SENDER": "brev@brev.example",
            "SMTP_BOUNCES": str(folder / "bounces"),
            "PRINT_FOLDER": str(folder / "print"),
            "MASKINPORTEN_ISSUER": self.maskinporten.issuer,
            "MASKINPORTEN_CLIENT_ID": CLIENT_ID,
            "MASKINPORTEN_KEY_FILE": str(folder / "maskinporten.json"),
        }
        return {f"VARSLING_{name}": value for name, value in given.items()}


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    (tmp_path / "password").write_text("a password\n")
    mailbox.Maildir(tmp_path / "bounces")
    for part in ("print/letters", "print/receipts", "letters"):
        (tmp_path / part).mkdir(parents=True, exist_ok=True)
    mail = SmtpSimulator()
    with issuer(tmp_path) as (maskinporten, _), mail.served():
        altinn = AltinnSimulator(maskinporten.issuer, "varsling-kopi")
        svarut = SvarUtSimulator(maskinporten.issuer, ACCOUNT, ("integration", "a password"))
        with served(altinn), served(svarut):
            yield Outside(maskinporten, altinn, svarut, mail)


def told(run: Run, settings: dict[str, str]) -> tuple[int, dict[str, str]]:
    done = run("channels", "check", **settings)
    pairs = (line.partition(": ") for line in done.stdout.splitlines())
    return done.returncode, {name: said for name, _, said in pairs}


def test_what_works_is_ready_and_nothing_is_sent(run: Run, outside: Outside, tmp_path: Path) -> None:
    assert told(run, outside.settings(tmp_path)) == (
        0,
        dict.fromkeys(("altinn", "svarut", "smtp", "print", "folder"), "ready"),
    )
    assert (outside.altinn.messages, outside.svarut.letters, outside.mail.taken) == ({}, {}, [])


def test_what_does_not_work_says_what_to_do(run: Run, outside: Outside, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("another")
    (tmp_path / "print" / "receipts").rmdir()
    settings = outside.settings(tmp_path) | {"VARSLING_ALTINN_RESOURCE_ID": "somebody-s", "VARSLING_SMTP_PORT": "9"}
    status, said = told(run, settings)
    assert status == 1
    assert said["folder"] == "ready"
    assert "401" in said["svarut"]
    assert "Altinn answers 400" in said["altinn"]
    assert "VARSLING_SMTP_HOST" in said["smtp"]
    assert "receipts is missing" in said["print"]


def test_a_token_that_is_not_given_tells_maskinportens_reason(run: Run, outside: Outside, tmp_path: Path) -> None:
    keys = SigningKeys(tmp_path / "maskinporten.json")
    keys.use(str(keys.add()["kid"]))  # and not registered
    _, said = told(run, outside.settings(tmp_path))
    for name in ("altinn", "svarut"):
        assert said[name].startswith("MP-100")
        assert "varsling keys maskinporten show" in said[name]


def test_a_channel_without_its_settings_is_refused_at_the_start(run: Run) -> None:
    refused = run("channels", "check", VARSLING_COPY_CHANNELS="altinn,smtp")
    assert refused.returncode == 1
    for name in ("ALTINN_URL", "ALTINN_RESOURCE_ID", "MASKINPORTEN_ISSUER", "SMTP_HOST", "SMTP_SENDER"):
        assert f"VARSLING_{name}" in refused.stderr
