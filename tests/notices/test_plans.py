"""What accepting asks the database is looked up by index, however much lies stored."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from tests.notices.scenario import Scenario
from tests.service import Service
from varsling.database.engine import reading

GROWING = (
    "notices|notice_versions|notice_tenants|reservations|idempotency_keys|answers|landlords|deliveries|tenant_codes"
)

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@contextmanager
def asked() -> Iterator[list[tuple[str, Any]]]:
    """Collect the statements that read, with their values."""
    found: list[tuple[str, Any]] = []

    def statement(_connection: sa.Connection, _cursor: Any, text: str, values: Any, *_: Any) -> None:
        if text.lstrip().startswith(("SELECT", "WITH")):
            found.append((text, values))

    sa.event.listen(sa.Engine, "before_cursor_execute", statement)
    try:
        yield found
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", statement)


def scans(service: Service, statements: list[tuple[str, Any]]) -> list[str]:
    """Give the steps that read the whole of a table or an index that grows."""
    steps = []
    with reading(service.context.engine) as connection:
        for text, values in statements:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
            steps += [row[3] for row in plan if re.match(rf"SCAN ({GROWING})\b", row[3])]
    return steps


def test_a_notice_is_accepted_replayed_and_refused_without_a_scan(service: Service) -> None:
    scenario = Scenario.with_grant(service)
    body = scenario.body()
    keyed = {"Idempotency-Key": "one"}
    with asked() as statements:
        assert scenario.landlord.post("/v1/notices", json=body, headers=keyed).status_code == 201
        assert scenario.landlord.post("/v1/notices", json=body, headers=keyed).status_code == 201
        assert scenario.landlord.post("/v1/notices", json=body).status_code == 201
        second = scenario.landlord.post("/v1/notices", json=body | {"reference": "OTHER"})
        assert second.json()["code"] == "open-notice-exists"
    assert any("EXISTS" in text for text, _ in statements)
    assert scans(service, statements) == []


def test_an_idle_worker_looks_for_letters_without_a_scan(service: Service) -> None:
    scenario = Scenario.with_grant(service)
    scenario.send()
    with asked() as statements:
        scenario.step()
    taking = [(text, values) for text, values in statements if "FROM deliveries" in text and "due_at <=" in text]
    assert taking
    assert scans(service, taking) == []
