"""The command behind `make run`: `demo`."""

import sys

import click

from varsling.demo.stage import show
from varsling.settings import SettingsRefused, load_settings
from varsling.stopping import Interrupted

PORTS = range(8000, 8020)


@click.command()
@click.option("--once", is_flag=True, help="End after the samples, instead of staying up.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port. Default: the first free one from 8000 on.")
@click.option("--every-way", is_flag=True, help="Send letters by each channel, to outside systems that are played.")
def demo(once: bool, port: int | None, every_way: bool) -> None:
    """Start API and worker on this machine, send sample notices all the way to NAV, and stay up."""
    settings = load_settings().checked("127.0.0.1")
    if not settings.local:
        raise SettingsRefused("The demonstration invents tenants: it runs only with VARSLING_ENVIRONMENT=local.")
    ports = PORTS if port is None else range(port, port + 1)
    try:
        sys.exit(show(settings, ports, say=click.echo, once=once, every_way=every_way))
    except Interrupted:
        click.echo("Stopped.")
