"""What the service asks its database is looked up by index, and reads about as much as it answers, however much lies
stored."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.growth import grow
from tests.notices.scenario import Scenario, tenant
from tests.service import Service
from varsling.database.engine import reading
from varsling.database.schema import metadata
from varsling.notices import overview
from varsling.notices import service as notices
from varsling.notices.schemas.examples import NOTICE

STORED = 1500
# Rows that one step of a plan may read: a page of a list with the tenants, or all that are open here.
READ_AT_MOST = 250
FEW = "landlords|grants|integrations|stream_heads|workers|clock_shift|register_renewals|paused_channels|alembic_version"
# Whole reads on SQLite of what stays small: the queue, and what is open.
GROWING = frozenset(table.name for table in metadata.sorted_tables) - frozenset(FEW.split("|"))
SMALL = "ix_deliveries_due_at|ix_notices_open|ix_notices_accepted|ix_notices_unread|ix_notices_awaiting_receipt"


@contextmanager
def asked() -> Iterator[list[tuple[str, Any]]]:
    """Collect the statements, with their values."""
    found: list[tuple[str, Any]] = []

    def statement(_connection: sa.Connection, _cursor: Any, text: str, values: Any, _context: Any, many: bool) -> None:
        if re.match(r"\s*(SELECT|WITH|UPDATE|DELETE)", text) and "INSERT INTO" not in text:
            found.append((text, values[0] if many else values))

    sa.event.listen(sa.Engine, "before_cursor_execute", statement)
    try:
        yield found
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", statement)


def wide(service: Service, statements: list[tuple[str, Any]]) -> list[str]:
    """Give the steps that read the whole of what grows, or much more than is asked for, each with its statement."""
    with service.context.engine.connect() as connection:
        steps = _wide_on_sqlite if connection.dialect.name == "sqlite" else _wide_on_postgresql
        found = [f"{step} of {text}" for text, values in statements for step in steps(connection, text, values)]
        connection.rollback()
    return found


def _wide_on_sqlite(connection: sa.Connection, text: str, values: Any) -> list[str]:
    plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)]
    tables = set(re.findall(r"(?:FROM|JOIN|UPDATE) (\w+)", text)) & GROWING
    return [
        step
        for step in plan
        if (scanned := re.match(r"SCAN (\w+)", step)) and scanned[1] in tables and not re.search(SMALL, step)
    ]


def _wide_on_postgresql(connection: sa.Connection, text: str, values: Any) -> list[str]:
    connection.exec_driver_sql(
        "SET LOCAL random_page_cost = 1.1"
    )  # the tables are small still: as if all lay in memory
    large = connection.exec_driver_sql("SELECT relname FROM pg_class WHERE reltuples > 100").scalars().all()
    run = "ANALYZE, " if text.lstrip().startswith("SELECT") else ""
    plan = connection.exec_driver_sql(f"EXPLAIN ({run}FORMAT JSON) {text}", values).scalar_one()[0]["Plan"]
    return [
        f"{one['Node Type']} on {one['Relation Name']}"
        for one in _nodes(plan)
        if one.get("Relation Name") in GROWING.intersection(large) and (_is_scan(one) or _rows_read(one) > READ_AT_MOST)
    ]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for one in plan.get("Plans", ()):
        yield from _nodes(one)


def _is_scan(node: dict[str, Any]) -> bool:
    return bool(node["Node Type"] == "Seq Scan" and node.get("Actual Loops", 1))


def _rows_read(node: dict[str, Any]) -> float:
    rows = node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)
    return float(rows * node.get("Actual Loops", 1))


@pytest.fixture
def scenario(service: Service) -> Scenario:
    """A scenario with many closed notices and reservations, some open notices, and events in proportion."""
    scenario = Scenario.with_grant(service)
    keyed = {"Idempotency-Key": "closed"}
    answer = scenario.landlord.post("/v1/notices", json=scenario.body(**_named("CLOSED")), headers=keyed)
    closed = answer.json()["id"]
    scenario.work()
    assert scenario.fetch(closed).status_code == 200
    assert scenario.settle(closed).status_code == 200
    scenario.work()
    assert scenario.reserve("Nina Eksempel", None, "K-9", tenant=OTHER).status_code == 201
    grow(service.context.engine, STORED)
    for number in range(5):
        scenario.send(tenant("Kari Testperson", birth_date=f"198{number}-01-02"), **_named(f"SENT-{number}"))
    scenario.work()
    scenario.send(tenant("Ola Testperson", birth_date="1981-02-03"), **_named("WAITS"))
    return scenario


OTHER = {"name": "Nina Eksempel", "birth_date": "1970-01-01"}


def _named(reference: str) -> dict[str, Any]:
    return {"reference": reference, "lease": NOTICE["lease"] | {"reference": reference}}


def test_accepting_replaying_and_refusing(scenario: Scenario) -> None:
    body, keyed = scenario.body(), {"Idempotency-Key": "one"}
    with asked() as statements:
        assert scenario.landlord.post("/v1/notices", json=body, headers=keyed).status_code == 201
        assert scenario.landlord.post("/v1/notices", json=body, headers=keyed).status_code == 201
        assert scenario.landlord.post("/v1/notices", json=body).status_code == 201
        second = scenario.landlord.post("/v1/notices", json=body | {"reference": "OTHER"})
        assert second.json()["code"] == "open-notice-exists"
    assert any("EXISTS" in text for text, _ in statements)
    assert wide(scenario.service, statements) == []


@pytest.mark.parametrize("side", ["landlord", "agent"])
def test_lists(scenario: Scenario, side: str) -> None:
    caller = scenario.landlord if side == "landlord" else scenario.service.agent()
    since = (scenario.now - timedelta(minutes=1)).isoformat()
    filters = [
        {},
        {"reference": "SENT-1"},
        {"lease": "SENT-1"},
        {"status": "accepted"},
        {"status": "sent"},
        {"updated_since": since},
        {"petition_recommended_before": "2030-01-01"},
    ]
    with asked() as statements:
        for one in filters:
            answer = caller.get("/v1/notices", params={"limit": "5"} | one)
            assert answer.status_code == 200
            assert bool(answer.json()["items"]) == (side == "landlord"), one
        more = caller.get("/v1/notices", params={"limit": "5"}).json()["next"]
        assert caller.get("/v1/notices", params={"limit": "5", "cursor": more or ""}).status_code in {200, 400}
        assert caller.get("/v1/reservations", params={"limit": "5"}).status_code == 200
        assert caller.get("/v1/reservations", params={"limit": "5", "lease": "K-9"}).status_code == 200
    assert wide(scenario.service, statements) == []


def test_a_notices_life(scenario: Scenario) -> None:
    with asked() as statements:
        notice = scenario.send()["id"]
        scenario.step()
        scenario.work()
        assert scenario.fetch(notice).status_code == 200
        path, keyed = f"/v1/feed/notices/{notice}", {"Idempotency-Key": "read"}
        read = scenario.nav.post(f"{path}/acknowledgement", json={"opened_by_person": True}, headers=keyed)
        assert read.status_code == 200
        assert scenario.read(notice)["status"] == "received"
        scenario.nav.get("/v1/feed", params={"limit": "5"})
        assert scenario.reserve().status_code == 201
        scenario.settle(notice)
        scenario.work()
    assert wide(scenario.service, statements) == []


def test_a_sweep_and_what_an_operator_asks(scenario: Scenario) -> None:
    context = scenario.context
    notices.sweep(context)
    with asked() as statements:
        notices.sweep(context)
        assert overview.held_notices(context) == []
        overview.unfetched_notices(context, scenario.now)
    assert len(statements) > 3
    assert wide(scenario.service, statements) == []


def test_a_new_reader_of_an_office(scenario: Scenario) -> None:
    with asked() as statements:
        scenario.grant(organisation="310332712")
    assert wide(scenario.service, statements) == []


def test_the_search_finds_wide_reads(scenario: Scenario) -> None:
    """The check of this file can fail: a list by a column without an index is found."""
    with asked() as statements, reading(scenario.context.engine) as connection:
        connection.exec_driver_sql("SELECT id FROM notices WHERE rule_version = 'x'")
    assert len(wide(scenario.service, statements)) == 1
