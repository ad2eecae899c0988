"""The wheel contains everything that an installed varsling needs, migrations included."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
SHOW = """
import varsling
from varsling.database.migrate import configuration
print(varsling.__file__, configuration().get_main_option("script_location"))
"""


def run(*command: str, cwd: Path, **environment: str) -> str:
    # Leave out COVERAGE_* and the like: the wheel runs as it would elsewhere.
    clean = {name: value for name, value in os.environ.items() if name in {"HOME", "PATH", "TMPDIR"}}
    done = subprocess.run(
        command, cwd=cwd, env=clean | environment, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content in a folder of its own, as `pip install --target` leaves it."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder))
    run(sys.executable, "-m", "pip", "wheel", *options, str(ROOT), cwd=folder)
    (wheel,) = folder.glob("varsling-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_brings_its_migrations(installed: Path, tmp_path: Path) -> None:
    module, migrations = run(sys.executable, "-c", SHOW, cwd=tmp_path, PYTHONPATH=str(installed)).split()
    assert Path(module) == installed / "varsling" / "__init__.py"
    assert Path(migrations) == installed / "varsling" / "database" / "migrations"
    assert sorted(path.name for path in Path(migrations, "versions").glob("*.py")) == sorted(
        path.name for path in (ROOT / "migrations" / "versions").glob("*.py")
    )


def test_it_migrates_from_anywhere(installed: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/var/varsling.db"
    run(sys.executable, "-m", "varsling", "migrate", cwd=tmp_path, PYTHONPATH=str(installed), VARSLING_DATABASE_URL=url)
    engine = sa.create_engine(url)
    assert {"notices", "audit_rows", "alembic_version"} <= set(sa.inspect(engine).get_table_names())
    engine.dispose()
