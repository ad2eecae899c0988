"""`status`: whether an installation works, what waits for a person, and what is wrong."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

import click
import orjson
import sqlalchemy as sa

from varsling.commands.context import table
from varsling.commands.failures import what_to_do
from varsling.context import Context, half_gone, looking_at
from varsling.database.engine import reading
from varsling.database.migrate import at_head
from varsling.deliveries.service import paused, seen_workers, waiting
from varsling.domain.dates import oslo_text
from varsling.feed.service import lagging
from varsling.notices.service import held_notices, unfetched_notices
from varsling.privacy.key_check import keys_known
from varsling.privacy.keys import KeysRefused
from varsling.settings import Settings, SettingsRefused, load_settings
from varsling.tenants.service import open_reports

# A worker tells once a minute that it is there.
_SILENT = timedelta(minutes=3)
# A letter is taken within a second, unless an outside system keeps the worker waiting.
_LATE = timedelta(minutes=15)
_UNREAD = timedelta(hours=24)


class Level(IntEnum):
    """The exit status of the command is the highest of all."""

    WELL = 0
    WAITS = 1
    """Something waits for a person."""
    WRONG = 2


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how it stands, and in `facts` the same for a program."""

    name: str
    level: Level
    said: str
    facts: dict[str, Any] = field(default_factory=dict)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print it for a program.")
def status(*, as_json: bool) -> None:
    """Tell whether all is well (exit 0), something waits for a person (1) or something is wrong (2)."""
    try:
        checks = [*_checks(load_settings().checked())]
    except SettingsRefused as error:
        checks = [Check("settings", Level.WRONG, " ".join(str(error).splitlines()))]
    level = max(check.level for check in checks)
    if as_json:
        told = [{"name": one.name, "status": one.level.name.lower(), "said": one.said, **one.facts} for one in checks]
        click.echo(orjson.dumps({"status": level.name.lower(), "checks": told}, option=orjson.OPT_INDENT_2).decode())
    else:
        table(("part", "state", "what"), [(one.name, one.level.name.lower(), one.said) for one in checks], none="")
    sys.exit(level)


def _checks(settings: Settings) -> Iterator[Check]:
    """Look at each part; without keys or a usable database there is nothing more to see."""
    file = settings.database_file
    if file is not None and not file.exists():
        said = half_gone(settings) or f"There is no database {file}. Make it with `varsling migrate`."
        yield Check("database", Level.WRONG, said)
        return
    if not settings.keys.exists():
        said = half_gone(settings) or f"There is no key file {settings.keys}. Make it with `varsling keys new`."
        yield Check("keys", Level.WRONG, said)
        return
    try:
        with looking_at(settings) as context:
            yield from _of_database(context)
            with reading(context.engine) as connection:
                now = context.clock.now(connection)
                yield _worker(connection, now)
                yield _letters(connection, now)
                yield _paused(connection)
                yield _integrations(connection, now)
                yield _reports(connection, context)
            yield _held(context)
            yield _unfetched(context, now)
    except KeysRefused as error:
        yield Check("keys", Level.WRONG, str(error))
    except Exception as error:  # noqa: BLE001  (whatever it is, it is what is wrong)
        yield Check("database", Level.WRONG, " ".join(what_to_do(error).splitlines()))


def _of_database(context: Context) -> Iterator[Check]:
    """Raises the driver's exception, KeysRefused, and SettingsRefused for another version's schema."""
    kind = context.engine.dialect.name
    with reading(context.engine) as connection:
        connection.execute(sa.select(1))
    yield Check("database", Level.WELL, f"{kind} answers", {"kind": kind})
    if not at_head(context.engine):
        raise SettingsRefused("The database has not the schema of this version: run `varsling migrate`.")
    yield Check("migrations", Level.WELL, "the schema is this version's")
    with reading(context.engine) as connection:
        keys_known(connection, context.keyring)
    yield Check("keys", Level.WELL, "they are this database's")


def _worker(connection: sa.Connection, now: datetime) -> Check:
    seen = seen_workers(connection)
    alive = [one for one in seen if now - one.seen_at <= _SILENT]
    facts = {"alive": len(alive), "last_seen": seen[0].seen_at if seen else None}
    if not alive:
        said = f"none has been seen since {oslo_text(seen[0].seen_at)} ({seen[0].name})" if seen else "none runs"
        return Check("worker", Level.WRONG, f"{said}: start `varsling worker`", facts)
    return Check("worker", Level.WELL, f"{len(alive)} seen at {oslo_text(seen[0].seen_at)}", facts)


def _letters(connection: sa.Connection, now: datetime) -> Check:
    found = waiting(connection, now)
    facts = {"waiting": found.letters, "due_since": found.due_since}
    if found.due_since is not None and now - found.due_since > _LATE:
        said = f"{found.letters} wait, the longest due since {oslo_text(found.due_since)}: see `varsling copies list`"
        return Check("letters", Level.WRONG, said, facts)
    return Check("letters", Level.WELL, f"{found.letters or 'none'} wait, none too long", facts)


def _paused(connection: sa.Connection) -> Check:
    stopped = sorted(paused(connection))
    if not stopped:
        return Check("channels", Level.WELL, "none is paused", {"paused": []})
    said = f"paused: {', '.join(stopped)}; go on with `varsling copies resume`"
    return Check("channels", Level.WAITS, said, {"paused": stopped})


def _integrations(connection: sa.Connection, now: datetime) -> Check:
    grown = lagging(connection)
    late = [one.organisation for one in grown if one.waiting_since is not None and now - one.waiting_since > _UNREAD]
    facts = {"integrations": len(grown), "behind": late}
    if late:
        said = f"{', '.join(late)} has not read for a day: see `varsling integrations lag`"
        return Check("integrations", Level.WAITS, said, facts)
    return Check("integrations", Level.WELL, f"{len(grown) or 'none'} with a grant, none behind", facts)


def _reports(connection: sa.Connection, context: Context) -> Check:
    found = open_reports(connection, context.keyring.cipher)
    facts = {"open": len(found), "oldest": found[0].reported_at if found else None}
    if found:
        said = f"{len(found)} of misuse, since {oslo_text(found[0].reported_at)}: see `varsling reports list`"
        return Check("reports", Level.WAITS, said, facts)
    return Check("reports", Level.WELL, "none is open", facts)


def _held(context: Context) -> Check:
    found = held_notices(context)
    days = [one.decide_by for one in found if one.decide_by is not None]
    facts = {"held": len(found), "decide_by": min(days, default=None)}
    if found:
        until = f", the first to be decided by {min(days)}" if days else ""
        return Check("held", Level.WAITS, f"{_notices(len(found))}{until}: see `varsling notices held`", facts)
    return Check("held", Level.WELL, "no notice waits for a person", facts)


def _unfetched(context: Context, now: datetime) -> Check:
    found = unfetched_notices(context, now - _UNREAD)
    facts = {"unfetched": len(found)}
    if found:
        said = f"{_notices(len(found))} for more than a day: see `varsling notices unfetched --hours 24`"
        return Check("unfetched", Level.WAITS, said, facts)
    return Check("unfetched", Level.WELL, "none has waited for more than a day", facts)


def _notices(number: int) -> str:
    return f"{number} notice{'' if number == 1 else 's'}"
