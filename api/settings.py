"""Settings of the ways in: settings.yaml beside this file, overridden by FORECARE_* environment variables."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, YamlConfigSettingsSource

from features.errors import Refusal


class ApiSettings(BaseSettings):
    """Meaning and defaults of each field: settings.yaml."""

    model_config = SettingsConfigDict(
        env_prefix="FORECARE_", frozen=True, yaml_file=Path(__file__).with_name("settings.yaml")
    )

    api_keys: str
    session_hours: int = Field(ge=1, le=168)
    body_limit: int = Field(ge=1024)
    levels_days: int = Field(ge=7, le=1000)
    timeline_items: int = Field(ge=1, le=1000)

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


def read_api_settings(**given: object) -> ApiSettings:
    """The settings in force; `given` wins. Raises Refusal that names the variable at fault, never its value."""
    try:
        return ApiSettings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = f"FORECARE_{'_'.join(str(part) for part in first['loc'])}".upper()
        raise Refusal(first["msg"], place=name, remedy="see api/settings.yaml") from None
