"""Fixtures for every test: a fresh, migrated database of each kind, and a running service."""

import fcntl
import os
import shutil
import sys
import uuid
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
import sqlalchemy as sa
import structlog
from joserfc._rfc7518.rsa_key import RSABinding
from playwright.sync_api import Browser
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy.util import LRUCache

from tests.browser import chromium
from tests.postgres import Server, new_folder, new_server
from tests.service import Service, settings_of
from varsling.database.engine import create_engine
from varsling.database.migrate import upgrade
from varsling.database.schema import metadata

# The controller of a run makes this folder; pytest-xdist's workers inherit its name.
RUN_FOLDER = "TEST_RUN_FOLDER"
TEMPLATE = "template_varsling"
# Folders and files whose tests take long, and the parts that pytest-xdist first gives to its workers on two cores.
_LONG = {
    "kill", "conformance", "clients", "test_demo.py", "test_guide.py", "test_browser.py", "test_guarantee_9.py",
    "test_guarantee_10.py", "test_guarantees_3_and_7.py", "test_stopping.py", "test_wheel.py", "test_check.py",
}  # fmt: skip
_WORKERS = 3
_DELETE_ALL = SQL("; ").join(
    SQL("DELETE FROM {}").format(Identifier(table.name)) for table in reversed(metadata.sorted_tables)
)

# Log to the real stderr. A service's thread would otherwise write to pytest's capture files while the main thread
# closes them, which once killed a worker.
structlog.configure(logger_factory=structlog.WriteLoggerFactory(sys.__stderr__))

# Share SQLAlchemy's compiled statements between engines. Thousands of tests open engines over equal databases, and
# compiling every statement again took a quarter of the run.
_dialects: dict[type[sa.Dialect], sa.Dialect] = {}
_compiled: MutableMapping[Any, Any] = LRUCache(2000)


@sa.event.listens_for(sa.Engine, "engine_connect")
def _keep_what_is_compiled(connection: sa.Connection) -> None:
    if not connection.engine.hide_parameters:  # other engines' dialects have no error listener
        return
    connection.dialect = _dialects.setdefault(type(connection.dialect), connection.dialect)
    connection.execution_options(compiled_cache=_compiled)


# Check the arithmetic of a private key once in a process: every service reads its keys, and that takes 0.1 s.
_checked: dict[str, Any] = {}
_check = RSABinding.import_private_key


def _check_once(key: Any) -> Any:
    if key["d"] not in _checked:
        _checked[key["d"]] = _check(key)
    return _checked[key["d"]]


RSABinding.import_private_key = _check_once  # type: ignore[method-assign, assignment]  # the library has no other way

hypothesis.settings.register_profile("varsling", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("varsling")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        folder = new_folder("varsling-tests-")
        os.environ[RUN_FOLDER] = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    folder = Path(os.environ.pop(RUN_FOLDER))
    server = Server(folder / "pg")
    if (server.folder / "data" / "postmaster.pid").exists():
        server.stop()
    shutil.rmtree(folder)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Use three workers for two cores: tests that kill and stop processes wait half of their time."""
    return max(2, 3 * (os.cpu_count() or 1) // 2)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the longest tests first, spread over the workers: otherwise the run waits for them at the end."""
    long = [item for item in items if item.path.parent.name in _LONG or item.path.name in _LONG]
    long.sort(key=lambda item: item.path.parent.name != "kill")  # those of minutes before those of seconds
    others = [item for item in items if item not in long]
    size = -(-len(others) // _WORKERS)
    items[:] = [
        item
        for worker in range(_WORKERS)
        for item in (*long[worker::_WORKERS], *others[worker * size : (worker + 1) * size])
    ]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print each test's `record_property("account", …)` below the results."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "account" and report.when == "call":
                terminalreporter.write_line(f"{report.nodeid}: {value}")


@pytest.fixture(scope="session")
def postgresql() -> Server:
    """The run's PostgreSQL server, shared by all workers, with a migrated template database."""
    folder = Path(os.environ[RUN_FOLDER])
    server = Server(folder / "pg")
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not server.folder.exists():
            server.folder.mkdir()
            server.create()
            server.start()
            _execute(server, SQL("CREATE DATABASE {}").format(Identifier(TEMPLATE)))
            _migrate(server.url(TEMPLATE))
    return server


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A PostgreSQL server of the test's own, to stop and to kill, with production's durability."""
    with new_server() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "varsling.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh, migrated SQLite database."""
    file = tmp_path / "varsling.db"
    shutil.copyfile(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture(scope="session")
def clean_databases() -> list[str]:
    """Emptied databases of this process, ready for the next test."""
    return []


@pytest.fixture
def postgresql_url(postgresql: Server, clean_databases: list[str]) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database. It is one that was emptied: five times as quick as a new one."""
    if not clean_databases:
        name = f"test_{uuid.uuid4().hex}"
        _execute(postgresql, SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(TEMPLATE)))
        clean_databases.append(name)
    name = clean_databases.pop()
    yield postgresql.url(name)
    if _emptied(postgresql, name):
        clean_databases.append(name)
    else:
        _execute(postgresql, SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database of each kind in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


def _migrate(url: str) -> None:
    engine = create_engine(url)
    upgrade(engine)
    engine.dispose()


def _execute(server: Server, statement: Composed) -> None:
    """Run a statement outside any transaction, as creating and dropping a database need."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(statement)


def _emptied(server: Server, name: str) -> bool:
    """Empty the database; false where its tables changed, so that it must be dropped."""
    with psycopg.connect(server.url(name), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        if {table for (table,) in found} != {*metadata.tables, "alembic_version"}:
            return False
        # DELETE takes the few rows of one test far faster than TRUNCATE, which writes new files.
        connection.execute(_DELETE_ALL)
    return True


@pytest.fixture
def new_service(database_url: str, tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Starts services over the test's database, with settings by keyword. Services of one test share a key file, as
    processes on one host do."""
    started: list[Service] = []

    def start(**changes: Any) -> Service:
        service = Service(settings_of(database_url, tmp_path, **changes))
        started.append(service)
        service.start()
        return service

    yield start
    for service in started:
        service.stop()


@pytest.fixture
def service(new_service: Callable[..., Service]) -> Service:
    """A running service: `service.landlord().post("/v1/notices", json=…)`."""
    return new_service()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started
