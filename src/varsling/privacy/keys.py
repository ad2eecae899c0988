"""The key file: every secret of an installation, outside its database.

In `local` and `test` it is made at the first start. Production must be given one: a new key would silently make a
database unreadable.
"""

import base64
import contextlib
import json
import secrets
import stat
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self

from joserfc.jwk import ECKey
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from varsling import secret_files
from varsling.privacy.blind_index import BlindIndex
from varsling.privacy.cipher import KEY_ID_BYTES, Cipher
from varsling.settings import Settings, SettingsRefused

_KEY_BYTES = 32

Secret = Annotated[bytes, BeforeValidator(base64.b64decode), Field(min_length=_KEY_BYTES, max_length=_KEY_BYTES)]
KeyId = Annotated[str, Field(pattern=rf"^[0-9a-f]{{{2 * KEY_ID_BYTES}}}$")]


class KeysRefused(SettingsRefused):
    """The key file is missing or unusable. The message is one line with the remedy."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class _Ring(_Part):
    """Keys of one purpose by id: the current one, and older ones that are still needed to read."""

    current: KeyId
    keys: dict[KeyId, Secret]

    @model_validator(mode="after")
    def _has_its_current_key(self) -> Self:
        if self.current not in self.keys:
            raise ValueError("the current key is missing")
        return self


class _File(_Part):
    encryption: _Ring
    index: _Ring
    cursor: _Ring
    issuer: dict[str, Any]


class Keyring:
    """The installation's keys, by purpose. It has no readable representation, so that it cannot be printed."""

    def __init__(self, file: _File) -> None:
        self._file = file

    @cached_property
    def cipher(self) -> Cipher:
        ring = self._file.encryption
        return Cipher(ring.keys, ring.current)

    @cached_property
    def index(self) -> BlindIndex:
        return BlindIndex(_current(self._file.index))

    @property
    def index_id(self) -> str:
        return self._file.index.current

    @property
    def cursor_key(self) -> bytes:
        """The key that signs cursors of feeds and lists."""
        return _current(self._file.cursor)

    @cached_property
    def issuer_key(self) -> ECKey:
        """The development issuer's private key (P-256, with its `kid`), trusted in `local` and `test` only."""
        return ECKey.import_key(self._file.issuer)


_MEND = "give the user of varsling access, make room on the disk, or name another place by VARSLING_KEY_FILE"


def open_keyring(settings: Settings) -> Keyring:
    """Read the keys of `settings.keys`; outside production, make them at the first start.

    Raises KeysRefused if they cannot be read, or in production are missing or readable by others.
    """
    path = settings.keys
    if settings.production:
        _refuse_unsafe(path)
    else:
        with contextlib.suppress(FileExistsError):
            make_key_file(path)
    try:
        return Keyring(_File.model_validate_json(path.read_bytes()))
    except OSError as error:
        raise KeysRefused(f"The key file {path} cannot be read ({error.strerror}): {_MEND}.") from None
    except ValidationError:
        raise KeysRefused(
            f"The key file {path} is damaged: put back the one that the database was made with."
        ) from None


def make_key_file(path: Path) -> None:
    """Write new keys to `path`, readable by its owner alone.

    Raises FileExistsError if a file exists: it is never overwritten, and of processes that start together one wins.
    Raises KeysRefused if the place cannot be written.
    """
    if path.exists():
        raise FileExistsError(path)
    try:
        secret_files.create(path, _new_keys())
    except OSError as error:
        if path.exists():
            raise FileExistsError(path) from None
        raise KeysRefused(f"The key file {path} cannot be made ({error.strerror}): {_MEND}.") from None


def _new_keys() -> bytes:
    issuer = ECKey.generate_key("P-256", auto_kid=True)
    rings = {purpose: _new_ring() for purpose in ("encryption", "index", "cursor")}
    file = rings | {"issuer": issuer.as_dict(private=True)}
    return json.dumps(file, indent=2).encode()


def _new_ring() -> dict[str, Any]:
    key_id = secrets.token_hex(KEY_ID_BYTES)
    return {"current": key_id, "keys": {key_id: base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()}}


def _current(ring: _Ring) -> bytes:
    return ring.keys[ring.current]


def _refuse_unsafe(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError:
        raise KeysRefused(
            f"The key file {path} is missing: restore it, or for a new installation make it with `varsling keys new`."
        ) from None
    if mode & stat.S_IRWXO:
        raise KeysRefused(f"The key file {path} is open to every user: chmod it to 0600.")
