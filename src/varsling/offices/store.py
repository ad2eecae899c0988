"""Stored renewals of the register."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import orjson
import sqlalchemy as sa

from varsling.database.changes import Change, Transaction
from varsling.domain.dates import oslo_date
from varsling.domain.office import OfficeNumber
from varsling.offices.register import Office, OfficeStatus, Renewal
from varsling.offices.tables import register_renewals

_NEWEST = sa.select(sa.func.max(register_renewals.c.number))


def newest_number(connection: sa.Connection) -> int:
    """Give the number of the renewal in force; 0 if there is none."""
    return connection.scalar(_NEWEST) or 0


def newest(connection: sa.Connection) -> Renewal | None:
    """Give the renewal in force."""
    c = register_renewals.c
    row = connection.execute(sa.select(c.version, c.facts).where(c.number == _NEWEST.scalar_subquery())).first()
    return None if row is None else _renewal(row.version, orjson.loads(row.facts))


@dataclass(frozen=True, slots=True)
class KeepRenewal(Change[Renewal]):
    """Add new answers to the renewal in force. Answers the renewal that is then in force.

    `areas` and `offices` are those that were asked about; of the others the last answer counts.
    """

    areas: Mapping[str, OfficeNumber | None]
    offices: Mapping[str, Office]

    def apply(self, transaction: Transaction) -> Renewal:
        before, number = newest(transaction.connection), newest_number(transaction.connection)
        areas = {**(before.areas if before else {}), **self.areas}
        offices = {**(before.offices if before else {}), **self.offices}
        made_on = oslo_date(transaction.now)
        facts = {
            "made_on": made_on,
            "areas": dict(sorted(areas.items())),
            "offices": [asdict(offices[one]) for one in sorted(offices)],
        }
        digest = hashlib.sha256(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:8]
        version = f"norg2-{made_on}.{digest}"
        row = {
            "number": number + 1,
            "version": version,
            "made_at": transaction.now,
            "facts": orjson.dumps(facts).decode(),
        }
        transaction.connection.execute(register_renewals.insert().values(row))
        return Renewal(version, made_on, areas, offices)


def _renewal(version: str, facts: dict[str, Any]) -> Renewal:
    offices = [Office(**one | {"status": OfficeStatus(one["status"])}) for one in facts["offices"]]
    return Renewal(
        version=version,
        made_on=date.fromisoformat(facts["made_on"]),
        areas=facts["areas"],
        offices={office.number: office for office in offices},
    )
