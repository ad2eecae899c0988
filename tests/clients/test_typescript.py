"""The document for TypeScript: linted by redocly and spectral, and a client of openapi-typescript makes a real round.

They need node and what `make .node/stamp` installs; `make test` does that where npm is.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.conftest import FILE, Round

FOLDER = Path(__file__).parent / "typescript"
INSTALLED = FILE.parents[1] / ".node" / "node_modules"
TOOLS = INSTALLED / ".bin"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not TOOLS.is_dir(), reason="no npm here: `make .node/stamp` installed nothing"),
]


def run(*command: str | Path, folder: Path = FOLDER, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_redocly_finds_nothing() -> None:
    said = run(TOOLS / "redocly", "lint", "--config", "redocly.yaml", "--max-problems", "20", FILE)
    assert "Your API description is valid" in said
    assert "warning" not in said.partition("validating")[2].lower()


def test_spectral_finds_nothing() -> None:
    said = run(TOOLS / "spectral", "lint", "--ruleset", "spectral.yaml", "--fail-severity", "hint", FILE)
    assert "No results" in said


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_generated_client_compiles_and_makes_a_round(round_of: Round, tmp_path: Path) -> None:
    for name in ("package.json", "tsconfig.json", "round.ts"):
        shutil.copy(FOLDER / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(INSTALLED)
    run(TOOLS / "openapi-typescript", FILE, "--output", "varsling.d.ts", folder=tmp_path)
    run(TOOLS / "tsc", folder=tmp_path)
    run("node", "built/round.js", "landlord", folder=tmp_path, ROUND=round_of.as_json())
    round_of.scenario.work()
    run("node", "built/round.js", "integration", folder=tmp_path, ROUND=round_of.as_json())
