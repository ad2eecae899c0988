"""Commands for the registers that offices are found by, and for the offices: `registers`, `offices`."""

import click

from varsling.commands.context import opened, table
from varsling.database.engine import reading
from varsling.feed.service import offices_with_receiver
from varsling.lookup_cache import NotAnswered
from varsling.offices.service import Difference, KeepRenewal, Norg2, Office, difference, register_status


@click.group()
def registers() -> None:
    """Show and renew the register of municipalities, postal codes, districts and offices."""


@registers.command()
def status() -> None:
    """Show the register's facts, their age, and the areas without an office."""
    with opened() as context:
        found = register_status(context.offices.register)
    click.echo(f"Register {found.version}\n")
    parts = [(one.name, one.facts, one.date, one.source) for one in found.parts]
    table(("facts", "rows", "as of", "source"), parts, none="The register is empty.")
    click.echo("\nNo office is known for these; their notices wait for a person (varsling notices held):\n")
    unserved = [(one.number, one.name, " ".join(one.candidates)) for one in found.unserved]
    table(("area", "name", "offices that may serve it"), unserved, none="None.")
    click.echo(f"\nAreas with weaker evidence than the rest: {' '.join(found.doubtful) or 'none'}")


@registers.command()
@click.option("--dry-run", is_flag=True, help="Show the difference and keep nothing.")
def sync(*, dry_run: bool) -> None:
    """Ask NORG2 for the office of each area, show the differences, and use the new register from now on."""
    with opened() as context:
        url = context.settings.norg2_url
        if url is None:
            raise click.ClickException("Set VARSLING_NORG2_URL: there is no NORG2 to ask.")
        norg2 = Norg2(url, seconds=30)
        try:
            found = difference(context.offices.register, norg2)
        except NotAnswered as error:
            raise click.ClickException(f"NORG2 does not answer ({error}): the register is unchanged.") from None
        finally:
            norg2.close()
        _show(found)
        if found.lost > context.settings.register_loss_limit:
            raise click.ClickException(
                f"Refused: {found.lost:.1f} % of the areas or offices would be gone, and VARSLING_REGISTER_LOSS_LIMIT "
                f"allows {context.settings.register_loss_limit}. The register is unchanged."
            )
        if dry_run:
            click.echo("The register is unchanged (--dry-run).")
            return
        renewal = context.writer.submit_and_wait(KeepRenewal(found.areas, found.offices))
    click.echo(f"The register in use is now {renewal.version}; the earlier one is kept.")


def _show(found: Difference) -> None:
    if found.nothing:
        click.echo("NORG2 agrees with the register.")
        return
    rows = [
        *(("area", f"{one.area} {one.name}", _named(one.before), _named(one.now)) for one in found.moved),
        *(("new office", _named(one), None, None) for one in found.opened),
        *(("new name", before.number, before.name, now.name) for before, now in found.renamed),
        *(("closed", _named(one), None, one.successor) for one in found.closed),
    ]
    table(("what", "which", "was", "is"), rows, none="")


def _named(office: Office | None) -> str | None:
    return None if office is None else f"{office.number} {office.name}"


@click.group()
def offices() -> None:
    """The NAV offices, as the register in use knows them."""


@offices.command("list")
@click.argument("text", required=False, default="")
def list_offices(text: str) -> None:
    """List the offices in use, how a notice reaches each, and what it serves. TEXT: only those with it in number, name
    or area."""
    with opened() as context:
        register = context.offices.register
        with reading(context.engine) as connection:
            receiving = offices_with_receiver(connection, context.clock.now(connection), context.settings)
        rows = []
        for number, areas in sorted(register.served_by.items()):
            by_feed = None in receiving or number in receiving or not context.settings.office_channels
            names = ", ".join(register.name_of(area) for area in areas)
            rows.append((number, register.offices[number].name, "feed" if by_feed else "letter", names))
    shown = [row for row in rows if text.casefold() in " ".join(row).casefold()]
    table(("office", "name", "reached by", "serves"), shown, none="The register has no such office.")
