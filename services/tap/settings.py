"""The tap's own knobs."""

from typing import ClassVar

from pydantic import Field, field_validator

from shared.settings import Settings


class TapSettings(Settings):
    """Settings of the tap: where to listen in, and where to send what it hears."""

    variable_prefix: ClassVar[str] = "ECHO_TAP_"

    interface: str = Field(
        "eth0", min_length=1, max_length=15, description="Network interface whose packets are captured."
    )
    scope: str = Field("scope:5002", description="host:port where the scope takes packets.")

    @field_validator("scope")
    @classmethod
    def _host_and_port(cls, text: str) -> str:
        host, _, port = text.rpartition(":")
        # The host of an IPv6 address is in brackets, or it would end in what looks like a port.
        if not host.strip("[]") or (":" in host and not (host[0] == "[" and host[-1] == "]")):
            raise ValueError("should be host:port")
        if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65_535):  # noqa: PLR2004 - TCP's ports
            raise ValueError("should be host:port, with a port from 1 to 65535")
        return text

    @property
    def scope_address(self) -> tuple[str, int]:
        """Host and port of the scope."""
        host, _, port = self.scope.rpartition(":")
        return host.strip("[]"), int(port)
