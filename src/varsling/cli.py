"""`varsling`: every command of an installation. What goes wrong is said in one line, with what to do."""

import errno
import sys
from typing import Any

import click

from varsling.commands.calling import follow, submit
from varsling.commands.demo import demo
from varsling.commands.keys import keys
from varsling.commands.letters import letters
from varsling.commands.misuse import landlords, reports
from varsling.commands.notices import notices
from varsling.commands.operating import copies, feed, integrations, worker
from varsling.commands.registers import registers
from varsling.commands.serving import migrate, openapi, serve
from varsling.commands.tokens import token

_DISK_FULL = "The disk is full: make room, then start again. Nothing that was answered is lost."
_DATABASE_AWAY = "The database cannot be used: check that it runs, VARSLING_DATABASE_URL, its rights and its disk."
_DATABASE_REFUSES = "The database has not this version's schema: run `varsling migrate` first."


class Commands(click.Group):
    """The commands; a failure that an operator can mend ends in one line on stderr and exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.BadParameter as error:
            raise click.BadParameter(_without_the_value(error.message), error.ctx, error.param) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            line = what_to_do(error)
            if line is None:
                raise
            raise click.ClickException(line) from None


def _without_the_value(message: str) -> str:
    """What was typed may be somebody's name or number, and what a terminal shows is often kept."""
    if not message.startswith(("'", '"')):
        return message
    return f"What was given {message.rpartition(message[0] + ' ')[2]}"


def what_to_do(error: Exception) -> str | None:
    """One line for a failure that has a remedy, None for one that is a fault of ours."""
    from varsling.database.clock import ShiftedClock  # noqa: PLC0415
    from varsling.database.engine import DatabaseTooOld  # noqa: PLC0415
    from varsling.settings import SettingsRefused  # noqa: PLC0415

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
    import sqlalchemy as sa  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    from varsling.database.failures import Failure, failure_of  # noqa: PLC0415
    from varsling.domain.catalogue import problem_text  # noqa: PLC0415
    from varsling.domain.language import AnswerLanguage  # noqa: PLC0415
    from varsling.domain.problems import Problem  # noqa: PLC0415

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


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="varsling")
def main() -> None:
    """Notices of breach of a lease, checked, copied to every tenant, then published to the NAV office."""


for command in (
    serve,
    worker,
    migrate,
    demo,
    token,
    integrations,
    notices,
    copies,
    letters,
    reports,
    landlords,
    feed,
    registers,
    keys,
    openapi,
    submit,
    follow,
):
    main.add_command(command)


if __name__ == "__main__":
    sys.exit(main())
