"""The client's own key pairs. Their public halves are registered at Digdir, where each lives one year.

A new key is made beside the one in use, registered, and only then put to use: no call is without a key meanwhile.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

from joserfc.jwk import RSAKey
from pydantic import BaseModel, ConfigDict, ValidationError

from varsling import secret_files
from varsling.settings import SettingsRefused

ALGORITHM = "RS256"
_BITS = 3072
_PUBLIC = ("kty", "kid", "n", "e")


class SigningKeysRefused(SettingsRefused):
    """The key file is missing or unusable. The message is one line with the remedy."""


class _File(BaseModel):
    """`made_at` has an instant for each key, by its id."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    current: str
    keys: dict[str, dict[str, Any]]
    made_at: dict[str, datetime]


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key in use. `made_at` tells when its registration ends: a year later at the latest."""

    key_id: str
    key: RSAKey
    made_at: datetime


class SigningKeys:
    """The key file at `path`. It is read anew whenever it has changed: a rotation needs no restart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._current: tuple[SigningKey, tuple[int, int, int]] | None = None

    def current(self) -> SigningKey:
        """Give the key in use. Raises SigningKeysRefused."""
        written = self._written()
        if self._current is None or self._current[1] != written:
            file = self._read()
            # Its arithmetic is checked, which holds the interpreter for a tenth of a second: not for each call.
            key = RSAKey.import_key(file.keys[file.current])
            self._current = SigningKey(file.current, key, file.made_at[file.current]), written
        return self._current[0]

    def _written(self) -> tuple[int, int, int]:
        """Tell one state of the file from another: it is always replaced, never changed."""
        try:
            stat = self._path.stat()
        except OSError:
            return 0, 0, 0
        return stat.st_ino, stat.st_mtime_ns, stat.st_size

    def public(self) -> Mapping[str, Any]:
        """Give the public halves of all keys, as a key set to register. Raises SigningKeysRefused."""
        keys = self._read().keys.values()
        return {"keys": [_public(key) for key in keys]}

    def add(self) -> Mapping[str, Any]:
        """Make a key, and give its public half. The first one is in use at once. Raises SigningKeysRefused."""
        # Its thumbprint might begin with a hyphen, which no command line takes for a name.
        key_id = token_hex(16)
        key = RSAKey.generate_key(_BITS, parameters={"kid": key_id})
        known = self._read() if self._path.exists() else _File(current=key_id, keys={}, made_at={})
        file = _File(
            current=known.current,
            keys={**known.keys, key_id: dict(key.as_dict(private=True))},
            made_at={**known.made_at, key_id: datetime.now(UTC)},
        )
        self._write(file)
        return _public(file.keys[key_id])

    def use(self, key_id: str) -> None:
        """Put a key to use, and forget all others. Raises SigningKeysRefused."""
        file = self._read()
        if key_id not in file.keys:
            raise SigningKeysRefused(f"{self._path} has no key {key_id}: `varsling keys maskinporten show` lists them.")
        kept = _File(current=key_id, keys={key_id: file.keys[key_id]}, made_at={key_id: file.made_at[key_id]})
        self._write(kept)

    def _read(self) -> _File:
        try:
            file = _File.model_validate_json(self._path.read_bytes())
            if file.current in file.keys and file.keys.keys() == file.made_at.keys():
                return file
        except OSError as error:
            raise SigningKeysRefused(
                f"Maskinporten's key file {self._path} cannot be read ({error.strerror}): make it with"
                " `varsling keys maskinporten new`, or name it by VARSLING_MASKINPORTEN_KEY_FILE."
            ) from None
        except ValidationError:
            pass
        raise SigningKeysRefused(f"Maskinporten's key file {self._path} is damaged: put it back, or make a new one.")

    def _write(self, file: _File) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            secret_files.replace(self._path, json.dumps(file.model_dump(mode="json"), indent=2).encode())
            secret_files.flush(self._path.parent)
        except OSError as error:
            raise SigningKeysRefused(
                f"Maskinporten's key file {self._path} cannot be written ({error.strerror})."
            ) from None


def _public(key: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: key[name] for name in _PUBLIC} | {"use": "sig", "alg": ALGORITHM}
