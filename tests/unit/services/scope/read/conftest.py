"""Runs the command `read` in a folder of its own."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest

from services.scope.read.edge import main
from tests.unit.services.scope.harness.calls import session, session_calls
from tests.unit.services.scope.harness.wire import capture


class Answer(NamedTuple):
    """What the command said."""

    code: int
    document: dict[str, Any]
    lines: list[str]


Ask = Callable[..., Answer]


@pytest.fixture
def ask(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Give a function that runs `read --json`, in a folder with a session's capture and calls."""
    monkeypatch.chdir(tmp_path)
    Path("x.pcap").write_bytes(capture(session().packets))
    Path("calls").write_bytes(b"".join(orjson.dumps(asdict(made)) + b"\n" for made in session_calls()))

    def run(*arguments: str) -> Answer:
        code = main([*arguments, "--json"])
        out, err = capsysbinary.readouterr()
        return Answer(code, orjson.loads(out) if out else {}, err.decode().splitlines())

    return run
