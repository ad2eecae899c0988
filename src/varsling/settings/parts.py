"""What the parts of the settings share: their types, and where a value may come from."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from varsling.domain.policies import Channel


class Issuer(BaseModel):
    """A trusted issuer of access tokens: Maskinporten's `issuer` and `jwks_uri`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str
    jwks_url: str
    audience: str | None = None


class SettingsRefused(Exception):
    """Settings are missing or unsafe. The message has one line for each setting to change."""


def _no_trailing_slash(url: str) -> str:
    return url.rstrip("/")


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Url = Annotated[str, AfterValidator(_no_trailing_slash)]
Channels = Annotated[tuple[Channel, ...], NoDecode, BeforeValidator(_split)]


class Part(BaseSettings):
    """A part of an installation's settings, by DESIGN's names."""

    model_config = SettingsConfigDict(
        env_prefix="VARSLING_",
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )


def secret_in(name: str, file: Path | None) -> str:
    """Read the secret that a setting's file holds. Raises SettingsRefused."""
    try:
        return "" if file is None else file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsRefused(f"VARSLING_{name.upper()}: {file} cannot be read.") from None
