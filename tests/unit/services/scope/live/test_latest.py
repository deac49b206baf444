"""The latest conversations."""

import json
from pathlib import Path

from services.scope.live.latest import Latest
from services.scope.model import Conversation
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.wire import followed


def conversations(number: int) -> list[Conversation]:
    """Return so many, of ten segments or so."""
    return [found for _ in range(number) for found in followed(session())]


def test_the_first_to_come_is_the_first_to_go() -> None:
    """Past so many."""
    latest, found = Latest(max_conversations=2), conversations(3)
    for conversation in found:
        latest.add(conversation)
    assert list(latest) == found[1:]


def test_long_ones_count_for_more() -> None:
    """Segments are what takes memory; the latest is kept however long it is."""
    latest, found = Latest(max_segments=len(session().packets) + 1), conversations(2)
    for conversation in found:
        latest.add(conversation)
    assert list(latest) == found[1:]
    alone = Latest(max_segments=1)
    alone.add(found[0])
    assert len(alone) == 1


def test_they_are_written_as_a_document(tmp_path: Path) -> None:
    """In one go: no half of it is ever there under its name."""
    latest = Latest()
    for conversation in conversations(2):
        latest.add(conversation)
    latest.write(tmp_path / "latest.json")
    document = json.loads((tmp_path / "latest.json").read_text())
    assert [one["outcome"] for one in document["conversations"]] == ["closed", "closed"]
    assert [path.name for path in tmp_path.iterdir()] == ["latest.json"]
