"""The server's own settings."""

from collections.abc import Sequence
from typing import ClassVar, Self

from pydantic import Field

from shared.settings import WatchedSettings


class ServerSettings(WatchedSettings):
    """Settings of the echo server."""

    variable_prefix: ClassVar[str] = "ECHO_SERVER_"

    port: int = Field(
        5000, ge=0, le=65535, description="TCP port of the echo; as a flag, 0: any free one, which the log names."
    )
    workers: int = Field(
        1, ge=0, le=256, description="Processes that share the port (SO_REUSEPORT); 0: one for each available CPU."
    )
    backlog: int = Field(1024, ge=0, le=65535, description="The accept queue's limit.")
    max_connections: int = Field(
        10_000, ge=1, description="For each worker; at the limit it stops accepting, and the kernel queues."
    )
    max_connections_per_peer: int = Field(
        0, ge=0, description="For each worker and IP address; one more is reset at once. 0: no such limit."
    )
    idle_timeout_s: float = Field(
        300, ge=0, le=86_400, allow_inf_nan=False, description="Close a connection without progress; 0: never."
    )
    drain_timeout_s: float = Field(
        8, gt=0, le=3600, allow_inf_nan=False, description="Time to finish open echoes; keep below stop_grace_period."
    )
    http_port: int = Field(8000, ge=0, le=65535, description="Where /healthz and /metrics are; 0: nowhere.")

    @classmethod
    def load(cls, arguments: Sequence[str]) -> Self:
        """Return the settings of this process, as the base class does; only a flag may ask for any free port."""
        settings = super().load(arguments)
        if settings.port == 0:
            cls.refuse_any_port("port", "clients")
        return settings
