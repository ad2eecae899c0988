"""The check that a database and the key file belong together.

Under another index key every look-up fails silently: a second notice would pass for the first, and a reservation would
be missed. So a database stores a value that only its own key gives.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from varsling.database.changes import Change, Transaction
from varsling.privacy.keys import Keyring, KeysRefused
from varsling.privacy.tables import key_checks


@dataclass(frozen=True, slots=True)
class KeepKeyCheck(Change[None]):
    """Store the check value at the first start with a new database."""

    keyring: Keyring

    def apply(self, transaction: Transaction) -> None:
        if not keys_known(transaction.connection, self.keyring):
            check_value = {"key_id": self.keyring.index_id, "check_value": _check_value(self.keyring)}
            transaction.connection.execute(key_checks.insert(), check_value)


def keys_known(connection: sa.Connection, keyring: Keyring) -> bool:
    """Tell whether the database was made with these keys; False if it stores no check value yet.

    Raises KeysRefused if it was made with other keys.
    """
    kept = {one.key_id: one.check_value for one in connection.execute(sa.select(key_checks))}
    if kept and kept.get(keyring.index_id) != _check_value(keyring):
        raise KeysRefused("The key file is not the one that this database was made with: put that one back.")
    return bool(kept)


def was_keyed(connection: sa.Connection) -> bool:
    """Tell whether a database was ever used with keys: it may have no tables yet."""
    has_table = sa.inspect(connection).has_table(key_checks.name)
    return has_table and connection.execute(sa.select(key_checks.c.key_id).limit(1)).first() is not None


def _check_value(keyring: Keyring) -> bytes:
    return keyring.index.of("check_value")
