"""All pages of the workbench."""

from __future__ import annotations

from api.web import customer_pages, session_pages, task_pages

ROUTERS = (session_pages.router, task_pages.router, customer_pages.router)
