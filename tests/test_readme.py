"""Compares the README's table of settings with the settings."""

from tests.readme import README, in_readme, settings_table
from varsling.settings import Settings


def test_the_settings_in_the_readme_are_the_settings() -> None:
    assert in_readme(README.read_text()) == settings_table(), "run `make readme`"


def test_each_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
