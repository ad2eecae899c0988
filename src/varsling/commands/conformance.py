"""`conformance`: a service over a bad network, to test an integration's client against before its first real notice."""

import logging
import sys

import click
import structlog

from varsling.conformance.script import play
from varsling.conformance.world import Pace, world
from varsling.stopping import Interrupted, interrupted_by_signals


@click.command()
@click.option("--port", default=8100, show_default=True, type=click.IntRange(0, 65535))
@click.option("--patience", default=60.0, show_default=True, help="Seconds that the client has for each step.")
def conformance(port: int, patience: float) -> None:
    """Play a stream that repeats, delays, shortens and loses answers, and tell what a client made of it.

    Start it, then your client, with the address and the token that it prints. The client is to read from the beginning
    and fetch each notice. Exit status 1 if it did something that loses or hurts.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        with interrupted_by_signals():
            failed = _played(port, patience)
    except Interrupted:
        click.echo("\nStopped before the end of the script.")
        sys.exit(1)
    sys.exit(1 if failed else 0)


def _played(port: int, patience: float) -> int:
    """Play the script, tell what came of each step, and give the number of steps that failed."""
    with world(port, Pace(patience)) as played:
        click.echo(f"export VARSLING_URL={played.url}\nexport VARSLING_TOKEN={played.token}\n")
        failed = 0
        for verdict in play(played):
            click.echo(verdict.line())
            failed += not verdict.passed
        click.echo(f"\nAt the end your store must hold {len(played.held)} notices, each in its newest version,")
        click.echo(f"and nothing of: {', '.join(sorted(played.destroyed)) or '–'}")
    return failed
