"""Bodies of notices on the day of the contract's example, Monday 23 November 2026."""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import sqlalchemy as sa

from varsling.database.clock import Clock, shift
from varsling.database.engine import connect_for_writing
from varsling.database.types import metadata
from varsling.notices.schemas.examples import NOTICE

START = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
"""A Monday noon in Oslo, with no holiday in the two weeks after it."""
CONTRACT_TIME = datetime(2026, 11, 23, 9, 12, 33, 120000, tzinfo=UTC)
AGENT = {
    "organisation_number": "313367002",
    "name": "Forvalter AS",
    "contact": {"email": "post@forvalter.example"},
}
PERSON: dict[str, Any] = {
    "name": "Per Utleier",
    "national_id": "31926530774",
    "contact": {"email": "per@mail.example"},
}
KARI = NOTICE["tenants"][0]
OLA = {"name": "Ola Prøvesen", "birth_date": "1975-02-15"}
Path = tuple[str | int, ...]
ABSENT = object()


def notice(number: int = 1, **changes: Any) -> dict[str, Any]:
    """The contract's example with fresh references; `lease="K-7"` and `tenants=[…]` replace those members."""
    made = copy.deepcopy(NOTICE) | {"reference": f"N-{number}"}
    made["lease"]["reference"] = changes.pop("lease", f"K-{number}")
    return made | changes


def changed(body: dict[str, Any], *changes: tuple[Path, Any]) -> dict[str, Any]:
    """The body with other values at some paths; ABSENT removes a member."""
    made = copy.deepcopy(body)
    for path, value in changes:
        place: Any = made
        for step in path[:-1]:
            place = place[step]
        if value is ABSENT:
            del place[path[-1]]
        else:
            place[path[-1]] = value
    return made


def letters_of(number: int) -> str:
    """A number in letters: people's names have no digits."""
    return "".join("abcdefghij"[int(digit)] for digit in f"{number}")


def tenant(number: int, name: str | None = None) -> dict[str, Any]:
    """A tenant with a birth date that no other tenant has."""
    born = datetime(1960, 1, 1, tzinfo=UTC) + timedelta(days=number)
    return {"name": name or f"Leier Nummer{letters_of(number)}", "birth_date": born.date().isoformat()}


def move_clock_to(engine: sa.Engine, instant: datetime) -> None:
    """Set the database's clock to this instant."""
    with connect_for_writing(engine) as connection:
        shift(connection, instant - Clock().now(connection))
        connection.commit()


def pass_time(engine: sa.Engine, by: timedelta) -> None:
    with connect_for_writing(engine) as connection:
        shift(connection, by)
        connection.commit()


def of_a_person(number: int = 9, **changes: Any) -> dict[str, Any]:
    """A notice for a private person, sent by an agent."""
    body = notice(number) | {"landlord": PERSON, "agent": AGENT}
    body["attestations"] = {"no_reservation_received": True, "reason_to_notify": True, "power_of_attorney": True}
    return body | changes


def reserve(client: httpx.Client, lease: str, tenant: dict[str, Any], **changes: Any) -> None:
    """Register a reservation with the landlord of the examples."""
    body = {
        "landlord": {"organisation_number": "311758489"},
        "lease": {"reference": lease},
        "tenant": {name: member for name, member in tenant.items() if name in ("name", "birth_date", "national_id")},
        "received_on": "2026-11-20",
        "form": "letter",
    }
    answer = client.post("/v1/reservations", json=body | changes)
    assert answer.status_code == 201, answer.text


def errors_of(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(error["code"], error["pointer"]) for error in answer.json()["errors"]]


def rows_in(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        tables = [table for table in metadata.sorted_tables if table.name != "clock_shift"]
        return sum(connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in tables)
