"""The settings as an installation gives them: read, and refused with one line for each fault."""

import difflib
import os
import tomllib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsError

from varsling.settings.parts import SettingsRefused
from varsling.settings.settings import Settings

_PREFIX = "VARSLING_"
# What begins like a setting and is none: the file of settings, the token of `submit` and `follow`, the tests' own.
_OTHERS = frozenset({"VARSLING_CONFIG", "VARSLING_TOKEN", "VARSLING_URL", "VARSLING_FAILPOINTS"})
_ISSUERS = '[{"issuer": "https://maskinporten.no/", "jwks_url": "https://maskinporten.no/jwk"}]'


def load_settings() -> Settings:
    """Load the installation's settings, from the environment and from the file that VARSLING_CONFIG names.

    Raises SettingsRefused with one line for each fault, without any value.
    """
    faults = [*_unknown(name for name in os.environ if name.startswith(_PREFIX))]
    if file := os.environ.get("VARSLING_CONFIG"):
        faults += _faults_of_file(Path(file))
    if faults:
        raise SettingsRefused("\n".join(faults))
    try:
        return Settings()
    except SettingsError:  # of the settings that are JSON: there is one
        raise SettingsRefused(_of_issuers()) from None
    except ValidationError as error:
        raise SettingsRefused("\n".join(dict.fromkeys(map(_told, error.errors(include_input=False))))) from None


def _unknown(names: Iterable[str]) -> Iterator[str]:
    """Tell of names that are no settings: one that is misspelt would be passed over, and its default would hold."""
    known = {f"{_PREFIX}{name.upper()}" for name in Settings.model_fields} | _OTHERS
    for name in names:
        if name.upper() not in known:
            yield f"{name} is no setting{_meant(name.upper(), known)}"


def _meant(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.8)
    return f": did you mean {close[0]}?" if close else ": the README lists them."


def _faults_of_file(file: Path) -> Iterator[str]:
    try:
        given = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        yield f"VARSLING_CONFIG: there is no file {file}."
    except IsADirectoryError:
        yield f"VARSLING_CONFIG: {file} is a folder: name the TOML file in it."
    except OSError:
        yield f"VARSLING_CONFIG: {file} cannot be read: give the user of varsling access."
    except UnicodeDecodeError:
        yield f"VARSLING_CONFIG: {file} is not UTF-8 text."
    except tomllib.TOMLDecodeError as error:
        where = str(error).rpartition("(at ")[2].rstrip(")")
        yield f'VARSLING_CONFIG: {file} is no TOML, see {where}. A line is: public_url = "https://varsling.example"'
    else:
        known = [*Settings.model_fields]
        yield from (f"{name} in {file} is no setting{_meant(name, known)}" for name in given if name not in known)


def _told(fault: Any) -> str:
    name = str(fault["loc"][0])
    if name == "issuers":
        return _of_issuers()
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"{_PREFIX}{name.upper()}: {message[:1].lower()}{message[1:]}."


def _of_issuers() -> str:
    return f"{_PREFIX}ISSUERS: give JSON of this form, `audience` beside them if tokens have one: {_ISSUERS}"
