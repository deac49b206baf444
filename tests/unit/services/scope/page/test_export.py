"""One file to send."""

import json
import re

from services.scope.page.export import MAX_CONVERSATIONS, page
from services.scope.page.headers import source_of
from services.scope.page.shelf import Kept
from tests.unit.services.scope.harness.calls import joined, session, session_calls
from tests.unit.services.scope.harness.pages import data
from tests.unit.services.scope.harness.talks import TALKS, talk
from tests.unit.services.scope.harness.wire import followed

_SESSION = Kept(1, joined(session(), session_calls()), {})


def test_a_file_holds_its_conversations_in_both_languages() -> None:
    """With all that the page shows of them."""
    (one,) = data(page([_SESSION]))["conversations"]
    assert one["row"]["client"] == "10.0.0.1:40000"
    assert "三次握手" in json.dumps(one["walks"]["zh"], ensure_ascii=False)
    assert "<svg" in one["walks"]["en"]["svg"]
    assert one["lines"]["en"] == "#1  10.0.0.1:40000 → 10.0.0.2:5000  closed  (fin-with-ack)"
    assert one["lines"]["zh"] == "#1  10.0.0.1:40000 → 10.0.0.2:5000  已关闭  (FIN 捎带 ACK)"


def test_a_file_loads_nothing() -> None:
    """No address stands in it but the names of two formats, and its policy allows its own script and styles alone."""
    document = page([_SESSION])
    assert not re.findall(r"(?:src|href)=", document)
    assert set(re.findall(r"https?://[^\"' ]+", document)) <= {"http://www.w3.org/2000/svg"}
    (script,) = re.findall(r'<script type="module">(.*?)</script>', document, re.DOTALL)
    (policy,) = re.findall(r'Security-Policy" content="([^"]*)"', document)
    assert f"script-src {source_of(script)};" in policy
    assert "default-src 'none'" in policy


def test_what_is_too_much_is_left_out_and_counted() -> None:
    """A file must be sendable: below five megabytes, with conversations of every kind; it says that there was more."""
    names = list(TALKS)
    kept = [Kept(n, followed(talk(names[n % len(names)]))[0], {}) for n in range(MAX_CONVERSATIONS + 7)]
    file = page(kept)
    found = data(file)
    assert (len(found["conversations"]), found["left_out"]) == (MAX_CONVERSATIONS, 7)
    assert len(file.encode()) < 5_000_000


def test_a_long_conversation_leaves_no_room_for_more() -> None:
    """Segments are bounded as well; the first conversation is always there."""
    long = session()
    for number in range(2000):
        long.client("PSH ACK", 100 + number, 7, 1)
    (conversation,) = followed(long)
    found = data(page(Kept(number, conversation, {}) for number in range(9)))
    assert 1 <= len(found["conversations"]) < 9
    assert found["left_out"] == 9 - len(found["conversations"])


def test_the_script_is_whole_and_imports_nothing() -> None:
    """Its modules stand in one script, each behind those whose names it uses."""
    (script,) = re.findall(r'<script type="module">(.*?)</script>', page([_SESSION]), re.DOTALL)
    assert "import " not in "".join(line for line in script.splitlines() if not line.lstrip().startswith(("*", "/")))
    places = [script.index(what) for what in ("const LADDER_WORDS", "function make", "class EchoLadder", "unpack()")]
    assert places == sorted(places)
