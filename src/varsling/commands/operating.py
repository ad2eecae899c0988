"""`worker`, `integrations`, `feed`, `copies`: the daily work of an installation."""

import signal
import threading
from uuid import UUID

import click

from varsling import worker as worker_process
from varsling.app.logging import configure_logging
from varsling.commands.context import opened, organisation, table
from varsling.context import Context
from varsling.database.engine import reading
from varsling.deliveries.service import (
    DeliveryId,
    PauseChannel,
    ResumeChannel,
    RetryDeliveries,
    chains,
    paused,
    unfinished,
)
from varsling.dispatch.service import ReturnLetter
from varsling.domain.policies import Channel
from varsling.feed.service import Grant, GrantKind, NewEpoch, Revoke, lagging
from varsling.notices.service import backfill_events


@click.command()
def worker() -> None:
    """Send letters and publish notices until stopped; any number of workers may run."""
    configure_logging()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    with opened() as context:
        worker_process.run(context, stop)


@click.group()
def integrations() -> None:
    """The integrations that may read offices' notices."""


_offices = click.option("--office", "offices", multiple=True, metavar="NNNN", help="An office; may be given again.")
_all = click.option("--all", "every", is_flag=True, help="All offices.")
_observe = click.option("--observe", is_flag=True, help="May read only: notices still go to the office by letter.")
_number = click.argument("number", callback=organisation)


@integrations.command()
@_number
@_offices
@_all
@_observe
def grant(number: str, offices: tuple[str, ...], every: bool, observe: bool) -> None:
    """Give the organisation NUMBER the notices of offices. It is told of the open ones at once."""

    kind = GrantKind.OBSERVE if observe else GrantKind.RECEIVE
    with opened() as context:
        for office in _chosen(context, offices, every=every):
            told = context.writer.submit_and_wait(
                Grant(organisation=number, office=office, kind=kind, backfill=backfill_events)
            )
            was = "had it already" if told is None else f"told of {told} open notices"
            click.echo(f"{number} {kind} {office or 'all offices'}: {was}")


@integrations.command()
@_number
@_offices
@_all
@_observe
def revoke(number: str, offices: tuple[str, ...], every: bool, observe: bool) -> None:
    """End a grant: the stream gets no more events of the office, and keeps the earlier ones."""

    kind = GrantKind.OBSERVE if observe else GrantKind.RECEIVE
    with opened() as context:
        for office in _chosen(context, offices, every=every):
            had = context.writer.submit_and_wait(Revoke(organisation=number, office=office, kind=kind))
            click.echo(f"{number} {kind} {office or 'all offices'}: {'ended' if had else 'there was none'}")


def _chosen(context: Context, offices: tuple[str, ...], *, every: bool) -> tuple[str | None, ...]:

    if every is bool(offices):
        raise click.UsageError("Name offices with --office NNNN, or all with --all.")
    if unknown := [office for office in offices if context.offices.office(office) is None]:
        raise click.UsageError(f"The register has no office {', '.join(unknown)}: see `varsling registers status`.")
    return offices or (None,)


@integrations.command()
def lag() -> None:
    """Show how far each integration has read its stream."""

    with opened() as context, reading(context.engine) as connection:
        rows = [
            (one.organisation, one.polled_at, one.given, one.position, one.waiting_since) for one in lagging(connection)
        ]
    table(("organisation", "polled", "read to", "of", "waiting since"), rows, none="No integration has a grant.")


@click.group()
def feed() -> None:
    """The streams as a whole."""


@feed.command("new-epoch")
@click.confirmation_option(prompt="Every reader will be told to start again from where nothing is missed. Go on?")
def new_epoch() -> None:
    """Declare, after a restore that may have lost events, that no older cursor counts: its readers are told."""

    with opened() as context:
        click.echo(f"A new epoch for {context.writer.submit_and_wait(NewEpoch())} streams.")


@click.group()
def copies() -> None:
    """Letters on their way."""


@copies.command("list")
@click.option("--limit", default=100, show_default=True)
def list_copies(limit: int) -> None:
    """List the letters that are not dispatched yet, and those that could not be, the longest waiting first."""

    with opened() as context, reading(context.engine) as connection:
        rows = [
            (one.id, one.kind, one.notice_id, one.status, one.reason, one.channel, one.attempts, one.due_at)
            for one in unfinished(connection, limit=limit)
        ]
        stopped = sorted(paused(connection))
    table(("delivery", "kind", "notice", "status", "reason", "channel", "attempts", "due"), rows, none="Nothing waits.")
    if stopped:
        click.echo(f"Paused: {', '.join(stopped)}")


@copies.command()
@click.argument("delivery", required=False, type=click.UUID)
def retry(delivery: UUID | None) -> None:
    """Try a delivery again at once. Without a DELIVERY, try all that failed before."""

    with opened() as context:
        click.echo(f"{context.writer.submit_and_wait(RetryDeliveries(delivery))} tried again.")


@copies.command()
@click.argument("delivery", type=click.UUID)
def returned(delivery: UUID) -> None:
    """Say that a dispatched letter came back: it goes by post, or the landlord learns that no way is left."""

    with opened() as context:
        change = ReturnLetter(context, chains(context.settings), DeliveryId(delivery))
        again = context.writer.submit_and_wait(change)
    if again is None:
        raise click.ClickException("There is no dispatched letter with this id that has not come back already.")
    click.echo("It goes out again by post." if again else "No other way is left: the landlord is told.")


@copies.command()
@click.argument("channel")
def pause(channel: str) -> None:
    """Stop a channel: its letters wait, at no cost."""

    with opened() as context:
        context.writer.submit_and_wait(PauseChannel(_known(channel)))
    click.echo(f"{channel} is paused.")


@copies.command()
@click.argument("channel")
def resume(channel: str) -> None:
    """Let a paused channel go on."""

    with opened() as context:
        context.writer.submit_and_wait(ResumeChannel(_known(channel)))
    click.echo(f"{channel} goes on.")


def _known(channel: str) -> str:

    if channel not in list(Channel):
        raise click.UsageError(f"There is no such channel: the channels are {', '.join(Channel)}.")
    return channel
