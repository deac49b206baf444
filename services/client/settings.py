"""The client's own settings."""

import stat
from pathlib import Path
from typing import ClassVar

from pydantic import Field, field_validator

from shared.settings import WatchedSettings


def size_of(path: Path) -> int:
    """Return how many bytes a file holds; raise ValueError with the rule where it is none that can be sent."""
    try:
        # Asked before it is opened: opening a FIFO waits for somebody to write to it.
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("should be a regular file")
        with path.open("rb") as file:
            if file.read(1) and not status.st_size:
                raise ValueError("should have a size, which what the kernel writes as it is read (/proc) has not")
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror})") from None
    return status.st_size


class ClientSettings(WatchedSettings):
    """Settings of the echo client: what to send, how often, and how long to wait."""

    variable_prefix: ClassVar[str] = "ECHO_CLIENT_"

    message: str = Field("Hello", description="What one session sends, as UTF-8.")
    file: Path | None = Field(None, description="Send this file's bytes instead of the message.")
    size_bytes: int | None = Field(
        None, ge=0, le=10**15, description="Send so many seeded random bytes instead of the message."
    )
    sessions: int = Field(1, ge=0, le=10**9, description="How many sessions, one after another; 0: until stopped.")
    interval_s: float = Field(
        2, ge=0, le=86_400, allow_inf_nan=False, description="From one session's end to the next."
    )
    connect_timeout_s: float = Field(
        10, gt=0, le=3600, allow_inf_nan=False, description="Until connected, retries included."
    )
    timeout_s: float = Field(5, gt=0, le=3600, allow_inf_nan=False, description="For a session to make some progress.")

    @field_validator("file")
    @classmethod
    def _readable(cls, path: Path | None) -> Path | None:
        if path is not None:
            size_of(path)
        return path

    @field_validator("size_bytes")
    @classmethod
    def _one_payload(cls, size_bytes: int | None, info: object) -> int | None:
        if size_bytes is not None and getattr(info, "data", {}).get("file") is not None:
            raise ValueError("cannot go with ECHO_CLIENT_FILE (--file): choose one")
        return size_bytes
