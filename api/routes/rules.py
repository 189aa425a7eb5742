"""Versions of rules: who submitted, replayed, approved them and put them in force; and the alarms of nights."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import Field

from api.bank import now
from api.commands.rule_versions import as_json
from api.doors import Caller, TheService
from api.schemas import RuleAlarm, RuleStepIn, RuleSubmitIn, RuleVersion, Text
from api.security import User
from api.service import Service
from api.settings import listed

router = APIRouter(tags=["rules"])
RuleId = Annotated[Text, Field(max_length=64)]
Move = Literal["replayed", "approved", "shadow", "live", "retired"]


@router.get("/rules/versions", response_model=list[RuleVersion])
def list_versions(service: TheService, user: Caller, rule: RuleId | None = None) -> Any:
    """Every submitted version (of one rule, if given) with its steps; the shipped rules hold where there is none."""
    from care.rules.versions.store import read_versions

    with service.bank.engine.connect() as connection:
        return [as_json(one) for one in read_versions(connection, rule)]


@router.get("/rules/alarms", response_model=list[RuleAlarm])
def list_alarms(service: TheService, user: Caller) -> Any:
    """Rules that nights stopped alone, the newest first: thrown, flooded, tampered with."""
    from care.rules.versions.store import read_alarms

    with service.bank.engine.connect() as connection:
        return read_alarms(connection)


@router.post("/rules/versions", response_model=RuleVersion)
def submit(service: TheService, user: Caller, given: RuleSubmitIn) -> Any:
    """Hand a new version in as YAML (makers only); it is checked, and nothing is stored where it does not stand."""
    from care.rules.versions import service as work

    _may(user, service.api.rule_makers)
    shipped, at = _shipped(service), now()
    with service.bank.engine.begin() as connection:
        return as_json(work.submit(connection, shipped, given.content, who=user.name, at=at, note=given.note))


@router.post("/rules/{rule}/versions/{version}/{move}", response_model=RuleVersion)
def take_step(service: TheService, user: Caller, rule: RuleId, version: int, move: Move, given: RuleStepIn) -> Any:
    """Replayed (makers, with the report of `forecare replay`); approved, shadow, live, retired (checkers)."""
    from care.rules.versions import service as work
    from care.rules.versions.life import State
    from care.rules.versions.store import add_step

    _may(user, service.api.rule_makers if move == "replayed" else service.api.rule_checkers)
    who, at = user.name, now()
    with service.bank.engine.begin() as connection:
        if move == "replayed":
            return as_json(work.attach_replay(connection, rule, version, given.report, who=who, at=at))
        if move == "live":
            return as_json(work.go_live(connection, rule, version, given.share, who=who, at=at))
        if move == "retired":
            shipped = _shipped(service)
            return as_json(work.retire(connection, shipped, rule, version, who=who, at=at, note=given.note))
        return as_json(add_step(connection, rule, version, State(move), who=who, at=at, note=given.note))


def _may(user: User, names: str) -> None:
    if user.name not in listed(names):
        raise HTTPException(403, "this user may not do that")


def _shipped(service: Service) -> Any:
    from care.rules import read_book

    return read_book(None, service.catalogue)
