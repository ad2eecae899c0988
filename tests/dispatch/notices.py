"""Accepted notices about invented people, stored as the API stores them."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from tests.notices.bodies import START
from varsling.access.principal import Mode, Principal
from varsling.context import Context
from varsling.database.clock import shift
from varsling.database.engine import connect_for_writing, reading
from varsling.deliveries import service as copies
from varsling.deliveries.service import Delivery
from varsling.deliveries.store import DeliveryKind
from varsling.domain.dates import oslo_date
from varsling.domain.landlord import Registration
from varsling.domain.language import AnswerLanguage
from varsling.domain.lifecycle import WithdrawalReason
from varsling.domain.policies import Environment
from varsling.feed.service import Grant, GrantKind
from varsling.feed.tables import stream_events
from varsling.notices.commands.landlord import LandlordCall, Withdraw
from varsling.notices.commands.prepare import prepare
from varsling.notices.schemas.changes import WithdrawalInput
from varsling.notices.schemas.notice import NoticeInput
from varsling.notices.service import submit
from varsling.notices.store import load
from varsling.notices.stored import StoredNotice
from varsling.notices.tables import notices
from varsling.settings import Settings

LANDLORD = "311758489"
NAV = "312687772"
KARI = {"name": "Kari Testperson", "birth_date": "1990-02-03", "email": "kari@mail.example", "phone": "+4790000001"}
OLA = {"name": "Ola Testperson", "birth_date": "1988-05-06", "email": "ola@mail.example", "phone": "+4790000002"}

_landlord = Principal(acting=LANDLORD, landlord=LANDLORD, mode=Mode.DIRECT, scopes=frozenset({"notices.write"}))


def settings_for(database_url: str, folder: Path, **changes: Any) -> Settings:
    given: dict[str, Any] = {
        "environment": Environment.TEST,
        "database_url": database_url,
        "key_file": folder / "keys.json",
        "copy_folder": folder / "letters",
        "public_url": "https://varsel.example",
    }
    return Settings(**given | changes)


def body(name: str = "1", tenants: Sequence[dict[str, Any]] = (KARI,), **changes: Any) -> dict[str, Any]:
    today = oslo_date(START)
    return {
        "reference": f"R-{name}",
        "landlord": {
            "organisation_number": LANDLORD,
            "name": "Tigerboliger AS",
            "contact": {"email": "utleie@tiger.example", "phone": "+4722000000"},
        },
        "lease": {"reference": f"L-{name}", "use": "dwelling", "eviction_clause": True},
        "dwelling": {
            "street": "Sannergata",
            "house_number": "1",
            "house_letter": "B",
            "unit_number": "H0201",
            "postal_code": "0557",
            "city": "Oslo",
            "district_number": "030102",
        },
        "tenants": list(tenants),
        "breach": {
            "claims": [{"due_date": _day(today, -40), "original_amount": "12500.00", "outstanding_amount": "9000.00"}],
            "deposited_amount": "0.00",
        },
        "ground": {"code": "rent_unpaid", "warning_sent_on": _day(today, -10)},
        "planned_petition_date": _day(today, 60),
        "attestations": {"no_reservation_received": True, "reason_to_notify": True},
    } | changes


def _day(today: date, days: int) -> str:
    return (today + timedelta(days=days)).isoformat()


def accept(context: Context, *bodies: dict[str, Any]) -> list[UUID]:
    """Store the notices and return their ids."""

    async def all_at_once() -> list[Any]:
        return await asyncio.gather(*(_submit(context, one) for one in bodies))

    return [UUID(orjson.loads(answer.answer.body)["id"]) for answer in asyncio.run(all_at_once())]


async def _submit(context: Context, given: dict[str, Any]) -> Any:
    shape = NoticeInput.model_validate(given)
    submission = prepare(context, _landlord, shape, key=None, language=AnswerLanguage.NB, registration=Registration())
    return await submit(context, submission)


def withdraw(context: Context, notice_id: UUID, reason: WithdrawalReason = WithdrawalReason.MISTAKE) -> None:
    call = LandlordCall(_landlord, notice_id, None, AnswerLanguage.NB)
    context.writer.submit_and_wait(Withdraw(context, None, call, WithdrawalInput(reason=reason)))


def grant(context: Context) -> None:
    """Let the NAV integration receive every notice."""
    context.writer.submit_and_wait(Grant(NAV, None, GrantKind.RECEIVE, lambda *_: ()))


def stored(context: Context, notice_id: UUID) -> StoredNotice:
    with reading(context.engine) as connection:
        (found,) = load(connection, context.keyring.cipher, notices.c.id == notice_id)
        return found


def deliveries_of(context: Context, notice_id: UUID, kind: DeliveryKind | None = None) -> list[Delivery]:
    with reading(context.engine) as connection:
        found = copies.of_notices(connection, [notice_id])
    return [one for one in found if kind in (None, one.kind)]


def events_of(context: Context, organisation: str) -> list[str]:
    """List the types of the events in an organisation's stream, in order."""
    with reading(context.engine) as connection:
        query = sa.select(stream_events.c.body).where(stream_events.c.organisation == organisation)
        return [orjson.loads(one)["type"] for one in connection.scalars(query.order_by(stream_events.c.position))]


def sheets(folder: Path) -> dict[str, dict[str, Any]]:
    """Read the folder channel's sheets by delivery id; each has its letter, and the folder contains nothing else."""
    found = {file.stem: orjson.loads(file.read_bytes()) for file in folder.glob("*.json")}
    letters = {file.stem for file in folder.glob("*.pdf")}
    assert letters == set(found)
    return found


def later(context: Context, *, seconds: float) -> None:
    """Move the database's clock forward."""
    with connect_for_writing(context.engine) as connection:
        shift(connection, timedelta(seconds=seconds))
        connection.commit()
