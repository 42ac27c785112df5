"""What the environment may set: DATABASE_URL, HOST and PORT, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = "5000"


class SettingsError(Exception):
    """A setting is missing or makes no sense; the message says which and why."""


@dataclass(frozen=True)
class Settings:
    database_url: str
    host: str
    port: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """An empty variable counts as an unset one."""
        return cls(
            database_url=_database_url(environment.get("DATABASE_URL", "")),
            host=environment.get("HOST") or DEFAULT_HOST,
            port=_port(environment.get("PORT") or DEFAULT_PORT),
        )

    @property
    def address(self) -> str:
        """`HOST:PORT`, with the brackets that an IPv6 address needs."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def _database_url(value: str) -> str:
    if not value:
        raise SettingsError("DATABASE_URL is not set; it must be a postgres:// or postgresql:// URL")
    if not value.startswith(("postgres://", "postgresql://")):
        raise SettingsError("DATABASE_URL must start with postgres:// or postgresql://")
    return value


def _port(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 5 and 1 <= int(value) <= 65535):
        raise SettingsError(f"PORT must be a number from 1 to 65535, not {value!r}")
    return int(value)
