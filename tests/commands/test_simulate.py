"""`simulate`: an operator rehearses a configuration against the outside systems, played on the same machine."""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests import processes
from tests.cluster import until
from tests.commands.conftest import Run
from tests.deliveries.parcels import parcel
from varsling.deliveries.channels.channel import Dispatched
from varsling.deliveries.channels.print_places import FolderPlace
from varsling.deliveries.channels.printing import PrintChannel, PrintOrder
from varsling.domain.policies import Envelope, PrintReceipt, PrintSides
from varsling.letters.render import render
from varsling.letters.samples import sample_copy

NAMES = ("maskinporten", "altinn", "svarut", "smtp", "idporten")


@pytest.fixture
def settings(run: Run, tmp_path: Path) -> dict[str, str]:
    """The settings of an installation whose outside systems are to be played."""
    with ExitStack() as stack:
        ports = {}
        for name in NAMES:
            taken = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            ports[name] = taken.getsockname()[1]
    run("keys", "maskinporten", "new")
    (tmp_path / "password").write_text("a password")
    given = {
        "COPY_CHANNELS": "altinn,svarut,smtp,print",
        "OFFICE_CHANNELS": "folder",
        "MASKINPORTEN_ISSUER": f"http://127.0.0.1:{ports['maskinporten']}/",
        "MASKINPORTEN_CLIENT_ID": "a-client",
        "ALTINN_URL": f"http://127.0.0.1:{ports['altinn']}",
        "ALTINN_RESOURCE_ID": "varsling-kopi",
        "SVARUT_URL": f"http://127.0.0.1:{ports['svarut']}/api",
        "SVARUT_ACCOUNT": "0193b6f1-7e1b-4a55-8f1d-5c0a6a1f00aa",
        "SVARUT_INTEGRATION_ID": "integration",
        "SVARUT_INTEGRATION_PASSWORD_FILE": str(tmp_path / "password"),
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(ports["smtp"]),
        "SMTP_TLS": "none",
        "SMTP_SENDER": "brev@brev.example",
        "PRINT_FOLDER": str(tmp_path / "print"),
        "IDPORTEN_ISSUER": f"http://127.0.0.1:{ports['idporten']}",
        "IDPORTEN_CLIENT_ID": "a-client",
        "ENVIRONMENT": "test",
        "DATABASE_URL": f"sqlite:///{tmp_path}/varsling.db",
        "COPY_FOLDER": str(tmp_path / "letters"),
    }
    (tmp_path / "letters").mkdir(exist_ok=True)
    return {f"VARSLING_{name}": value for name, value in given.items()}


@pytest.fixture
def played(settings: dict[str, str], tmp_path: Path) -> Iterator[dict[str, str]]:
    def port_of(name: str) -> str:
        place = "URL" if name in ("altinn", "svarut") else "ISSUER"
        url = settings.get(f"VARSLING_{name.upper()}_{place}")
        return str(httpx.URL(url).port) if url else settings["VARSLING_SMTP_PORT"]

    running = []
    for name in (*NAMES, "print"):
        port = [] if name == "print" else ["--port", port_of(name)]
        out = tmp_path / f"{name}.out"
        running.append(processes.start(["simulate", name, *port], {**os.environ, **settings}, out, out, tmp_path))
    yield settings
    for process in running:
        process.kill()
        process.join()


def test_every_channel_is_ready_against_the_systems_that_are_played(
    run: Run, played: dict[str, str], tmp_path: Path
) -> None:
    def told() -> str:
        return run("channels", "check", **played).stdout

    ready = "".join(f"{name}: ready\n" for name in ("altinn", "folder", "print", "smtp", "svarut", "idporten"))
    until(lambda: told() == ready, "every channel to be ready")
    letter = parcel(pdf=render(sample_copy()).pdf)
    order = PrintOrder(PrintReceipt.POSTED, PrintSides.DUPLEX, Envelope.C5)
    house = PrintChannel(FolderPlace(tmp_path / "print"), order)
    house.send(letter)
    until(lambda: house.look_up(letter.delivery_id, timedelta()) == Dispatched(), "it to be posted")
    faults = f"{played['VARSLING_ALTINN_URL']}/_simulator/faults"
    assert httpx.post(faults, json=["busy"], trust_env=False).json() == {"waiting": ["busy"]}
    assert "POST /token" in (tmp_path / "maskinporten.out").read_text()


def test_production_plays_nothing(run: Run, settings: dict[str, str]) -> None:
    refused = run("simulate", "altinn", **settings | {"VARSLING_ENVIRONMENT": "production"})
    assert refused.returncode == 1
    assert "Production" in refused.stderr
