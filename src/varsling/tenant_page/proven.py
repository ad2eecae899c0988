"""What a tenant sees after she has proved who she is: what she wrote, who saw the notice, and everything as a file."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection

from varsling.context import Context
from varsling.database.engine import reading
from varsling.deliveries import service as deliveries
from varsling.domain.dates import oslo_date, oslo_time
from varsling.domain.lifecycle import WithdrawalReason
from varsling.domain.problems import NotFound
from varsling.domain.tenant import Statement, Through
from varsling.notices import service as notices
from varsling.notices.service import StoredNotice
from varsling.privacy import audit
from varsling.privacy.audit import AuditAction
from varsling.reservations.service import StoredReservation
from varsling.shapes import instant
from varsling.tenant_page.login import Session
from varsling.tenant_page.own import named_in, own_reservations
from varsling.tenants import service as tenants
from varsling.tenants.service import Said

_SEEN = {AuditAction.NOTICE_READ: "read", AuditAction.NOTICE_OPENED: "opened"}


@dataclass(frozen=True, slots=True)
class Stated:
    statement: Statement
    on: date
    through: Through


@dataclass(frozen=True, slots=True)
class SeenBy:
    """Somebody at Nav saw the notice on a day, first at that time.

    Whose system it was is told to nobody: one that only the office for protected people has would tell a co-tenant
    that somebody's address is protected (guarantee 10).
    """

    how: str
    on: date
    time: str


@dataclass(frozen=True, slots=True)
class Proven:
    """`stated` has the statements of each kind by its name, what counts most first. `reserved`: a reservation of hers
    is in force, wherever she made it."""

    stated: Mapping[str, Sequence[Stated]]
    seen_by: Sequence[SeenBy]
    reserved: bool


def look(
    connection: Connection,
    context: Context,
    session: Session,
    stored: StoredNotice,
    reserved: Collection[StoredReservation],
) -> Proven:
    stated: defaultdict[str, list[Stated]] = defaultdict(list)
    for one in _said(connection, context, session):
        stated[tenants.kind_of(one.statement)].append(Stated(one.statement, oslo_date(one.said_at), one.through))
    seen_by = _seen_by(connection, stored) if _names(stored, session.tenant_id) else []
    return Proven(stated, seen_by, bool(reserved))


def _said(connection: Connection, context: Context, session: Session) -> Sequence[Said]:
    cipher = context.keyring.cipher
    found = tenants.statements_of(connection, cipher, [session.tenant_id]).get(session.tenant_id)
    return () if found is None else found.said


def _seen_by(connection: Connection, stored: StoredNotice) -> list[SeenBy]:
    """Give when Nav saw the notice, once a day and way: a system may read it every minute."""
    seen: dict[tuple[str, date], SeenBy] = {}
    for one in audit.history(connection, stored.id, _SEEN):
        how, on = _SEEN[one.row.action], oslo_date(one.at)
        seen.setdefault((how, on), SeenBy(how, on, oslo_time(one.at)))
    return list(seen.values())


def export(context: Context, session: Session) -> bytes:
    """Give everything about her that is kept, as a document (personvernforordningen art. 15 and 20).

    Of other tenants it has nothing, and nothing of a notice that names her no more. Raises NotFound once nothing of it
    is kept.
    """
    with reading(context.engine) as connection:
        named = notices.tenant_of(connection, session.tenant_id)
        if named is None:
            raise NotFound
        stored = notices.as_published(connection, context, named.notice_id)
        named_in_it = _names(stored, session.tenant_id)
        document = {
            "exported_at": instant(context.clock.now(connection)),
            "notice": notices.notice_about(connection, context, stored, session.tenant_id) if named_in_it else None,
            "seen_by": _seen_by(connection, stored) if named_in_it else [],
            **_of_herself(connection, context, session, stored),
        }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def _names(stored: StoredNotice, tenant_id: UUID) -> bool:
    """Tell whether the notice is about her. Whoever was left out must not go on reading the case of the others."""
    return stored.reason != WithdrawalReason.WRONG_PERSON and tenant_id in {row.id for row in stored.remaining_tenants}


def _of_herself(connection: Connection, context: Context, session: Session, stored: StoredNotice) -> dict[str, Any]:
    """Give what she did, and the letters that she got."""
    cipher, said = context.keyring.cipher, named_in(stored, session.tenant_id)
    return {
        "national_id": None if said is None else said.national_id,
        "statements": [
            {"kind": tenants.kind_of(one.statement), "said_at": instant(one.said_at), "through": one.through}
            | {"content": one.statement}
            for one in _said(connection, context, session)
        ],
        "reports": [
            {"reported_at": instant(one.reported_at), "kinds": one.kinds}
            for one in tenants.reports_of(connection, cipher, session.tenant_id)
        ],
        "reservations": [
            {"lease": one.lease_reference, "form": one.form, "received_on": one.received_on}
            | {"made_at": instant(one.created_at)}
            for one in own_reservations(connection, context, stored, session.tenant_id)
        ],
        "letters": [
            {"sent_on": one.sent_on, "kind": "copy" if one.copy else "second"}
            for one in deliveries.letters_to(connection, tenants.code_ids_of(connection, session.tenant_id))
        ],
    }
