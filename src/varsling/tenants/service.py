"""Tenants for the packages above: the codes on their letters, their statements, their reports of misuse."""

from varsling.tenants.codes import (
    NewCode,
    PrintedCode,
    TenantCode,
    close_sessions,
    code_with,
    codes_of,
    count_tries,
    keep_codes,
    leads_to,
    lock_code,
    make_code_for,
    new_code,
    reopen_codes,
    session_open,
)
from varsling.tenants.reports import CloseReport, MisuseReport, file_report, open_reports
from varsling.tenants.statements import Statements, said_through, statements_of, store_statement

__all__ = [
    "CloseReport",
    "MisuseReport",
    "NewCode",
    "PrintedCode",
    "Statements",
    "TenantCode",
    "close_sessions",
    "code_with",
    "codes_of",
    "count_tries",
    "file_report",
    "keep_codes",
    "leads_to",
    "lock_code",
    "make_code_for",
    "new_code",
    "open_reports",
    "reopen_codes",
    "said_through",
    "session_open",
    "statements_of",
    "store_statement",
]
