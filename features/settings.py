"""Settings of the service: settings.yaml beside this file, overridden by FORECARE_* environment variables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, YamlConfigSettingsSource

from features.errors import Refusal, nearest

EMBEDDED = "duckdb"
_ENGINES = re.compile(r"duckdb|local(\[(\*|[1-9]\d*)\])?|spark://[\w.-]+:\d+(,[\w.-]+:\d+)*")


class FileSettings(BaseSettings):
    """Settings whose defaults stand in a YAML file beside their class (`yaml_file` of its model_config)."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, the environment over the file."""
        return init_settings, env_settings, YamlConfigSettingsSource(settings_cls)

    @classmethod
    def read(cls, **given: object) -> Self:
        """The settings in force; `given` wins. Raises Refusal that names the variable at fault, never its value."""
        try:
            return cls(**given)  # type: ignore[arg-type]
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            name = f"FORECARE_{'_'.join(str(part) for part in first['loc'])}".upper()
            file = Path(str(cls.model_config.get("yaml_file")))
            remedy = f"see {file.parent.name}/{file.name}"
            raise Refusal(first["msg"], place=name, remedy=remedy) from None


class Settings(FileSettings):
    """Meaning and defaults of each field: settings.yaml."""

    model_config = SettingsConfigDict(
        env_prefix="FORECARE_", frozen=True, yaml_file=Path(__file__).with_name("settings.yaml")
    )

    home: Path
    database_url: str
    time_zone: str
    bad_rows_limit: float = Field(ge=0, le=1)
    identity_key: str
    threads: int = Field(ge=1)
    memory: str
    engine: str

    @field_validator("engine")
    @classmethod
    def _known_engine(cls, name: str) -> str:
        if not _ENGINES.fullmatch(name):
            forms = (EMBEDDED, "local[*]", "local[2]", "spark://host:7077")
            raise ValueError(f"unknown engine '{name}', {nearest(name, forms)}")
        return name

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError):
            raise ValueError(f"unknown time zone '{name}'") from None
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The bank's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def database(self) -> str:
        """SQLAlchemy URL of the operational database."""
        if not self.database_url:
            return f"sqlite:///{self.home / 'forecare.db'}"
        return self.database_url.replace("postgresql://", "postgresql+psycopg://", 1)


def read_settings(**given: object) -> Settings:
    """The service's settings in force; `given` wins. Raises Refusal that names the variable at fault."""
    return Settings.read(**given)
