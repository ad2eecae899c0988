"""Explains a failure to an operator in one line that says how to mend it."""

import errno
import traceback
from pathlib import Path

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


def what_to_do(error: Exception) -> str:
    """Explain a failure, each fault in one line. Of a fault of varsling's own, tell where it is, without the words of
    the error: they may be a person's."""
    return _known(error) or _own_fault(error)


def _own_fault(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "varsling" in Path(frame.filename).parts]
    where = (ours or frames)[-1]
    return (
        f"This is a fault in varsling ({type(error).__name__} at {Path(where.filename).name}:{where.lineno}). Please "
        "report it. `varsling --traceback …` shows the way there."
    )


def _known(error: Exception) -> str | None:
    if isinstance(error, SettingsRefused | ShiftedClock | DatabaseTooOld):
        return str(error)
    if isinstance(error, OSError):
        return _of_the_system(error)
    return _of_the_database(error)


def _of_the_system(error: OSError) -> str | None:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return _DISK_FULL
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return f"No permission for {error.filename or 'this address or file'}: give the user of varsling access."
        case errno.ENOENT | errno.ENOTDIR | errno.EISDIR | errno.EEXIST if error.filename:
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
