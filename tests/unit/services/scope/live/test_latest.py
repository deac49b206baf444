"""The file with the latest conversations."""

import json
from pathlib import Path

from services.scope.live.latest import write
from services.scope.page.shelf import Shelf
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import followed


def test_they_are_written_as_a_document(tmp_path: Path) -> None:
    """The oldest first, and in one go: no half of it is ever there under its name."""
    shelf = Shelf(2)
    for conversation in followed(talk("a_window_opens")) + followed(session()) + followed(talk("nobody_listens")):
        shelf.add(conversation, {})
    write(shelf, tmp_path / "latest.json")
    document = json.loads((tmp_path / "latest.json").read_text())
    assert [one["outcome"] for one in document["conversations"]] == ["closed", "refused"]
    assert [path.name for path in tmp_path.iterdir()] == ["latest.json"]
