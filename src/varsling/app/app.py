"""The app: the features' routes, with middleware and handlers around them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import structlog
from fastapi import Depends, FastAPI
from starlette.types import Receive, Scope, Send

from varsling.access.tokens import Verifier
from varsling.app import dates, docs, guide, health
from varsling.app.memory import give_back
from varsling.app.middleware import CallMiddleware
from varsling.context import Context, close, open_context
from varsling.database.threads import finish_in_thread
from varsling.deliveries import endpoints as altinn_events
from varsling.feed import endpoints as feed
from varsling.feed.service import event_schemas
from varsling.idporten.service import IdPorten
from varsling.landlords.service import Landlords
from varsling.notices.endpoints import batches, notices
from varsling.notices.endpoints import changes as notice_changes
from varsling.notices.endpoints import office as notice_for_office
from varsling.notices.endpoints.turns import Turns
from varsling.office_page import endpoints as office_page
from varsling.offices import endpoints as offices
from varsling.reservations import endpoints as reservations
from varsling.settings import Settings
from varsling.tenant_page.endpoints import pages as tenant_page
from varsling.tenant_page.endpoints import proven as proven_tenant_page
from varsling.web.dependencies import admitted
from varsling.web.direct import FULL, hot_routes
from varsling.web.limits import Limiter
from varsling.web.openapi import document
from varsling.web.problems import add_handlers
from varsling.web.reading import reading_threads

_REFRESH_SECONDS = 30.0

_log = structlog.get_logger(__name__)

ROUTERS = (
    notices.hot,
    notices.router,
    batches.router,
    notice_changes.router,
    notice_for_office.router,
    office_page.router,
    reservations.router,
    offices.router,
    feed.router,
    altinn_events.router,
    proven_tenant_page.router,
    tenant_page.router,
    dates.router,
    health.router,
    docs.router,
    guide.router,
)


class App(FastAPI):
    """FastAPI with our own document, which has the schemas of raw bodies and the policy's scopes, and with a way past
    its layers and routers for the hot routes: they cost such a call as much as everything else does."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hot = self.state.hot.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if hot is None:
            await super().__call__(scope, receive, send)
            return
        scope["app"] = self
        if scope["method"] == "POST" and FULL not in scope:
            self.state.turns.came()  # here, where nothing can have failed yet: its room is counted no longer
        await hot(scope, receive, send)

    def finds_place(self, scope: Scope) -> bool:
        """Tell whether this process takes a call now, before it costs anything. Those that it does not are hot posts:
        what landlords' systems send."""
        hot = scope["method"] == "POST" and ("POST", scope["path"]) in self.state.hot
        return not hot or self.state.turns.let_in()

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            self.openapi_schema = document(self, self.state.settings, event_schemas())
        return self.openapi_schema


def create_app(settings: Settings, context: Context | None = None) -> App:
    """Make the app over an open context that the caller closes. Without one, the app opens its own with the server.

    The server sets `app.state.stopping` when a stop begins: long polls and readiness then answer at once.
    """
    app = App(
        title="varsling",
        lifespan=_lifespan,
        dependencies=[Depends(admitted)],
        openapi_url=None,  # this removes the framework's own page, which loads from elsewhere
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.settings = settings
    app.state.hot = {found: CallMiddleware(route.answer) for found, route in hot_routes(ROUTERS).items()}
    app.state.context = context
    app.state.limiter = Limiter(settings.calls_per_minute)
    app.state.strangers = Limiter(settings.calls_per_minute_without_token, "address")
    app.state.database_look = health.DatabaseLook()
    app.state.stopping = asyncio.Event()
    app.state.vitals = None  # of a worker beside the server
    app.state.problem_pages = {"t": tenant_page.problem_page, "o": office_page.problem_page}
    for router in ROUTERS:
        app.include_router(router)
    add_handlers(app)
    app.add_middleware(CallMiddleware)
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    given: Context | None = app.state.context
    context = await asyncio.to_thread(open_context, app.state.settings) if given is None else given
    app.state.context = context
    app.state.verifier = Verifier(context.settings, context.keyring)
    app.state.turns = Turns()
    app.state.reading = reading_threads()
    app.state.landlords = Landlords.of(context.settings)
    app.state.idporten = IdPorten.of(context.settings)
    refreshing = asyncio.create_task(_refresh(context))
    try:
        yield
    finally:
        app.state.stopping.set()
        refreshing.cancel()
        await asyncio.gather(refreshing, return_exceptions=True)
        await asyncio.to_thread(app.state.landlords.close)
        if app.state.idporten is not None:
            await asyncio.to_thread(app.state.idporten.close)
        if given is None:
            await asyncio.to_thread(close, context)


async def _refresh(context: Context) -> None:
    """Take over renewals of the office register that another process made, without a restart; and give memory back."""
    while True:
        await asyncio.sleep(_REFRESH_SECONDS)
        await finish_in_thread(give_back)
        try:
            await finish_in_thread(context.offices.refresh, context.engine)
        except Exception as error:  # noqa: BLE001  (the database may be away: the next time will do)
            _log.warning("register_not_refreshed", error=type(error).__name__)
