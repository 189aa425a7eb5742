"""Whether the service is well: for a load balancer, without a key and without a word about anybody."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.doors import TheService
from api.schemas import Health

router = APIRouter(tags=["health"])


@router.get("/health", response_model=Health)
def health(service: TheService, response: Response) -> dict[str, object]:
    """Database, history, scheduler and the newest finished night; 503 where the service cannot do its work."""
    said = service.health()
    if not said["ok"]:
        response.status_code = 503
    return said
