"""All settings: from the environment (prefix `VARSLING_`), or from the TOML file that `VARSLING_CONFIG` names."""

from varsling.settings.loading import load_settings
from varsling.settings.parts import Issuer, SettingsRefused
from varsling.settings.settings import Settings

__all__ = ["Issuer", "Settings", "SettingsRefused", "load_settings"]
