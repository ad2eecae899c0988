"""`reports`, `landlords`: tenants' reports of misuse, and the operator's means against it."""

from uuid import UUID

import click

from varsling.commands.context import opened, organisation_number, table
from varsling.context import Context
from varsling.database.engine import reading
from varsling.notices.service import ResumeLandlord, SuspendLandlord, landlord_of
from varsling.tenants.service import CloseReport, open_reports


@click.group()
def reports() -> None:
    """Tenants' reports of misuse. The landlord never hears of a report."""


@reports.command("list")
def list_reports() -> None:
    """List the open reports, the oldest first."""

    with opened() as context, reading(context.engine) as connection:
        rows = [
            (one.id, one.reported_at, ", ".join(one.kinds), one.notice_id)
            for one in open_reports(connection, context.keyring.cipher)
        ]
    table(("report", "reported", "what", "notice"), rows, none="Nobody has reported anything.")


@reports.command()
@click.argument("report", type=click.UUID)
def close(report: UUID) -> None:
    """Close a REPORT after looking at it."""

    with opened() as context:
        context.writer.submit_and_wait(CloseReport(report))
    click.echo(f"{report} is closed.")


@click.group()
def landlords() -> None:
    """Landlords that are stopped from sending notices, for misuse."""


@landlords.command()
@click.argument("number", required=False, callback=organisation_number)
@click.option("--notice", type=click.UUID, help="The landlord of this notice, for one without a number.")
def suspend(number: str | None, notice: UUID | None) -> None:
    """Take no more notices from a landlord. It can still settle and withdraw the sent ones."""

    with opened() as context:
        waiting = context.writer.submit_and_wait(SuspendLandlord(_key(context, number, notice)))
    click.echo("Suspended. It hears landlord-suspended when it sends a notice.")
    if waiting:
        click.echo("Not with an office yet, and going on unless you stop them by `varsling notices withdraw`:")
        for one in waiting:
            click.echo(f"  {one}")


@landlords.command()
@click.argument("number", required=False, callback=organisation_number)
@click.option("--notice", type=click.UUID, help="The landlord of this notice, for one without a number.")
def resume(number: str | None, notice: UUID | None) -> None:
    """Take notices from a landlord again."""

    with opened() as context:
        context.writer.submit_and_wait(ResumeLandlord(_key(context, number, notice)))
    click.echo("It may send notices again.")


def _key(context: Context, number: str | None, notice: UUID | None) -> str:

    if number is not None and notice is None:
        return number
    if number is not None or notice is None:
        raise click.UsageError("Give an organisation number, or --notice.")
    with reading(context.engine) as connection:
        return landlord_of(connection, notice)
