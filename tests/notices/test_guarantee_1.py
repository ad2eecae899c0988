"""A 2xx is durable: where the commit fails, no call that stores something answers with success."""

from collections.abc import Callable

import httpx
import pytest
import sqlalchemy as sa

from tests.notices.scenario import Scenario
from tests.service import Service
from varsling.database.engine import connect_for_writing, reading
from varsling.privacy.tables import audit_rows

# A row with a dangling reference, which the database checks at the commit alone. Every change writes an audit row, so
# every change fails with it.
_TABLE = "CREATE TABLE orphans (id integer, parent {uuid} REFERENCES audit_rows (id) DEFERRABLE INITIALLY DEFERRED)"
_ORPHAN = "INSERT INTO orphans VALUES (1, '00000000000000000000000000000000');"
_SQLITE = [f"CREATE TRIGGER fail_at_commit AFTER INSERT ON audit_rows BEGIN {_ORPHAN} END"]
_POSTGRESQL = [
    f"CREATE FUNCTION orphan() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_ORPHAN} RETURN NULL; END $$",
    "CREATE TRIGGER fail_at_commit AFTER INSERT ON audit_rows FOR EACH ROW EXECUTE FUNCTION orphan()",
]
_MENDED = {"sqlite": "DROP TRIGGER fail_at_commit", "postgresql": "DROP TRIGGER fail_at_commit ON audit_rows"}

Call = Callable[[Scenario, str], httpx.Response]


def change_of(what: str, body: dict[str, object]) -> Call:
    return lambda scenario, notice: scenario.change(notice, what, body)


CALLS: dict[str, Call] = {
    "notice": lambda scenario, _: scenario.landlord.post("/v1/notices", json=other(scenario)),
    "batch": lambda scenario, _: scenario.landlord.post(
        "/v1/notices/batch", json={"items": [{"idempotency_key": "k", "notice": other(scenario)}]}
    ),
    "update": change_of("update", {"deposited_amount": "100.00"}),
    "contact": lambda scenario, notice: scenario.change(
        notice, "contact", {"tenant": scenario.read(notice)["tenants"][0]["id"], "email": "ny@mail.example"}
    ),
    "settlement": lambda scenario, notice: scenario.settle(notice),
    "withdrawal": lambda scenario, notice: scenario.withdraw(notice),
    "reservation": lambda scenario, _: scenario.reserve(),
    "acknowledgement": lambda scenario, notice: scenario.nav.post(
        f"/v1/feed/notices/{notice}/acknowledgement", json={"opened_by_person": True}
    ),
    "fetch": lambda scenario, notice: scenario.fetch(notice),
}


def other(scenario: Scenario) -> dict[str, object]:
    body = scenario.body(reference="OTHER")
    return body | {"lease": body["lease"] | {"reference": "OTHER"}}


def execute(engine: sa.Engine, statements: list[str]) -> None:
    with connect_for_writing(engine) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.commit()


def trail(engine: sa.Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(audit_rows)).scalar_one()


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_commit_that_fails_is_never_answered_as_success(service: Service, engine: sa.Engine, call: Call) -> None:
    scenario = Scenario(service)
    scenario.grant()
    notice = scenario.send()["id"]
    scenario.work()
    before, kind = trail(engine), engine.dialect.name
    table = _TABLE.format(uuid="uuid" if kind == "postgresql" else "char(32)")
    execute(engine, [table, *(_POSTGRESQL if kind == "postgresql" else _SQLITE)])

    answer = call(scenario, notice)
    result = answer.json()["results"][0] if "results" in answer.json() else {"status": answer.status_code}
    assert result["status"] >= 500
    assert trail(engine) == before
    assert "orphan" not in answer.text

    execute(engine, [_MENDED[kind]])
    assert call(scenario, notice).is_success  # the caller repeats the same call
    assert trail(engine) > before
