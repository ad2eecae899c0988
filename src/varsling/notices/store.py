"""The statements that read and change notices, their versions and their tenants."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from pydantic import TypeAdapter

from varsling.database.changes import Transaction
from varsling.domain.lifecycle import HeldFor, NoticeStatus
from varsling.domain.notice import Notice
from varsling.domain.office import FoundBy, OfficeNumber, ReachedBy
from varsling.domain.protection import Protection
from varsling.domain.remarks import Remark
from varsling.domain.tenant import LeftOut
from varsling.notices.stored import PublishedVersion, StoredNotice, StoredTenant
from varsling.notices.tables import notice_tenants, notice_versions, notices
from varsling.privacy.cipher import Cipher
from varsling.reservations.service import join_indexes, split_indexes

DOCUMENT = "notice_versions.content"
"""The label under which a version's document is encrypted."""
_PROTECTION = "notice_versions.protection"
# One byte each: a ciphertext must not tell by its length what it says.
_AS_BYTE = {Protection.NONE: b"0", Protection.CONFIDENTIAL: b"7", Protection.STRICT: b"6"}

_document = TypeAdapter(Notice)
_published = notice_versions.alias("published")


def encode(notice: Notice) -> bytes:
    """The document of a version, before encryption."""
    return _document.dump_json(notice, exclude_defaults=True)


def encode_protection(cipher: Cipher, version_id: UUID, protection: Protection) -> bytes:
    """The protection of the tenants whom a version names, encrypted for its row."""
    return cipher.encrypt(_PROTECTION, version_id, _AS_BYTE[protection])


def load(
    connection: sa.Connection,
    cipher: Cipher,
    where: sa.ColumnElement[bool],
    *,
    published: bool = False,
) -> list[StoredNotice]:
    """Load the notices that `where` (over the table `notices`) selects, in the order of their acceptance.

    Each comes with its newest version; with `published`, with its newest published one, and notices without one are
    missing. It is one statement: its rows are the notices' tenants.
    """
    version = notices.c.published_version if published else notices.c.version
    statement = (
        sa.select(notices, *_OF_VERSION, *_OF_PUBLISHED, *_OF_TENANT)
        .join(notice_versions, (notice_versions.c.notice_id == notices.c.id) & (notice_versions.c.version == version))
        .outerjoin(
            _published,
            (_published.c.notice_id == notices.c.id) & (_published.c.version == notices.c.published_version),
        )
        .join(notice_tenants, notice_tenants.c.notice_id == notices.c.id)
        .where(where)
        .order_by(notices.c.id, notice_tenants.c.place)
    )
    rows: defaultdict[UUID, list[sa.RowMapping]] = defaultdict(list)
    for row in connection.execute(statement).mappings():
        rows[row["id"]].append(row)
    return [_stored(of_notice, cipher) for of_notice in rows.values()]


_OF_VERSION = (
    notice_versions.c.id.label("version_id"),
    notice_versions.c.version.label("content_version"),
    notice_versions.c.created_at.label("version_created_at"),
    notice_versions.c.office_number.label("version_office"),
    notice_versions.c.content,
    notice_versions.c.protection,
)
_OF_PUBLISHED = (
    _published.c.published_at.label("published_at"),
    _published.c.office_number.label("named_office"),
    _published.c.receiving_office_number.label("receiving_office"),
    _published.c.petition_filed_on.label("petition_published"),
    _published.c.urgent.label("urgent_published"),
)
_OF_TENANT = (
    notice_tenants.c.id.label("tenant_id"),
    notice_tenants.c.place,
    notice_tenants.c.birth_index,
    notice_tenants.c.number_index,
    notice_tenants.c.family_indexes,
    notice_tenants.c.left_out_at,
    notice_tenants.c.left_out_for,
    notice_tenants.c.no_reminder_at,
)


class NewVersion(NamedTuple):
    """A row of `notice_versions` to insert; `document` is encrypted under DOCUMENT and the row's id."""

    id: UUID
    notice_id: UUID
    version: int
    document: bytes
    petition_filed_on: date | None
    urgent: bool
    named_office: OfficeNumber | None = None


def add_versions(transaction: Transaction, new: Sequence[NewVersion]) -> None:
    """Insert versions, sorted by their ids."""
    rows = [
        {
            "id": one.id,
            "notice_id": one.notice_id,
            "version": one.version,
            "created_at": transaction.now,
            "content": one.document,
            "office_number": one.named_office,
            "petition_filed_on": one.petition_filed_on,
            "urgent": one.urgent,
        }
        for one in sorted(new, key=lambda one: one.id)
    ]
    transaction.insert(notice_versions, rows)


def replace_document(transaction: Transaction, version_id: UUID, document: bytes) -> None:
    _change_version(transaction, notice_versions.c.id == version_id, content=document)


def rename_office(transaction: Transaction, notice_id: UUID, from_version: int, office: OfficeNumber) -> None:
    """Change the office that the letters of this version and of the later ones name."""
    c = notice_versions.c
    _change_version(transaction, sa.and_(c.notice_id == notice_id, c.version >= from_version), office_number=office)


def keep_protection(transaction: Transaction, version_id: UUID, protection: bytes) -> None:
    """Keep the person register's answer about a version that has none."""
    unanswered = sa.and_(notice_versions.c.id == version_id, notice_versions.c.protection.is_(None))
    _change_version(transaction, unanswered, protection=protection)


def give_to_office(transaction: Transaction, notice_id: UUID, version: int | None, office: OfficeNumber | None) -> None:
    """Change the office that has a published version."""
    c = notice_versions.c
    _change_version(
        transaction, sa.and_(c.notice_id == notice_id, c.version == version), receiving_office_number=office
    )


def leave_out(transaction: Transaction, tenant_ids: Collection[UUID], why: LeftOut) -> None:
    left_out = sa.update(notice_tenants).where(notice_tenants.c.id.in_(tenant_ids))
    transaction.connection.execute(left_out.values(left_out_at=transaction.now, left_out_for=why.value))


def stop_reminder(transaction: Transaction, tenant_id: UUID) -> None:
    stopped = sa.update(notice_tenants).where(notice_tenants.c.id == tenant_id)
    transaction.connection.execute(stopped.values(no_reminder_at=transaction.now))


def _change_version(transaction: Transaction, which: sa.ColumnElement[bool], **values: object) -> None:
    transaction.connection.execute(sa.update(notice_versions).where(which).values(**values))


def add_notices(transaction: Transaction, new: Sequence[StoredNotice]) -> None:
    """Insert new notices, without their tenants and versions, sorted by their unique key."""
    rows = [columns_of({name: getattr(one, name) for name in _FIELDS}) for one in new]
    rows.sort(key=lambda row: (row["acting_organisation"], row["landlord_key"], row["reference"]))
    transaction.insert(notices, rows)


def add_tenants(transaction: Transaction, new: Sequence[StoredNotice]) -> None:
    """Insert the tenants of new notices."""
    tenants = [_tenant_row(one.id, tenant) for one in new for tenant in one.tenants]
    transaction.insert(notice_tenants, sorted(tenants, key=lambda row: str(row["id"])))


def update_notices(transaction: Transaction, changes: Mapping[UUID, Mapping[str, Any]]) -> None:
    """Change facts of locked notices, named as in StoredNotice."""
    _update(transaction, notices, {notice_id: columns_of(facts) for notice_id, facts in changes.items()})


def update_versions(transaction: Transaction, changes: Mapping[UUID, Mapping[str, Any]]) -> None:
    """Change columns of locked notices' versions."""
    _update(transaction, notice_versions, changes)


def _update(transaction: Transaction, table: sa.Table, changes: Mapping[UUID, Mapping[str, Any]]) -> None:
    """Change rows by their ids: one statement for all that change the same columns."""
    alike: defaultdict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for row_id, columns in changes.items():
        alike[tuple(sorted(columns))].append({"_id": row_id, **columns})
    for names, rows in alike.items():
        statement = sa.update(table).where(table.c.id == sa.bindparam("_id"))
        transaction.connection.execute(statement.values({name: sa.bindparam(name) for name in names}), rows)


def columns_of(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts, named as in StoredNotice, as columns of `notices`."""
    return {_COLUMNS.get(name, name): _as_stored(value) for name, value in facts.items()}


def _as_stored(value: Any) -> Any:
    if isinstance(value, tuple):
        return " ".join(value)
    return value.value if isinstance(value, Enum) else value


_COLUMNS = {"office": "office_number"}
_FIELDS = tuple(
    name for name in StoredNotice.__dataclass_fields__ if _COLUMNS.get(name, name) in notices.c and name != "tenants"
)
_CONVERTED = {"status", "held_for", "office", "found_by", "reached_by", "remarks"}


def _stored(rows: Sequence[sa.RowMapping], cipher: Cipher) -> StoredNotice:
    """A notice of its rows, one for each tenant."""
    row, version_id = rows[0], rows[0]["version_id"]
    document, protection = row["content"], row["protection"]
    return StoredNotice(
        **{name: row[name] for name in _FIELDS if name not in _CONVERTED},
        status=NoticeStatus(row["status"]),
        held_for=None if row["held_for"] is None else HeldFor(row["held_for"]),
        office=row["office_number"],
        found_by=FoundBy(row["found_by"]),
        reached_by=None if row["reached_by"] is None else ReachedBy(row["reached_by"]),
        remarks=tuple(Remark(code) for code in row["remarks"].split()),
        content_version=row["content_version"],
        version_id=version_id,
        version_created_at=row["version_created_at"],
        version_office=row["version_office"],
        protection=None if protection is None else _BY_BYTE[cipher.decrypt(_PROTECTION, version_id, protection)],
        published=_published_of(row),
        notice=None if document is None else _document.validate_json(cipher.decrypt(DOCUMENT, version_id, document)),
        tenants=tuple(_tenant(one) for one in rows),
    )


_BY_BYTE = {byte: protection for protection, byte in _AS_BYTE.items()}


def _published_of(row: sa.RowMapping) -> PublishedVersion | None:
    if row["published_version"] is None:
        return None
    return PublishedVersion(
        row["published_version"],
        row["published_at"],
        row["named_office"],
        row["receiving_office"],
        row["petition_published"],
        row["urgent_published"],
    )


def _tenant(row: sa.RowMapping) -> StoredTenant:
    return StoredTenant(
        id=row["tenant_id"],
        place=row["place"],
        birth_index=row["birth_index"],
        number_index=row["number_index"],
        family_indexes=split_indexes(row["family_indexes"]),
        left_out_at=row["left_out_at"],
        left_out_for=None if row["left_out_for"] is None else LeftOut(row["left_out_for"]),
        no_reminder_at=row["no_reminder_at"],
    )


def _tenant_row(notice_id: UUID, tenant: StoredTenant) -> dict[str, Any]:
    return {
        "id": tenant.id,
        "notice_id": notice_id,
        "place": tenant.place,
        "birth_index": tenant.birth_index,
        "number_index": tenant.number_index,
        "family_indexes": join_indexes(tenant.family_indexes),
        "left_out_at": tenant.left_out_at,
        "left_out_for": tenant.left_out_for and tenant.left_out_for.value,
    }
