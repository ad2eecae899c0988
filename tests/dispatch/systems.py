"""Outside systems on loopback, each with the settings of a service that sends letters through it first."""

import mailbox
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.maskinporten.issuer import CLIENT_ID, issuer
from varsling.simulators.altinn import AltinnSimulator
from varsling.simulators.serving import served
from varsling.simulators.smtp import SmtpSimulator

RESOURCE = "varsling-kopi"


@contextmanager
def altinn_with_settings(folder: Path) -> Iterator[tuple[AltinnSimulator, dict[str, Any]]]:
    with issuer(folder) as (maskinporten, _):
        simulator = AltinnSimulator(maskinporten.issuer, RESOURCE)
        with served(simulator):
            yield (
                simulator,
                {
                    "copy_channels": ["altinn", "folder"],
                    "altinn_url": simulator.origin,
                    "altinn_resource_id": RESOURCE,
                    "maskinporten_issuer": maskinporten.issuer,
                    "maskinporten_client_id": CLIENT_ID,
                    "maskinporten_key_file": folder / "maskinporten.json",
                },
            )


def settings_for_mail(server: SmtpSimulator, folder: Path) -> dict[str, Any]:
    mailbox.Maildir(folder / "bounces")
    return {
        "copy_channels": ["smtp", "folder"],
        "smtp_host": "127.0.0.1",
        "smtp_port": server.port,
        "smtp_tls": "none",
        "smtp_sender": "brev@brev.example",
        "smtp_bounces": folder / "bounces",
    }
