"""Explains a failure to an operator in one line that says how to mend it."""

import errno

import sqlalchemy as sa
from alembic.util import CommandError

from varsling.database.clock import ShiftedClock
from varsling.database.engine import DatabaseTooOld
from varsling.database.failures import Failure, failure_of
from varsling.domain.catalogue import problem_text
from varsling.domain.language import AnswerLanguage
from varsling.domain.problems import Problem
from varsling.settings import SettingsRefused

_DISK_FULL = "The disk is full: make room, then start again. No answered call is lost."
_DATABASE_AWAY = "The database cannot be used: check that it runs, VARSLING_DATABASE_URL, its rights and its disk."
_DATABASE_REFUSES = "The database lacks this version's schema: run `varsling migrate` first."


def what_to_do(error: Exception) -> str | None:
    """Explain a failure that an operator can mend; None for a fault of varsling's own."""
    if isinstance(error, SettingsRefused | ShiftedClock | DatabaseTooOld):
        return " ".join(str(error).splitlines())
    if isinstance(error, OSError):
        return _of_the_system(error)
    return _of_the_database(error)


def _of_the_system(error: OSError) -> str | None:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return _DISK_FULL
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return f"No permission for {error.filename or 'this address or file'}: give the user of varsling access."
        case errno.ENOENT | errno.ENOTDIR | errno.EISDIR if error.filename:
            return f"{error.filename} is not a usable file or folder: check the path."
        case _:
            return None


def _of_the_database(error: Exception) -> str | None:
    if isinstance(error, CommandError):
        return "The database was migrated by a newer varsling: install that version, or restore an older database."
    if isinstance(error, sa.exc.SQLAlchemyError):
        if "is full" in str(getattr(error, "orig", "")):
            return _DISK_FULL
        return _DATABASE_AWAY if failure_of(error) is Failure.DOWN else _DATABASE_REFUSES
    if isinstance(error, Problem):
        text = problem_text(error.code, AnswerLanguage.EN)
        return f"Refused ({error.code}): {text.detail} {text.remedy}"
    return None
