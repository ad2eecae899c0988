"""Commands for a person's decisions on notices: `notices`."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import click
import orjson

from varsling.commands.context import opened, table
from varsling.database.engine import reading
from varsling.domain.language import AnswerLanguage
from varsling.domain.lifecycle import WithdrawalReason
from varsling.domain.notice import NoticeId
from varsling.domain.office import OfficeNumber
from varsling.notices.service import Assign, Reject, Release, TakeBack, held_notices, show_notice, unfetched_notices

_notice = click.argument("notice", type=click.UUID)


@click.group()
def notices() -> None:
    """Decide on notices that wait for a person, show or withdraw a notice."""


@notices.command()
def held() -> None:
    """List the notices that wait for a person, each with the last day for a decision."""
    with opened() as context:
        rows = [
            (one.id, one.held_for, one.accepted_at, one.decide_by, one.office, _place(one.dwelling))
            for one in held_notices(context)
        ]
    table(("notice", "held for", "accepted", "decide by", "office", "dwelling in"), rows, none="No notice is held.")


def _place(dwelling: Any) -> str:
    """Tell where the dwelling lies, no closer than an operator needs to choose an office."""
    if dwelling is None:
        return "–"
    return " ".join(part for part in (dwelling.postal_code, dwelling.city, dwelling.municipality_number) if part)


@notices.command()
@_notice
@click.argument("office")
def assign(notice: UUID, office: str) -> None:
    """Assign a held NOTICE to the OFFICE that serves its dwelling."""
    with opened() as context:
        context.writer.submit_and_wait(Assign(context, NoticeId(notice), OfficeNumber(office)))
    click.echo(f"{notice} goes to office {office}.")


@notices.command()
@_notice
def release(notice: UUID) -> None:
    """Release a held NOTICE: its copies go out."""
    with opened() as context:
        context.writer.submit_and_wait(Release(context, notice))
    click.echo(f"{notice} is released.")


@notices.command()
@_notice
def reject(notice: UUID) -> None:
    """Reject a held NOTICE: it is blocked, and its landlord is told."""
    with opened() as context:
        context.writer.submit_and_wait(Reject(context, notice))
    click.echo(f"{notice} is blocked.")


@notices.command()
@click.option("--hours", default=48, show_default=True, help="Published more than this many hours ago.")
def unfetched(hours: int) -> None:
    """List the published notices that no integration has fetched."""
    with opened() as context:
        with reading(context.engine) as connection:
            before = context.clock.now(connection) - timedelta(hours=hours)
        rows = [(one.id, one.office, one.sent_at) for one in unfetched_notices(context, before)]
    table(("notice", "office", "sent"), rows, none="Every published notice was fetched.")


@notices.command()
@_notice
def show(notice: UUID) -> None:
    """Print a NOTICE as its landlord sees it, with every letter and the whole history (JSON). It is personal data."""
    with opened() as context:
        shown = show_notice(context, notice, AnswerLanguage.EN)
    click.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2, default=str).decode())


@notices.command()
@_notice
@click.option("--reason", type=click.Choice(["mistake", "wrong_person", "wrong_amount"]), required=True)
def withdraw(notice: UUID, reason: str) -> None:
    """Withdraw a NOTICE on behalf of its landlord."""
    with opened() as context:
        context.writer.submit_and_wait(TakeBack(context, NoticeId(notice), WithdrawalReason(reason)))
    click.echo(f"{notice} is withdrawn.")
