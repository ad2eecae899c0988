"""Shared parts of the operator's commands: the installation's context, and a table on the console."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import click

from varsling.context import Context, close, open_context
from varsling.domain.dates import oslo_text
from varsling.domain.organisation import parse_organisation_number
from varsling.settings import load_settings


@contextmanager
def opened() -> Iterator[Context]:
    """Open the context of the installation that the settings name, and close it at the end."""
    context = open_context(load_settings().checked(sends=False))
    try:
        yield context
    finally:
        close(context)


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, none: str) -> None:
    """Print columns as wide as they need to be, instants in Oslo's time; without rows, print `none`."""
    lines = [[_text(cell) for cell in row] for row in rows]
    if not lines:
        click.echo(none)
        return
    widths = [max(len(line[place]) for line in [list(head), *lines]) for place in range(len(head))]
    for line in [list(head), *lines]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _text(cell: object) -> str:
    if isinstance(cell, datetime):
        return oslo_text(cell)
    return "–" if cell is None else str(cell)


def organisation_number(_context: click.Context, _parameter: click.Parameter, given: str | None) -> str | None:
    """Check an option or argument that is an organisation number."""
    try:
        return None if given is None else parse_organisation_number(given)
    except ValueError:
        raise click.BadParameter("not an organisation number (nine digits, the last a check digit)") from None
