"""A tenant's letters contain only the other tenant's name, and logs contain nothing about either."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pikepdf
import pytest
import sqlalchemy as sa
import structlog

from tests.dispatch.channels import ListChannel, dispatcher, work
from tests.dispatch.notices import KARI, OLA, accept, body, deliveries_of, grant, later, sheets, stored, withdraw
from tests.letters.reading import pdftotext
from varsling.context import Context
from varsling.database.engine import reading
from varsling.deliveries.channels.channel import Outcome
from varsling.deliveries.store import DeliveryKind
from varsling.deliveries.tables import letters as letter_rows
from varsling.domain.lifecycle import WithdrawalReason
from varsling.worker import run_until_idle

OWN = {
    "email": "kanarifugl@mail.example",
    "phone": "+4791234567",
    "language": "en",
    "national_id": "01819010001",
    "birth_date": "1990-01-01",
    "postal_address": {"lines": ["Kanarigata 77"], "postal_code": "0155", "city": "Oslo", "country": "NO"},
}
CANARIES = ("kanarifugl", "91234567", "9123 4567", "Kanarigata", "01819010001", "018190 10001", "1990", "january 1")


def everything_in(pdf: bytes) -> str:
    """The text of a PDF and everything else in the file: properties, tags, streams."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        raw = b"".join(_bytes_of(one) for one in opened.objects)
    return pdftotext(pdf) + raw.decode("latin-1") + raw.decode("utf-16-be", "ignore")


def _bytes_of(thing: Any) -> bytes:
    streams = thing.read_bytes() if isinstance(thing, pikepdf.Stream) and "/Filter" in thing else b""
    unparsed: bytes = thing.unparse(resolved=False)
    return streams + unparsed


def written_to(letters: Path, context: Context, notice_id: UUID, tenant: UUID) -> Iterator[str]:
    """Everything that a channel received for a tenant."""
    for delivery in deliveries_of(context, notice_id):
        if delivery.tenant_id == tenant:
            yield (letters / f"{delivery.id}.json").read_text()
            yield everything_in((letters / f"{delivery.id}.pdf").read_bytes())


@pytest.mark.parametrize("reason", [WithdrawalReason.MISTAKE, WithdrawalReason.WRONG_PERSON])
def test_nothing_of_one_tenant_but_her_name_reaches_another(
    context: Context, letters: Path, reason: WithdrawalReason
) -> None:
    grant(context)
    (notice_id,) = accept(context, body(tenants=[KARI | OWN, OLA]))
    run_until_idle(context)
    withdraw(context, notice_id, reason)
    run_until_idle(context)
    kari, ola = (tenant.id for tenant in stored(context, notice_id).tenants)
    codes = {sheet["code"] for sheet in sheets(letters).values() if sheet["address"][0] == KARI["name"]} - {None}
    to_ola = [*written_to(letters, context, notice_id, ola)]
    assert len(to_ola) == 4
    assert any(KARI["name"] in one for one in to_ola)
    found = {one for text in to_ola for one in (*CANARIES, *codes) if one.casefold() in text.casefold()}
    assert found == set()
    to_kari = "".join(written_to(letters, context, notice_id, kari))
    assert "kanarifugl" in to_kari
    assert "01819010001" not in to_kari


def test_a_wrong_persons_letter_has_no_code_to_another_home(context: Context, letters: Path) -> None:
    (notice_id,) = accept(context, body())
    run_until_idle(context)
    withdraw(context, notice_id, WithdrawalReason.WRONG_PERSON)
    run_until_idle(context)
    second = deliveries_of(context, notice_id, DeliveryKind.SECOND)[0]
    sheet = sheets(letters)[str(second.id)]
    assert (sheet["kind"], sheet["code"], sheet["link"]) == ("second", None, None)


def test_logs_name_nobody_whatever_fails(context: Context) -> None:
    accept(context, body(tenants=[KARI | OWN]))

    def fail(parcel: Any) -> Outcome:
        raise ValueError(f"cannot deliver to {parcel.address}")

    with structlog.testing.capture_logs() as logs:
        work(dispatcher(context, ListChannel(answer=fail)))
        with reading(context.engine) as connection:
            assert connection.execute(sa.select(letter_rows.c.delivery_id)).first() is not None
        later(context, seconds=3600)
        run_until_idle(context)
    assert [one["event"] for one in logs] == ["channel_failed"]
    assert not any(canary in repr(logs) for canary in (*CANARIES, "Kari"))
