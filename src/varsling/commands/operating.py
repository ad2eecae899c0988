"""`worker`, `integrations`, `feed`, `copies`: what keeps an installation going."""

from typing import TYPE_CHECKING

import click

from varsling.commands.context import opened, organisation, table

if TYPE_CHECKING:
    from uuid import UUID

    from varsling.context import Context


@click.command()
def worker() -> None:
    """Send letters and publish notices until stopped; any number of workers may run."""
    import signal  # noqa: PLC0415
    import threading  # noqa: PLC0415

    from varsling import worker as work  # noqa: PLC0415
    from varsling.app.logging import configure_logging  # noqa: PLC0415

    configure_logging()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    with opened() as context:
        work.run(context, stop)


@click.group()
def integrations() -> None:
    """Who may read which offices' notices."""


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
    """Give the organisation NUMBER the notices of offices; those that are open are told of at once."""
    from varsling.feed.service import Grant, GrantKind  # noqa: PLC0415
    from varsling.notices.service import backfill_events  # noqa: PLC0415

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
    """End a grant: nothing more is told; what was told stays readable in the stream."""
    from varsling.feed.service import GrantKind, Revoke  # noqa: PLC0415

    kind = GrantKind.OBSERVE if observe else GrantKind.RECEIVE
    with opened() as context:
        for office in _chosen(context, offices, every=every):
            had = context.writer.submit_and_wait(Revoke(organisation=number, office=office, kind=kind))
            click.echo(f"{number} {kind} {office or 'all offices'}: {'ended' if had else 'there was none'}")


def _chosen(context: "Context", offices: tuple[str, ...], *, every: bool) -> tuple[str | None, ...]:

    if every is bool(offices):
        raise click.UsageError("Name offices with --office NNNN, or all with --all.")
    if unknown := [office for office in offices if context.offices.office(office) is None]:
        raise click.UsageError(f"The register has no office {', '.join(unknown)}: see `varsling registers status`.")
    return offices or (None,)


@integrations.command()
def lag() -> None:
    """How far each integration has read its stream."""
    from varsling.database.engine import reading  # noqa: PLC0415
    from varsling.feed.service import lag as found  # noqa: PLC0415

    with opened() as context, reading(context.engine) as connection:
        rows = [
            (one.organisation, one.polled_at, one.given, one.position, one.waiting_since) for one in found(connection)
        ]
    table(("organisation", "polled", "read to", "of", "waiting since"), rows, none="No integration has a grant.")


@click.group()
def feed() -> None:
    """The streams as a whole."""


@feed.command("new-epoch")
@click.confirmation_option(prompt="Every reader will be told to start again from where nothing is missed. Go on?")
def new_epoch() -> None:
    """After a restore that may have lost events: no older cursor leads on without its reader being told."""
    from varsling.feed.service import NewEpoch  # noqa: PLC0415

    with opened() as context:
        click.echo(f"A new epoch for {context.writer.submit_and_wait(NewEpoch())} streams.")


@click.group()
def copies() -> None:
    """Letters on their way."""


@copies.command("list")
@click.option("--limit", default=100, show_default=True)
def list_copies(limit: int) -> None:
    """What is not dispatched yet, and what could not be, the longest waiting first."""
    from varsling.database.engine import reading  # noqa: PLC0415
    from varsling.deliveries.service import paused, unfinished  # noqa: PLC0415

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
def retry(delivery: "UUID | None") -> None:
    """Try a delivery again at once; without one, all that failed before."""
    from varsling.deliveries.service import RetryDeliveries  # noqa: PLC0415

    with opened() as context:
        click.echo(f"{context.writer.submit_and_wait(RetryDeliveries(delivery))} tried again.")


@copies.command()
@click.argument("delivery", type=click.UUID)
def returned(delivery: "UUID") -> None:
    """A dispatched letter came back: send it by post, or tell the landlord that it has no way."""
    from varsling.deliveries.service import DeliveryId, chains  # noqa: PLC0415
    from varsling.dispatch.service import ReturnLetter  # noqa: PLC0415

    with opened() as context:
        change = ReturnLetter(context, chains(context.settings), DeliveryId(delivery))
        again = context.writer.submit_and_wait(change)
    if again is None:
        raise click.ClickException("There is no dispatched letter with this id that has not come back already.")
    click.echo("It goes out again by post." if again else "No other way is left: the landlord is told.")


@copies.command()
@click.argument("channel")
def failpoint(channel: str) -> None:
    """Stop a channel: its letters wait, at no cost."""
    from varsling.deliveries.service import PauseChannel  # noqa: PLC0415

    with opened() as context:
        context.writer.submit_and_wait(PauseChannel(_known(channel)))
    click.echo(f"{channel} is paused.")


@copies.command()
@click.argument("channel")
def resume(channel: str) -> None:
    """Let a paused channel go on."""
    from varsling.deliveries.service import ResumeChannel  # noqa: PLC0415

    with opened() as context:
        context.writer.submit_and_wait(ResumeChannel(_known(channel)))
    click.echo(f"{channel} goes on.")


def _known(channel: str) -> str:
    from varsling.settings import Channel  # noqa: PLC0415

    if channel not in list(Channel):
        raise click.UsageError(f"There is no such channel: the channels are {', '.join(Channel)}.")
    return channel
