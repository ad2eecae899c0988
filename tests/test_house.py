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
FEATURES = {
    "deliveries",
    "dispatch",
    "feed",
    "landlords",
    "notices",
    "office_page",
    "offices",
    "protection",
    "reservations",
    "tenant_page",
    "tenants",
}
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


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """List every text file of the tree except those that tools made."""
    found = {}
    for path in ROOT.rglob("*"):
        folders = path.relative_to(ROOT).parts[:-1]
        made = any(folder in MADE_BY_TOOLS or (folder.startswith(".") and folder != ".ci") for folder in folders)
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
    """Any module may import a feature's service, and `app` its endpoints. A table may refer to another feature's table;
    a request or an answer may contain a dwelling."""
    package, module = importer.split(".")[1], imported.split(".")[2:3]
    if module == ["service"] or imported == "varsling.offices.schemas":
        return True
    if module == ["endpoints"]:
        return package == "app"
    return module == ["tables"] and (importer.endswith(".tables") or importer == "varsling.database.schema")


def test_features_meet_only_through_their_services() -> None:
    """Commands, the worker and the demonstration know a feature by its service alone, too."""
    graph = grimp.build_graph("varsling", cache_dir=None)
    assert crossings(graph) == set()
    graph.add_import(importer="varsling.worker", imported="varsling.notices.commands.timers")  # planted
    assert crossings(graph) == {("varsling.worker", "varsling.notices.commands.timers")}


def test_events_are_appended_by_the_base_of_commands_alone() -> None:
    """A transaction locks the heads of streams last, so the base of commands appends, not each command (DESIGN § 4)."""
    appending = {
        relative(path)
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"feed.append", "streams.append", "append"}
    }
    assert appending == {"src/varsling/command_base.py", "src/varsling/feed/granting.py"}


def test_versions_of_a_notice_are_changed_in_the_store_alone() -> None:
    changing = re.compile(
        r"(update|insert|delete|insert_rows)\([^()]*notice_versions|notice_versions\.(update|insert|delete)"
    )
    found = {relative(path) for path in MODULES if changing.search(path.read_text())}
    assert found == {"src/varsling/notices/store.py"}


def test_only_the_database_package_commits() -> None:
    """Guarantee 1 needs a single place that commits before the answer leaves."""
    committing = {
        relative(path)
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr in {"commit", "begin", "begin_nested", "begin_twophase"}
    }
    assert committing == {"src/varsling/database/migrate.py", "src/varsling/database/writer.py"}


def test_one_module_calls_out() -> None:
    importing = {
        relative(path)
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.Import) and any(name.name.partition(".")[0] == "httpx" for name in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "httpx")
    }
    assert importing <= {"src/varsling/http.py"}


def test_the_tree_names_no_folder_of_a_machine_and_no_registry(texts: dict[str, str]) -> None:
    assert "src/varsling/settings.py" in texts
    assert "migrations/env.py" in texts
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
