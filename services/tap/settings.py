"""The tap's own settings."""

import socket
from typing import ClassVar

from pydantic import Field, field_validator

from shared.pcap import MAX_NAME, is_name
from shared.settings import Settings, host_and_port

# Instead of an interface's name.
AUTO = "auto"


class TapSettings(Settings):
    """Settings of the tap: which interface to capture, and where to send the packets."""

    variable_prefix: ClassVar[str] = "ECHO_TAP_"

    interface: str = Field(
        "eth0",
        min_length=1,
        max_length=15,
        description="Network interface whose packets are captured; auto: the one that leads to the scope.",
    )
    packets: str = Field("scope:5002", description="Where the scope takes packets by TCP, host:port.")

    name: str = Field("", description="What the scope calls the place of this tap; empty: the host's name.")

    @field_validator("packets")
    @classmethod
    def _is_address(cls, text: str) -> str:
        host_and_port(text)
        return text

    @field_validator("name")
    @classmethod
    def _is_name(cls, text: str) -> str:
        if text and not is_name(text):
            raise ValueError(f"should be at most {MAX_NAME} printable characters")
        return text

    @property
    def told_name(self) -> str:
        """What the scope is told."""
        return self.name or socket.gethostname()

    @property
    def packets_address(self) -> tuple[str, int]:
        """Host and port where the scope takes packets."""
        return host_and_port(self.packets)
