"""What refuses settings, apart from the settings themselves."""

import subprocess
import sys

import pytest

from shared.flags import FlagParser, SettingsInvalid

_LIBRARIES = "{'pydantic', 'pydantic_settings', 'structlog'}"


def test_a_flag_that_is_not_known_is_refused_and_ends_nothing() -> None:
    """The edge decides about the exit code."""
    with pytest.raises(SettingsInvalid, match="unrecognized arguments: --what"):
        FlagParser().parse_args(["--what"])


def test_a_capture_is_read_without_the_library_of_settings() -> None:
    """To import it takes as long as all else that a small capture needs."""
    find = f"import sys, services.scope.read.edge; print({_LIBRARIES} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", find], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "set()\n"
