"""`channels`: the ways by which letters leave, tried without a letter."""

import asyncio
import sys

import click

from varsling.app.logging import configure_logging
from varsling.deliveries.service import AltinnChannel, ChannelRefuses, open_chains
from varsling.idporten.service import IdPorten, LoginRefused
from varsling.settings import SettingsRefused, load_settings


@click.group()
def channels() -> None:
    """The channels of letters."""


@channels.command()
def check() -> None:
    """Try each configured channel, and ID-porten, without sending anything: tokens, logins, encryption, folders."""
    configure_logging()
    settings, refused = load_settings().checked(), False
    with open_chains(settings) as chains:
        made = {channel.name: channel for chain in chains.values() for channel in chain}
        for name, channel in sorted(made.items()):
            try:
                channel.check()
            except ChannelRefuses as error:
                refused = True
                click.echo(f"{name}: {error}")
            else:
                click.echo(f"{name}: ready")
    if (login := IdPorten.of(settings)) is not None:
        refused = not _tried(login) or refused
    sys.exit(1 if refused else 0)


@channels.command()
def subscribe() -> None:
    """Let Altinn tell this installation when a message is published, instead of being asked for it only."""
    configure_logging()
    settings = load_settings().checked()
    if not settings.altinn_events_secret:
        raise SettingsRefused("Set VARSLING_ALTINN_EVENTS_SECRET_FILE: a file with a long random word.")
    with open_chains(settings) as chains:
        found = (one for chain in chains.values() for one in chain if isinstance(one, AltinnChannel))
        if (altinn := next(found, None)) is None:
            raise SettingsRefused("No chain has the channel altinn: set VARSLING_COPY_CHANNELS.")
        try:
            altinn.subscribe(f"{settings.public_url}/altinn/events/{settings.altinn_events_secret}")
        except ChannelRefuses as error:
            raise click.ClickException(str(error)) from None
    click.echo("Altinn tells of news from now on.")


def _tried(login: IdPorten) -> bool:
    """Push a request for a login that nobody makes. Says whether ID-porten took it."""
    try:
        asyncio.run(login.start("nb"))
    except LoginRefused as error:
        click.echo(f"idporten: {error.why}: check VARSLING_IDPORTEN_ISSUER, _CLIENT_ID and the registered key.")
        return False
    finally:
        login.close()
    click.echo("idporten: ready")
    return True
