"""The limits that accepting is measured against: each database storing the same rows, with nothing else to do."""

import re
import sqlite3
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.bench.serving import Installation
from tests.postgres import binaries
from varsling.database.engine import create_engine
from varsling.database.schema import metadata

T1 = Path(__file__).parent / "t1.sql"
TABLES = (
    "landlords",
    "notices",
    "notice_versions",
    "notice_tenants",
    "tenant_codes",
    "deliveries",
    "answers",
    "idempotency_keys",
    "audit_rows",
)


def t1(installation: Installation, seconds: int, clients: int = 32) -> float:
    """Give the notices a second that PostgreSQL stores by itself, 32 callers at once."""
    assert installation.server is not None
    folder = binaries(installation.folder)
    pgbench = Path("pgbench") if not (folder / "pgbench").exists() else folder / "pgbench"
    where = ("-h", str(installation.server.folder), "-U", "varsling", "postgres")
    done = subprocess.run(
        (pgbench, "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds), "-f", T1, *where),
        check=True,
        capture_output=True,
        text=True,
    )
    (found,) = re.findall(r"tps = ([0-9.]+)", done.stdout)
    return float(found)


Rows = dict[str, list[tuple[Any, ...]]]
"""The rows of one accepted notice, by table."""


def stored_rows(installation: Installation) -> tuple[dict[str, list[str]], list[Rows]]:
    """Give the columns of each table, and the rows of each notice that is stored."""
    engine = create_engine(installation.url)
    columns: dict[str, list[str]] = {}
    by_notice: dict[Any, Rows] = {}
    with engine.connect() as connection:
        tables = {}
        for name in TABLES:
            named = ", ".join(f'"{one.name}"' for one in metadata.tables[name].c if one.computed is None)
            found = connection.exec_driver_sql(f"SELECT {named} FROM {name}")  # noqa: S608  (names of ours)
            columns[name] = list(found.keys())
            tables[name] = [dict(zip(columns[name], row, strict=True)) for row in found]
    engine.dispose()
    of_answer = {row["answer_id"]: row["id"] for row in tables["notices"]}
    of_tenant = {row["id"]: row["notice_id"] for row in tables["notice_tenants"]}
    of_landlord = {row["landlord_key"]: row["id"] for row in tables["notices"]}
    belongs: dict[str, Callable[[dict[str, Any]], Any]] = {
        "landlords": lambda row: of_landlord[row["key"]],
        "notices": lambda row: row["id"],
        "notice_versions": lambda row: row["notice_id"],
        "notice_tenants": lambda row: row["notice_id"],
        "tenant_codes": lambda row: of_tenant[row["tenant_id"]],
        "deliveries": lambda row: row["notice_id"],
        "answers": lambda row: of_answer[row["id"]],
        "idempotency_keys": lambda row: of_answer[row["answer_id"]],
        "audit_rows": lambda row: row["subject"],
    }
    for name in TABLES:
        for row in tables[name]:
            rows = by_notice.setdefault(belongs[name](row), {table: [] for table in TABLES})
            rows[name].append(tuple(row.values()))
    return columns, list(by_notice.values())


def bare_sqlite(file: Path, columns: dict[str, list[str]], notices: Sequence[Rows]) -> float:
    """Give the notices a second that `sqlite3` stores by itself: one a transaction, as durably as the service."""
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    statements = {
        name: f"INSERT INTO {name} ({', '.join(columns[name])}) VALUES ({', '.join('?' * len(columns[name]))})"  # noqa: S608  (likewise)
        for name in TABLES
    }
    started = time.perf_counter()
    for rows in notices:
        connection.execute("BEGIN IMMEDIATE")
        for name in TABLES:
            connection.executemany(statements[name], rows[name])
        connection.execute("COMMIT")
    taken = time.perf_counter() - started
    connection.close()
    return len(notices) / taken


def copied(installation: Installation, columns: dict[str, list[str]], notices: Sequence[Rows]) -> float:
    """Give the notices a second that one COPY for each table stores, in one transaction over one connection."""
    engine = create_engine(installation.url, pool_size=1)
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        started = time.perf_counter()
        with driver.cursor() as cursor:
            for name in TABLES:
                with cursor.copy(f"COPY {name} ({', '.join(columns[name])}) FROM STDIN") as copy:
                    for rows in notices:
                        for row in rows[name]:
                            copy.write_row(row)
        driver.commit()
        taken = time.perf_counter() - started
    engine.dispose()
    return len(notices) / taken


def emptied(installation: Installation) -> None:
    """Remove what was stored, so that the same rows go in once more."""
    engine = create_engine(installation.url)
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text(f"TRUNCATE {', '.join(TABLES)} CASCADE"))
        else:
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            for name in reversed(TABLES):
                connection.exec_driver_sql(f"DELETE FROM {name}")  # noqa: S608  (a name of ours)
        connection.commit()
    engine.dispose()
