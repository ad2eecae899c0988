"""`simulate`: an outside system on loopback, to rehearse a configuration against. It tells what arrives."""

import threading
from collections.abc import Callable, Mapping
from uuid import UUID

import click
from joserfc.jwk import RSAKey

from varsling.maskinporten.service import SigningKeys
from varsling.settings import Settings, SettingsRefused, load_settings
from varsling.simulators.altinn import AltinnSimulator
from varsling.simulators.idporten import IdPortenSimulator
from varsling.simulators.maskinporten import Client, MaskinportenSimulator
from varsling.simulators.print_house import PrintHouse
from varsling.simulators.serving import Simulator, serve
from varsling.simulators.smtp import SmtpSimulator
from varsling.simulators.svarut import SvarUtSimulator

# Tenor's, for the client itself.
_ORGANISATION = "311758489"
_SCOPES = frozenset({"altinn:correspondence.write", "altinn:serviceowner", "ks:fiks"})


def _maskinporten(settings: Settings) -> MaskinportenSimulator:
    client = Client(_ORGANISATION, _registered(settings), _SCOPES, _SCOPES)
    return MaskinportenSimulator({settings.maskinporten_client_id: client})


def _altinn(settings: Settings) -> AltinnSimulator:
    return AltinnSimulator(settings.maskinporten_issuer, settings.altinn_resource_id)


def _svarut(settings: Settings) -> SvarUtSimulator:
    try:
        account = UUID(settings.svarut_account)
    except ValueError:
        raise SettingsRefused("Set VARSLING_SVARUT_ACCOUNT to the id of an account, a UUID.") from None
    integration = (settings.svarut_integration_id, settings.svarut_integration_password)
    return SvarUtSimulator(settings.maskinporten_issuer, account, integration)


def _idporten(settings: Settings) -> IdPortenSimulator:
    pages = f"{settings.public_url}/t"
    return IdPortenSimulator(
        settings.idporten_client_id, _registered(settings), f"{pages}/login", f"{pages}/logged-out"
    )


def _registered(settings: Settings) -> dict[str, RSAKey]:
    """Give the keys that are registered at Digdir."""
    keys = SigningKeys(settings.maskinporten_keys).public()["keys"]
    return {key["kid"]: RSAKey.import_key(key) for key in keys}


_OVER_HTTP: Mapping[str, tuple[Callable[[Settings], Simulator], int]] = {
    "maskinporten": (_maskinporten, 18081),
    "altinn": (_altinn, 18082),
    "svarut": (_svarut, 18083),
    "idporten": (_idporten, 18084),
}
_SMTP_PORT = 18025


@click.command()
@click.argument("name", type=click.Choice([*_OVER_HTTP, "smtp", "print"]))
@click.option("--port", type=click.IntRange(1, 65535), help="The port on loopback; each system has its own default.")
def simulate(name: str, port: int | None) -> None:
    """Play the outside system NAME until stopped, with the settings of this installation.

    It refuses what the real one refuses. Faults for the next calls: POST a list such as ["drop", "busy"] to
    /_simulator/faults.
    """
    settings = load_settings()
    if settings.production:
        raise SettingsRefused("Production does not play the systems that it depends on.")
    if name == "print":
        _play_house(settings)
    elif name == "smtp":
        _play_mail(settings, port or _SMTP_PORT)
    else:
        make, usual = _OVER_HTTP[name]
        simulator = make(settings)
        click.echo(f"{name} at http://127.0.0.1:{port or usual}")
        serve(simulator, port or usual, told=click.echo)


def _play_mail(settings: Settings, port: int) -> None:
    simulator = SmtpSimulator(user=settings.smtp_user, password=settings.smtp_password, told=click.echo)
    with simulator.served(port):
        click.echo(f"smtp at 127.0.0.1:{port}, without TLS: VARSLING_SMTP_TLS=none")
        threading.Event().wait()


def _play_house(settings: Settings) -> None:
    house = PrintHouse(settings.print_folder or settings.state_folder / "print")
    house.open()
    click.echo(f"print house at {house.folder}")
    while not threading.Event().wait(0.5):
        for letter in house.work():
            click.echo(f"printed and posted {letter}")
