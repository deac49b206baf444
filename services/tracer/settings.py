"""The tracer's own settings."""

from collections.abc import Sequence
from typing import ClassVar, Self

from pydantic import Field

from shared.flags import SettingsInvalid
from shared.settings import FedSettings

_MAX_PID = 4_194_304  # Linux's limit (PID_MAX_LIMIT)


class TracerSettings(FedSettings):
    """Runs `-- COMMAND…` under strace, or attaches to `-p PID`, and reports its calls on TCP sockets to the scope."""

    variable_prefix: ClassVar[str] = "ECHO_TRACER_"

    name: str = Field("", max_length=64, description="Name of the program in the records; empty: its own name.")
    pid: int | None = Field(None, ge=1, le=_MAX_PID, description="Trace this process (-p), and run no command.")

    @classmethod
    def load_with_command(cls, arguments: Sequence[str]) -> tuple[Self, list[str]]:
        """Return the settings, and the command behind `--`. Raises SettingsInvalid."""
        at = list(arguments).index("--") if "--" in arguments else len(arguments)
        command = list(arguments[at + 1 :])
        settings = cls.load(["--pid" if argument == "-p" else argument for argument in arguments[:at]])
        if not command and settings.pid is None:
            raise SettingsInvalid("there is no command: python -m services.tracer [--name server] -- COMMAND…")
        if command and settings.pid is not None:
            raise SettingsInvalid("a command and --pid exclude each other")
        return settings, command
