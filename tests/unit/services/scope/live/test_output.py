"""How a conversation is shown."""

import io
import json

import pytest

from services.scope.live.output import output
from services.scope.live.settings import LiveSettings
from tests.unit.services.scope.harness.calls import CLIENT, joined, session, session_calls


class Terminal(io.StringIO):
    """A stream that somebody watches."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def shown(stream: io.StringIO, *arguments: str) -> str:
    """Return what is written of the session."""
    output(stream, LiveSettings.load(arguments), 100)(joined(session(), session_calls()))
    return stream.getvalue()


def test_machines_get_a_line_of_json() -> None:
    """The element of a ladder's document."""
    text = shown(io.StringIO())
    assert text.count("\n") == 1
    assert json.loads(text)["client"] == CLIENT


@pytest.mark.parametrize(("stream", "arguments"), [(Terminal(), []), (io.StringIO(), ["--log-format", "console"])])
def test_people_get_a_drawing(stream: io.StringIO, arguments: list[str]) -> None:
    """On a terminal, or where the log is for them."""
    text = shown(stream, *arguments)
    assert "connect()" in text
    assert "SYN-SENT" in text


def test_on_a_terminal_too_the_format_can_be_json() -> None:
    """Whoever asks for it gets it."""
    assert json.loads(shown(Terminal(), "--log-format", "json"))["client"] == CLIENT
