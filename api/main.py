"""The HTTP way in: the API under /v1, the workbench, and the scheduler beside them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from api import complaints
from api.bank import open_bank
from api.routes import customers, events, health, rules, tasks
from api.security import open_gate
from api.service import Service
from api.settings import ApiSettings, read_api_settings
from api.shield import Shield
from api.web import pages
from features.settings import Settings, read_settings

STATIC = Path(__file__).parent / "web" / "static"


def create_app(
    settings: Settings | None = None,
    *,
    host: str = "127.0.0.1",
    api: ApiSettings | None = None,
    scheduler: bool = False,
) -> FastAPI:
    """The application of one home. `host`: where it will listen, as the gate must know; `scheduler`: run nights too.

    Raises Refusal (one line with a remedy) where no key is set and the home is not a demo's on loopback.
    """
    settings, api = settings or read_settings(), api or read_api_settings()
    gate = open_gate(api.api_keys, home=settings.home, host=host, session_hours=api.session_hours)
    service = Service(open_bank(settings), api, gate)
    app = FastAPI(
        title="Forecare",
        version="1",
        description="Proactive care for a bank: tasks with their reasons, customers, pre-answers.",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(service, scheduler=scheduler),
    )
    app.state.service = service
    for routes in (tasks.router, customers.router, events.router, rules.router, health.router):
        app.include_router(routes, prefix="/v1")
    for router in pages.ROUTERS:
        app.include_router(router, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    complaints.install(app)
    app.add_middleware(Shield, body_limit=api.body_limit, loopback_only=gate.demo)
    return app


def _lifespan(service: Service, *, scheduler: bool) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Read the books before the first request; start and stop the clock with the process."""

    @asynccontextmanager
    async def live(app: FastAPI) -> AsyncIterator[None]:
        service.warm()
        if scheduler:
            from care.scheduler.clock import Clock

            service.clock = Clock(service.bank.settings, service.bank.engine)
            service.clock.start()
        try:
            yield
        finally:
            if service.clock is not None:
                service.clock.stop()
            service.close()

    return live
