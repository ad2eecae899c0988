"""Opening the context that services get."""

from datetime import timedelta
from pathlib import Path

import pytest

from varsling.context import close, open_context
from varsling.database.clock import ShiftedClock, shift
from varsling.database.engine import OLDEST, DatabaseTooOld, connect_for_writing, create_engine
from varsling.database.migrate import at_head
from varsling.domain.policies import Environment
from varsling.privacy.keys import KeysRefused, make_key_file
from varsling.settings import Settings, SettingsRefused


def settings_for(environment: Environment, url: str, folder: Path) -> Settings:
    return Settings(environment=environment, database_url=url, key_file=folder / "keys.json")


def test_a_local_start_makes_what_it_needs(tmp_path: Path) -> None:
    settings = settings_for(Environment.LOCAL, f"sqlite:///{tmp_path}/var/varsling.db", tmp_path)
    context = open_context(settings)
    assert at_head(context.engine)
    assert context.writer.running
    assert settings.keys.exists()
    close(context)
    assert not context.writer.running


def test_a_context_opens_on_either_database(database_url: str, tmp_path: Path) -> None:
    context = open_context(settings_for(Environment.TEST, database_url, tmp_path))
    assert context.writer.running
    close(context)


def test_a_database_that_is_too_old_is_named_with_what_is_needed(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test raises the required version above the server's, since no server of ten years ago is at hand."""
    kind = database_url.partition(":")[0]
    monkeypatch.setitem(OLDEST, kind, (99, 1))
    with pytest.raises(DatabaseTooOld, match=r"SQL(ite)? \d+\.\d+ is too old: varsling needs 99\.1 or newer\."):
        open_context(settings_for(Environment.TEST, database_url, tmp_path))


def test_production_refuses_a_database_without_the_schema(tmp_path: Path) -> None:
    make_key_file(tmp_path / "keys.json")
    with pytest.raises(SettingsRefused, match="varsling migrate"):
        open_context(settings_for(Environment.PRODUCTION, f"sqlite:///{tmp_path}/empty.db", tmp_path))


def test_a_database_takes_no_other_keys_than_its_own(database_url: str, tmp_path: Path) -> None:
    settings = settings_for(Environment.TEST, database_url, tmp_path)
    for _ in range(2):
        close(open_context(settings))
    settings.keys.rename(tmp_path / "lost.json")
    with pytest.raises(SettingsRefused, match="is gone, and the database was made with it: put it back"):
        open_context(settings)
    assert not settings.keys.exists()
    make_key_file(settings.keys)
    with pytest.raises(KeysRefused, match="put that one back"):
        open_context(settings)
    (tmp_path / "lost.json").replace(settings.keys)
    close(open_context(settings))


def test_a_lost_database_is_not_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "varsling.db"
    for environment in (Environment.TEST, Environment.PRODUCTION):
        settings = settings_for(environment, f"sqlite:///{file}", tmp_path)
        make_key_file(settings.keys)
        with pytest.raises(SettingsRefused, match=r"There is no database .*: put it back"):
            open_context(settings)
        assert not file.exists()
        settings.keys.unlink()


def test_production_refuses_a_database_whose_clock_was_moved(database_url: str, tmp_path: Path) -> None:
    close(open_context(settings_for(Environment.TEST, database_url, tmp_path)))
    engine = create_engine(database_url)
    with connect_for_writing(engine) as connection:
        shift(connection, timedelta(days=1))
        connection.commit()
    engine.dispose()
    with pytest.raises(ShiftedClock):
        open_context(settings_for(Environment.PRODUCTION, database_url, tmp_path))
