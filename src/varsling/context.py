"""The context that services get: one for each process, opened once by `serve`, `worker`, a command or a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from varsling.database.clock import Clock, refuse_shift_in_production
from varsling.database.engine import create_engine, reading, refuse_too_old
from varsling.database.migrate import at_head, upgrade
from varsling.database.writer import Writer
from varsling.offices.service import Offices
from varsling.privacy.key_check import KeepKeyCheck, keys_known, was_keyed
from varsling.privacy.keys import Keyring, open_keyring
from varsling.protection.service import Protections
from varsling.settings import Settings, SettingsRefused

# As many as read at once: callers of the API, streams, pages, probes of health, and a worker beside them.
_READING_CONNECTIONS = 12


@dataclass(frozen=True, slots=True)
class Context:
    """`engine` is for reading (`database.engine.reading`). Every write goes through `writer`."""

    settings: Settings
    engine: sa.Engine
    writer: Writer
    clock: Clock
    keyring: Keyring
    offices: Offices
    protections: Protections


def open_context(settings: Settings) -> Context:
    """Read the keys, check the database (outside production: migrate it), and start the writer.

    Raises SettingsRefused with the remedy, DatabaseTooOld, ShiftedClock in production, and the driver's exception if
    the database cannot be reached.
    """
    refuse_half(settings)
    context = _made(settings)
    try:
        _prepare(context)
    except BaseException:
        close(context)
        raise
    return context


def refuse_half(settings: Settings) -> None:
    """Raise SettingsRefused for an installation of which one half is gone."""
    if (gone := half_gone(settings)) is not None:
        raise SettingsRefused(gone)


def half_gone(settings: Settings) -> str | None:
    """Tell what is missing of an installation that has its other half; None if nothing is. Nobody begins anew what was
    only mislaid: what lies there would be lost from sight."""
    file = settings.database_file
    if file is not None and not file.exists():
        if settings.local or not (settings.keys.exists() or settings.production):
            return None
        return (
            f"There is no database {file}: put it back, or mount its disk. If there never was one, make it with"
            " `varsling migrate`."
        )
    if settings.keys.exists():
        return None
    engine = create_engine(settings.database_url)
    try:
        with reading(engine) as connection:
            keyed = was_keyed(connection)
    finally:
        engine.dispose()
    if not keyed or settings.keys.exists():  # a process that starts beside this one may have made both meanwhile
        return None
    return f"The key file {settings.keys} is gone, and the database was made with it: put it back."


@contextmanager
def looking_at(settings: Settings) -> Iterator[Context]:
    """Give a context to read with, of an installation that may be broken: nothing is checked, made or migrated.

    Raises SettingsRefused for a key file that cannot be read.
    """
    context = _made(settings)
    try:
        yield context
    finally:
        close(context)


def _made(settings: Settings) -> Context:
    clock = Clock()
    return Context(
        settings,
        create_engine(settings.database_url, pool_size=_READING_CONNECTIONS),
        Writer(create_engine(settings.database_url, pool_size=1), clock, capacity=settings.writer_queue),
        clock,
        open_keyring(settings),
        Offices(settings),
        Protections.of(settings),
    )


def close(context: Context) -> None:
    """Store the waiting changes, then disconnect from the database."""
    context.writer.stop()
    context.engine.dispose()
    context.offices.close()
    context.protections.close()


def _prepare(context: Context) -> None:
    production = context.settings.production
    refuse_too_old(context.engine)
    if not at_head(context.engine):
        if production:
            raise SettingsRefused("The database has not the schema of this version: run `varsling migrate` first.")
        upgrade(context.engine)
    context.writer.start()
    context.offices.refresh(context.engine)
    _refuse_unknown_office(context)
    with reading(context.engine) as connection:
        refuse_shift_in_production(connection, production=production)
        known = keys_known(connection, context.keyring)
    if not known:
        context.writer.submit_and_wait(KeepKeyCheck(context.keyring))


def _refuse_unknown_office(context: Context) -> None:
    """Require the office for protected people to be known: a notice about one must not wait for an unknown office."""
    number = context.settings.protected_office
    if context.protections.asks and context.offices.register.active_office(number) is None:
        raise SettingsRefused("Set VARSLING_PROTECTED_OFFICE to the number of an office in use.")
