"""Settings of the ways in: settings.yaml beside this file, overridden by FORECARE_* environment variables."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from features.settings import FileSettings


class ApiSettings(FileSettings):
    """Meaning and defaults of each field: settings.yaml."""

    model_config = SettingsConfigDict(
        env_prefix="FORECARE_", frozen=True, yaml_file=Path(__file__).with_name("settings.yaml")
    )

    api_keys: str
    rule_makers: str
    rule_checkers: str
    session_hours: int = Field(ge=1, le=168)
    body_limit: int = Field(ge=1024)
    levels_days: int = Field(ge=7, le=1000)
    timeline_items: int = Field(ge=1, le=1000)


def listed(names: str) -> frozenset[str]:
    """Names written with commas between them."""
    return frozenset(name.strip() for name in names.split(",") if name.strip())


def read_api_settings(**given: object) -> ApiSettings:
    """The settings in force; `given` wins. Raises Refusal that names the variable at fault, never its value."""
    return ApiSettings.read(**given)
