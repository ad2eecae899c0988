"""Commands against misuse: `reports` of tenants, and `landlords` to suspend."""

from uuid import UUID

import click

from varsling.commands.context import opened, organisation_number, table
from varsling.context import Context
from varsling.database.engine import reading
from varsling.notices.service import ResumeLandlord, SuspendLandlord, landlord_of, landlords_seen
from varsling.tenants.service import CloseReport, open_reports


@click.group()
def reports() -> None:
    """Read and close tenants' reports of misuse. The landlord never hears of a report."""


@reports.command("list")
def list_reports() -> None:
    """List the open reports, the oldest first."""
    with opened() as context, reading(context.engine) as connection:
        rows = [
            (one.id, one.reported_at, ", ".join(one.kinds), one.notice_id)
            for one in open_reports(connection, context.keyring.cipher)
        ]
    table(("report", "reported", "what", "notice"), rows, none="No report is open.")


@reports.command()
@click.argument("report", type=click.UUID)
def close(report: UUID) -> None:
    """Close a REPORT after looking at it."""
    with opened() as context:
        context.writer.submit_and_wait(CloseReport(report))
    click.echo(f"{report} is closed.")


@click.group()
def landlords() -> None:
    """See who sends notices, stop a landlord from sending, and let it send again."""


@landlords.command("list")
def list_landlords() -> None:
    """List the landlords that have sent notices, the last active first. A person has no number: name its newest notice
    with --notice."""
    with opened() as context, reading(context.engine) as connection:
        rows = [
            (
                one.organisation_number or "a person",
                one.notices,
                one.open,
                one.last_at,
                one.newest_notice,
                one.suspended_at,
            )
            for one in landlords_seen(connection)
        ]
    heads = ("landlord", "notices", "open", "last", "newest notice", "suspended")
    table(heads, rows, none="No landlord has sent a notice.")


@landlords.command()
@click.argument("number", required=False, callback=organisation_number)
@click.option("--notice", type=click.UUID, help="Or: the landlord of this notice, if it has no number.")
def suspend(number: str | None, notice: UUID | None) -> None:
    """Take no more notices from a landlord. It can still settle and withdraw the sent ones."""
    with opened() as context:
        waiting = context.writer.submit_and_wait(SuspendLandlord(_key(context, number, notice)))
    click.echo("Suspended. The landlord's next notice is refused with landlord-suspended.")
    if waiting:
        click.echo("Still on their way to an office; stop one with `varsling notices withdraw`:")
        for one in waiting:
            click.echo(f"  {one}")


@landlords.command()
@click.argument("number", required=False, callback=organisation_number)
@click.option("--notice", type=click.UUID, help="Or: the landlord of this notice, if it has no number.")
def resume(number: str | None, notice: UUID | None) -> None:
    """Take notices from a landlord again."""
    with opened() as context:
        context.writer.submit_and_wait(ResumeLandlord(_key(context, number, notice)))
    click.echo("Resumed. The landlord may send notices again.")


def _key(context: Context, number: str | None, notice: UUID | None) -> str:
    if number is not None and notice is None:
        return number
    if number is not None or notice is None:
        raise click.UsageError("Give an organisation number, or --notice.")
    with reading(context.engine) as connection:
        return landlord_of(connection, notice)
