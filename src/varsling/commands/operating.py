"""Commands for the daily work of an installation: `worker`, `integrations`, `feed`, `copies`."""

from contextlib import ExitStack
from uuid import UUID

import click
import structlog

from varsling import worker as worker_process
from varsling.app.logging import configure_logging
from varsling.commands.context import opened, organisation_number, table
from varsling.context import Context
from varsling.database.engine import reading
from varsling.deliveries.service import (
    DeliveryId,
    PauseChannel,
    ResumeChannel,
    RetryDeliveries,
    find,
    open_chains,
    paused,
    steps_of,
    unfinished,
)
from varsling.dispatch.service import Returned, return_letter
from varsling.domain.policies import Channel
from varsling.feed.service import Grant, GrantKind, NewEpoch, Revoke, lagging, standing_grants
from varsling.notices.service import backfill_events
from varsling.settings import SettingsRefused
from varsling.stopping import stop_at_signals
from varsling.worker_health import answering

_log = structlog.get_logger(__name__)


@click.command()
@click.option("--health-host", default="127.0.0.1", show_default=True, help="Where to answer /health/live.")
@click.option("--health-port", type=click.IntRange(0, 65535), help="The port for it; without one nothing is answered.")
def worker(health_host: str, health_port: int | None) -> None:
    """Send letters and publish notices until stopped; any number of workers may run."""
    configure_logging()
    vitals = worker_process.Vitals()
    with stop_at_signals() as stop, opened() as context, ExitStack() as stack:
        if health_port is not None:
            _answering(context, vitals, health_host, health_port, stack)
        worker_process.run(context, stop, vitals)


def _answering(context: Context, vitals: worker_process.Vitals, host: str, port: int, stack: ExitStack) -> None:
    try:
        taken = stack.enter_context(answering(context, vitals, host, port))
    except OSError as error:
        why = f"Cannot answer on {host}:{port} ({error.strerror})"
        raise SettingsRefused(f"{why}: choose another --health-port.") from None
    _log.info("answering", address=f"{host}:{taken}")


@click.group()
def integrations() -> None:
    """The integrations that may read offices' notices."""


_offices = click.option("--office", "offices", multiple=True, metavar="NNNN", help="An office; may be given again.")
_all = click.option("--all", "every", is_flag=True, help="All offices.")
_observe = click.option("--observe", is_flag=True, help="A grant to read only: the office still gets letters.")
_number = click.argument("number", callback=organisation_number)


@integrations.command()
@_number
@_offices
@_all
@_observe
def grant(number: str, offices: tuple[str, ...], every: bool, observe: bool) -> None:
    """Let the organisation NUMBER receive offices' notices. Its stream gets an event for each open notice at once."""
    kind = GrantKind.OBSERVE if observe else GrantKind.RECEIVE
    with opened() as context:
        for office in _chosen(context, offices, every=every):
            told = context.writer.submit_and_wait(
                Grant(organisation=number, office=office, kind=kind, backfill=backfill_events)
            )
            outcome = "had this grant already" if told is None else f"told of {told} open notices"
            click.echo(f"{number} {kind} {office or 'all offices'}: {outcome}")


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
            click.echo(f"{number} {kind} {office or 'all offices'}: {'ended' if had else 'there was no such grant'}")


def _chosen(context: Context, offices: tuple[str, ...], *, every: bool) -> tuple[str | None, ...]:
    if every is bool(offices):
        raise click.UsageError("Name offices with --office NNNN, or all with --all.")
    if unknown := [office for office in offices if context.offices.office(office) is None]:
        raise click.UsageError(f"The register has no office {', '.join(unknown)}: see `varsling registers status`.")
    return offices or (None,)


@integrations.command("list")
def list_integrations() -> None:
    """List the grants that stand, and when each integration last asked for news."""
    with opened() as context, reading(context.engine) as connection:
        rows = [
            (one.organisation, one.kind, _office_named(context, one.office), one.granted_at, one.polled_at)
            for one in standing_grants(connection)
        ]
    table(("organisation", "grant", "office", "since", "last poll"), rows, none="No integration has a grant.")


def _office_named(context: Context, number: str | None) -> str:
    office = None if number is None else context.offices.office(number)
    return "all offices" if number is None else f"{number} {office.name if office else '?'}"


@integrations.command()
def lag() -> None:
    """Show how far each integration has read its stream."""
    with opened() as context, reading(context.engine) as connection:
        rows = [
            (one.organisation, one.polled_at, one.given, one.position, one.waiting_since) for one in lagging(connection)
        ]
    table(
        ("organisation", "last poll", "read to", "last", "waiting since"),
        rows,
        none="No integration has a grant.",
    )


@click.group()
def feed() -> None:
    """Operate on all event streams."""


@feed.command("new-epoch")
@click.confirmation_option(
    prompt="Every reader starts again from before the restore and gets some events twice. Continue?"
)
def new_epoch() -> None:
    """Invalidate all cursors after a restore that may have lost events. Each reader is told."""
    with opened() as context:
        click.echo(f"A new epoch for {context.writer.submit_and_wait(NewEpoch())} streams.")


@click.group()
def copies() -> None:
    """Letters to tenants, offices and landlords: waiting, failed, returned."""


@copies.command("list")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True)
def list_copies(limit: int) -> None:
    """List the letters that wait, by due time, then those that no channel could deliver."""
    with opened() as context, reading(context.engine) as connection:
        rows = [
            (one.id, one.kind, one.notice_id, one.status, one.reason, one.channel, one.attempts, one.due_at)
            for one in unfinished(connection, limit=limit + 1)
        ]
        stopped = sorted(paused(connection))
    heads = ("delivery", "kind", "notice", "status", "reason", "channel", "attempts", "due")
    table(heads, rows[:limit], none="No letter waits.")
    if len(rows) > limit:
        click.echo(f"There are more than {limit}: raise --limit to see them.")
    if stopped:
        click.echo(f"Paused: {', '.join(stopped)}")


@copies.command()
@click.argument("delivery", type=click.UUID)
def why(delivery: UUID) -> None:
    """Tell the whole way of the letter DELIVERY: what each channel made of it, how it stands, and what comes next."""
    with opened() as context, reading(context.engine) as connection:
        found = find(connection, delivery)
        if found is None:
            raise click.ClickException("There is no letter with this id.")
        steps = [(at, step.channel, step.outcome, step.reason) for at, step in steps_of(connection, delivery)]
    told = (found.kind, found.second, found.notice_id, found.version, found.created_at, found.resends)
    table(("kind", "second", "notice", "version", "queued", "sent blindly again"), [told], none="")
    table(("at", "channel", "outcome", "reason"), steps, none="No channel has refused it.")
    stands = (found.status, found.channel, found.reason, found.dispatched_at, found.confirmation, found.due_at)
    table(("status", "channel", "reason", "dispatched", "confirmation", "due"), [stands], none="")


@copies.command()
@click.argument("delivery", required=False, type=click.UUID)
def retry(delivery: UUID | None) -> None:
    """Make a waiting DELIVERY due now. Without one, make all due that failed before."""
    with opened() as context:
        due = context.writer.submit_and_wait(RetryDeliveries(delivery))
    if delivery is not None and due == 0:
        raise click.ClickException("There is no waiting letter with this id.")
    click.echo(f"{due} due now.")


_RETURNED = {
    Returned.AGAIN: "It goes out again by post.",
    Returned.NEEDLESS: "She has the copy on paper or has opened it, or the notice has ended: nothing goes out again.",
    Returned.NO_WAY: "No postal channel is left for it.",
}


@copies.command()
@click.argument("delivery", type=click.UUID)
def returned(delivery: UUID) -> None:
    """Record that a dispatched letter came back: it goes out again by post, if a postal channel is left.

    If none is left for a copy of an open notice, the landlord is told.
    """
    with opened() as context, open_chains(context.settings) as chains:
        became = return_letter(context, chains, DeliveryId(delivery))
    if became is Returned.NOTHING:
        raise click.ClickException("There is no dispatched letter with this id that has not come back already.")
    if became is Returned.NOT_YET:
        raise click.ClickException("A channel may have it, and has not said so yet. Tell it again in a while.")
    click.echo(_RETURNED[became])


@copies.command()
@click.argument("channel")
def pause(channel: str) -> None:
    """Pause a channel: its letters wait, and use up no attempt."""
    with opened() as context:
        context.writer.submit_and_wait(PauseChannel(_known(channel)))
    click.echo(f"{channel} is paused.")


@copies.command()
@click.argument("channel")
def resume(channel: str) -> None:
    """Resume a paused channel."""
    with opened() as context:
        context.writer.submit_and_wait(ResumeChannel(_known(channel)))
    click.echo(f"{channel} is resumed.")


def _known(channel: str) -> str:
    if channel not in list(Channel):
        raise click.UsageError(f"There is no such channel: the channels are {', '.join(Channel)}.")
    return channel
