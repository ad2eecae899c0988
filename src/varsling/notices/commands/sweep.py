"""The worker's sweep over all notices: what time, closed offices and slow registers have made due."""

import sqlalchemy as sa

from varsling.context import Context
from varsling.database.engine import reading
from varsling.domain.dates import oslo_date
from varsling.notices.commands import office_closed, timers
from varsling.notices.commands.base import carried_out
from varsling.notices.commands.protection import ask_again
from varsling.notices.commands.route import FindOffice, resolve_offices, waiting_for_office
from varsling.notices.lookups import load_readable
from varsling.notices.tables import notices


def sweep(context: Context) -> int:
    """Do all that is due. Gives the number of notices that it was due for."""
    with reading(context.engine) as connection:
        context.offices.take_over(connection)
        now = context.clock.now(connection)
        due = [*office_closed.due(connection, context), *timers.due(connection, context, now)]
        waiting = list(connection.scalars(sa.select(notices.c.id).where(waiting_for_office())))
        held = load_readable(connection, context.keyring.cipher, notices.c.id.in_(waiting)) if waiting else []
    done = sum(carried_out(context, timer) or False for timer in due)
    for notice_id, found in resolve_offices(context, held, oslo_date(now)).items():
        if found.office is not None:
            done += carried_out(context, FindOffice(context, notice_id, found)) or False
    return done + ask_again(context)
