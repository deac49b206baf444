"""What `read` takes, and how it says no."""

from pathlib import Path

import pytest

from services.scope.read.settings import ReadSettings
from shared.settings import SettingsInvalid


def test_a_file_is_enough() -> None:
    """The rest has its defaults."""
    assert ReadSettings.load(["x.pcap"]) == ReadSettings("x.pcap")


def test_every_flag_is_taken() -> None:
    """Calls from as many files as there are."""
    flags = "--calls a --calls b,c --json --svg p.svg --explain --lang zh --port 5000 --conversation 2 x.pcap"
    expected = ReadSettings("x.pcap", ("a", "b,c"), True, Path("p.svg"), True, "zh", 5000, 2)
    assert ReadSettings.load(flags.split()) == expected


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("", "the following arguments are required: FILE"),
        ("x --port 0", "argument --port: is '0': should be a number from 1 to 65535"),
        ("x --port 65536", "argument --port: is '65536': should be a number from 1 to 65535"),
        ("x --conversation none", "argument --conversation: is 'none': should be a number from 1"),
        (f"x --conversation {'9' * 5000}", f"argument --conversation: is '{'9' * 5000}': should be a number from 1"),
        ("x --lang fr", "argument --lang: invalid choice: 'fr' (choose from 'en', 'zh')"),
        ("x --colour", "unrecognized arguments: --colour"),
        ("- --calls -", "- is given more than once: standard input can be read once only"),
    ],
)
def test_what_is_wrong_is_named(arguments: str, line: str) -> None:
    """In one line: the flag, its value, its rule."""
    with pytest.raises(SettingsInvalid) as caught:
        ReadSettings.load(arguments.split())
    assert str(caught.value) == line
