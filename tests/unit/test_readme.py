"""README.md tells the truth about the code."""

import re
from pathlib import Path

import pytest

from services.client.load.settings import LoadSettings
from services.client.settings import ClientSettings
from services.scope.live.settings import LiveSettings
from services.server.settings import ServerSettings
from services.tap.settings import TapSettings
from services.tracer.settings import TracerSettings

# The table has the settings of all services first, then these from the last to the first.
_ORDER = ("SCOPE", "TRACER", "TAP", "SERVER", "LOAD", "CLIENT")

_ROOT = Path(__file__).parents[2]
_README = (_ROOT / "README.md").read_text()


def settings_rows() -> list[str]:
    """Return the rows that the settings table must have, from the code."""
    rows: dict[str, str] = {}
    for settings in (ServerSettings, ClientSettings, LoadSettings, TapSettings, TracerSettings, LiveSettings):
        for name, field in settings.model_fields.items():
            variable = settings.variable(name)
            meaning = (field.description or "").removesuffix(f" [{variable}]")
            default = "" if field.default in (None, "") else f"`{field.default}`"
            row = f"| `{variable}` | `--{name.replace('_', '-')}` | {default} | {meaning} |"
            # The server's wording of what both have in common is its own: the base class speaks for both.
            rows.setdefault(variable, row)
    # What all services have, then each service's own.
    return sorted(rows.values(), key=lambda row: [f"_{name}_" in row for name in _ORDER])


def test_the_settings_table_is_what_the_code_says() -> None:
    """Each variable stands in the README with its flag, default and meaning, and no other does."""
    table = [line for line in _README.splitlines() if line.startswith("| `ECHO_")]
    assert table == settings_rows()


@pytest.mark.parametrize("path_and_name", sorted(set(re.findall(r"\[`(tests/[^`]+::[^`]+)`\]", _README))))
def test_a_test_that_the_readme_names_exists(path_and_name: str) -> None:
    """A claim that is linked to a test can be checked by running it."""
    path, _, name = path_and_name.partition("::")
    assert f"def {name}(" in (_ROOT / path).read_text()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`make ([a-z][a-z0-9-]*)", _README))))
def test_a_make_target_that_the_readme_names_exists(target: str) -> None:
    """Every command of the README is there."""
    assert re.search(rf"^{target}:", (_ROOT / "Makefile").read_text(), re.MULTILINE)
