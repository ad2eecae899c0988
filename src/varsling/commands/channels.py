"""`channels`: the ways by which letters leave, tried without a letter."""

import sys

import click

from varsling.app.logging import configure_logging
from varsling.deliveries.service import ChannelRefuses, open_chains
from varsling.settings import load_settings


@click.group()
def channels() -> None:
    """The channels of letters."""


@channels.command()
def check() -> None:
    """Try each configured channel without sending anything: tokens, logins, encryption, folders."""
    configure_logging()
    refused = False
    with open_chains(load_settings().checked()) as chains:
        made = {channel.name: channel for chain in chains.values() for channel in chain}
        for name, channel in sorted(made.items()):
            try:
                channel.check()
            except ChannelRefuses as error:
                refused = True
                click.echo(f"{name}: {error}")
            else:
                click.echo(f"{name}: ready")
    sys.exit(1 if refused else 0)
