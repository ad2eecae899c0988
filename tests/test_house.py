"""House rules that no linter checks: sizes, commits, outside calls, and words that the tree must not contain."""

import ast
import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "varsling"
MODULES = sorted(SOURCE.rglob("*.py"))
FEATURES = {path.parent.name for path in SOURCE.glob("*/service.py")}
FILE_LINES = 300
FUNCTION_LINES = 40
MADE_BY_TOOLS = {"var", "build", "dist", "__pycache__"}
# Spelled in halves, so that this file does not contain them.
REGISTRIES = tuple(map("".join, (("pypi", ".org"), ("python", "hosted.org"), ("npmjs", ".org"), ("docker", ".io"))))
SOMEBODYS_FOLDER = re.compile(r"(?<![\w.])/(?:" + "work" + r"|home|Users)/[a-z]")


def functions_of(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def origins(tree: ast.Module) -> dict[str, str]:
    """Give the full name of everything that a module imports, by the name it has there."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.asname or name.name: name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {name.asname or name.name: f"{node.module}.{name.name}" for name in node.names}
    return found


def called(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Give every call with the full name of what is called, whatever its import renamed."""
    known = origins(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            head, dot, rest = ast.unparse(node.func).partition(".")
            yield known.get(head, head) + dot + rest, node


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """List every text file of the tree except those that tools made."""
    found = {}
    for path in ROOT.rglob("*"):
        folders = path.relative_to(ROOT).parts[:-1]
        made = any(
            folder in MADE_BY_TOOLS or (folder.startswith(".") and folder not in {".ci", ".github"})
            for folder in folders
        )
        if made or not path.is_file():
            continue
        with contextlib.suppress(UnicodeDecodeError):
            found[relative(path)] = path.read_text()
    return found


def test_no_file_is_too_long() -> None:
    lengths = {relative(path): len(path.read_text().splitlines()) for path in MODULES}
    assert {path: length for path, length in lengths.items() if length > FILE_LINES} == {}


def test_no_function_is_too_long() -> None:
    lengths = {
        f"{relative(path)}:{function.name}": (function.end_lineno or 0) - function.lineno + 1
        for path in MODULES
        for function in functions_of(tree_of(path))
    }
    assert {name: length for name, length in lengths.items() if length > FUNCTION_LINES} == {}


def crossings(graph: grimp.ImportGraph) -> set[tuple[str, str]]:
    """Find imports of a feature's modules from outside the feature that the house does not allow."""
    crossing = set()
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            feature, own = imported.split(".")[1:2], importer.split(".")[1:2]
            if set(feature) & FEATURES and feature != own and not _allowed(importer, imported):
                crossing.add((importer, imported))
    return crossing


def _allowed(importer: str, imported: str) -> bool:
    """Any module may import a feature's service. A table may refer to another feature's table; a request or an answer
    may contain a dwelling or a landlord."""
    module = imported.split(".")[2:3]
    if (
        module == ["service"]
        or imported in ("varsling.offices.schemas", "varsling.landlords.schemas")
        or module == ["endpoints"]
    ):
        return True  # endpoints have a test of their own
    return module == ["tables"] and (importer.endswith(".tables") or importer == "varsling.database.schema")


def test_features_meet_only_through_their_services() -> None:
    """Commands, the worker and the demonstration know a feature by its service alone, too."""
    graph = grimp.build_graph("varsling", cache_dir=None)
    assert crossings(graph) == set()
    graph.add_import(importer="varsling.worker", imported="varsling.notices.commands.timers")  # planted
    assert crossings(graph) == {("varsling.worker", "varsling.notices.commands.timers")}


def test_events_are_appended_by_the_base_of_commands_alone() -> None:
    """A transaction locks the heads of streams last, so the base of commands appends, not each command (DESIGN § 4)."""
    names = {"varsling.feed.service.append", "varsling.feed.streams.append"}
    appending = {relative(path) for path in MODULES for name, _ in called(tree_of(path)) if name in names}
    assert appending == {"src/varsling/command_base.py", "src/varsling/feed/granting.py"}


def test_endpoints_are_the_outermost_ring() -> None:
    """Only the application imports endpoints, and endpoints import neither it nor any other program."""
    graph = grimp.build_graph("varsling", cache_dir=None)
    crossing = set()
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            outward = _is_endpoint(imported) and not _is_endpoint(importer) and not importer.startswith("varsling.app.")
            upward = _is_endpoint(importer) and imported.split(".")[1] in {"app", "cli", "commands", "demo", "worker"}
            if outward or upward:
                crossing.add((importer, imported))
    assert crossing == set()


def _is_endpoint(module: str) -> bool:
    return module.split(".")[2:3] == ["endpoints"]


def test_a_notice_is_changed_in_the_store_alone() -> None:
    changing = {relative(path) for path in MODULES if any(_changes_notices(tree_of(path)))}
    assert changing == {"src/varsling/notices/store.py"}


def _changes_notices(tree: ast.Module) -> Iterator[bool]:
    tables = {f"varsling.notices.tables.{name}" for name in ("notices", "notice_tenants", "notice_versions")}
    known = origins(tree)
    for name, call in called(tree):
        table, _, verb = name.rpartition(".")
        arguments = {known.get(ast.unparse(argument)) for argument in call.args}
        changes = verb in {"update", "insert", "delete", "insert_rows"}
        yield changes and (table in tables or bool(arguments & tables))


def test_only_the_database_package_and_tables_write_sql_as_text() -> None:
    """Text would hide from the tests above what it changes."""
    writing = {
        relative(path)
        for path in MODULES
        for name, _ in called(tree_of(path))
        if name in {"sqlalchemy.text", "sqlalchemy.sql.text"} or name.endswith(".exec_driver_sql")
    }
    elsewhere = {path for path in writing if "/database/" not in path and not path.endswith("/tables.py")}
    # A lock of a table, and the poll of an integration: both on tables of their own.
    assert elsewhere == {"src/varsling/feed/grants.py", "src/varsling/feed/polls.py"}


def test_a_transition_knows_locked_notices_and_locks_none() -> None:
    for path in sorted((SOURCE / "notices" / "transitions").glob("*.py")):
        imported = set(origins(tree_of(path)).values())
        of_locking = {name for name in imported if name.startswith("varsling.notices.locking")}
        assert of_locking <= {"varsling.notices.locking.LockedNotice"}, path
        assert not {name for name in imported if name.startswith("sqlalchemy")}, path


def test_the_domain_imports_the_standard_library_alone() -> None:
    """And of that only what neither reads nor writes, but for the texts and the calendar of its own package."""
    allowed = {
        *("collections", "dataclasses", "datetime", "decimal", "enum", "functools", "importlib", "itertools"),
        *("operator", "re", "string", "tomllib", "types", "typing", "unicodedata", "uuid", "varsling", "zoneinfo"),
    }
    for path in sorted((SOURCE / "domain").rglob("*.py")):
        imported = {name.partition(".")[0] for name in origins(tree_of(path)).values()} - allowed
        assert imported <= ({"holidays"} if path.name == "calendar.py" else set()), relative(path)


def test_an_exception_to_a_linter_has_its_reason_beside_it() -> None:
    bare = re.compile(r"# (?:type: ignore\[[a-z, -]+\]|noqa: [A-Z0-9, ]+)$", re.MULTILINE)
    paths = [*MODULES, *sorted((ROOT / "tests").rglob("*.py"))]
    assert {relative(path) for path in paths if bare.search(path.read_text())} == set()


def test_only_the_database_package_commits() -> None:
    """Guarantee 1 needs a single place that commits before the answer leaves."""
    committing = {
        relative(path)
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr in {"commit", "begin", "begin_nested", "begin_twophase"}
    }
    assert committing == {"src/varsling/database/migrate.py", "src/varsling/database/writer.py"}


def test_one_module_calls_out_for_each_protocol() -> None:
    clients = ("httpx", "http.client", "urllib.request", "requests", "aiohttp", "ftplib", "smtplib")
    importing = {
        relative(path) for path in MODULES for name in origins(tree_of(path)).values() if name.startswith(clients)
    }
    assert importing == {"src/varsling/http.py", "src/varsling/deliveries/channels/smtp.py"}  # HTTP, and e-mail


def test_the_tree_names_no_folder_of_a_machine_and_no_registry(texts: dict[str, str]) -> None:
    assert {"src/varsling/http.py", "migrations/env.py", ".ci/run", ".github/CONTRIBUTING.md"} <= texts.keys()
    naming = {
        path
        for path, text in texts.items()
        if SOMEBODYS_FOLDER.search(text) or any(host in text for host in REGISTRIES)
    }
    assert naming == set()


def test_every_locked_package_has_its_hashes_and_no_address() -> None:
    for lock in sorted(ROOT.glob("requirements*.txt")):
        entries = lock.read_text().replace("\\\n", " ").splitlines()
        packages = [entry for entry in entries if entry and not entry.startswith("#")]
        assert packages
        for entry in packages:
            assert re.match(r"[a-z0-9._\[\]-]+==\S+ ", entry), f"{lock.name}: {entry[:60]}"
            assert "--hash=sha256:" in entry
            assert "://" not in entry


@pytest.mark.parametrize("name", ["utils", "helpers", "manager", "common", "misc"])
def test_no_module_has_a_name_that_says_nothing(name: str) -> None:
    assert [relative(path) for path in SOURCE.rglob(f"*{name}*")] == []
