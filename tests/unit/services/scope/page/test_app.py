"""What the page answers."""

import json
from collections.abc import Iterator

import pytest

from services.scope.document import ladder
from services.scope.notes import NAMES
from services.scope.page.events import MAX_STREAMS
from tests.unit.services.scope.harness.calls import joined, session, session_calls
from tests.unit.services.scope.harness.pages import RunningPage, running_page
from tests.unit.services.scope.harness.sources import HEADER, records
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import followed

_AGAIN = "a_segment_is_sent_again_after_a_time_out"


@pytest.fixture(scope="module")
def page() -> Iterator[RunningPage]:
    """Serve a session with its calls, then a conversation in which a segment is sent again."""
    with running_page() as running:
        running.give(joined(session(), session_calls()), packets={0: records(session())})
        running.give(*followed(talk(_AGAIN, port=40_001)))
        yield running


def test_the_newest_conversation_is_first(page: RunningPage) -> None:
    """Each with what a list needs."""
    newest, oldest = page.rows()
    assert (newest["id"], oldest["id"]) == (2, 1)
    assert oldest == {
        "id": 1,
        "run": newest["run"],
        "client": "10.0.0.1:40000",
        "server": "10.0.0.2:5000",
        "outcome": "closed",
        "started_ns": oldest["started_ns"],
        "duration_us": 9000.0,
        "segments": 10,
        "calls": 14,
        "notes": ["fin-with-ack"],
        "rules_broken": 0,
        "unusual": False,
    }
    assert newest["unusual"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?outcome=closed", [1]),
        ("?outcome=refused", []),
        ("?note=retransmission", [2]),
        ("?note=retransmission&note=fin-with-ack", [2, 1]),
        ("?address=10.0.0.1:40001", [2]),
        ("?address=10.0.0.2", [2, 1]),
        ("?address=10.0.0.3", []),
        ("?limit=1", [2]),
    ],
)
def test_a_query_asks_for_some(page: RunningPage, query: str, found: list[int]) -> None:
    """By outcome, kinds of notes, an end's address with or without its port; and so many."""
    assert [row["id"] for row in page.rows(query)] == found


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/api/conversations?outcome=lost", "outcome=lost: should be one of open, closed"),
        ("/api/conversations?note=lost", "note=lost: should be one of retransmission"),
        ("/api/conversations?limit=0", "limit=0: should be 1 to 1000"),
        ("/api/conversations?limit=%C2%B2", "should be 1 to 1000"),
        ("/api/conversations?address=10.0.0", "address=10.0.0: should be an IP address, or one with a port"),
        ("/api/conversations?outcom=closed", "outcom: there are outcome, note, address and limit"),
        ("/api/conversations/1.svg?lang=fr", "lang=fr: should be en or zh"),
        ("/api/conversations/1.txt?explain=yes", "explain=yes: should be 0 or 1"),
    ],
)
def test_a_query_that_breaks_a_rule_is_told_which(page: RunningPage, path: str, said: str) -> None:
    """One line, and no guess at what was meant."""
    answer = page.get(path)
    assert answer.status == 400
    assert said in answer.body.decode()


def test_a_conversation_is_the_ladder_of_the_contract(page: RunningPage) -> None:
    """With its number in front."""
    expected = {"id": 1, **ladder(joined(session(), session_calls()))}
    assert page.get("/api/conversations/1").json == json.loads(json.dumps(expected))


def test_a_picture_is_drawn_in_the_language_asked_for(page: RunningPage) -> None:
    """With explanations where they are asked for."""
    plain, explained = (page.get(f"/api/conversations/1.svg{query}").body for query in ("", "?explain=1&lang=zh"))
    assert plain.startswith(b"<svg ")
    assert "三次握手".encode() in explained
    assert "三次握手".encode() not in plain


def test_a_ladder_is_text_as_on_a_terminal(page: RunningPage) -> None:
    """Without colours, for a file or a message."""
    answer = page.get("/api/conversations/1.txt?explain=1")
    assert "SYN-SENT" in answer.body.decode()
    assert b"\x1b" not in answer.body
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_the_packets_are_a_capture(page: RunningPage) -> None:
    """Whatever of them was kept, as a file for Wireshark."""
    answer = page.get("/api/conversations/1.pcap")
    assert answer.body[24:] == records(session())
    assert answer.body[:16] == HEADER[:16]
    assert 'filename="conversation-1.pcap"' in answer.headers["Content-Disposition"]


def test_what_is_not_kept_is_said_so(page: RunningPage) -> None:
    """A link may be older than what is kept."""
    assert page.get("/api/conversations/77.svg").status == 404
    assert b"conversation 77 is not kept" in page.get("/api/conversations/77").body


def test_an_address_of_before_a_restart_is_not_anothers(page: RunningPage) -> None:
    """A row says in which run of the scope its number counts, and whoever says it is given that one or none."""
    run = page.rows()[1]["run"]
    for ending in ("", ".svg", ".txt", ".html", ".pcap", "/walk"):
        assert page.get(f"/api/conversations/1{ending}?run={run}").status == 200, ending
        assert page.get(f"/api/conversations/1{ending}?run=0{run}").status == 404, ending
    assert page.get("/api/conversations/1/walk").json["run"] == run


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/api/conversations", "/api/conversations/1", "/api/events"])
def test_no_request_changes_anything(page: RunningPage, method: str, path: str) -> None:
    """There is nothing to be changed."""
    assert page.get(path, method).status == 405


@pytest.mark.parametrize("path", ["../app.py", "..%2fapp.py", "%2e%2e/app.py", "/etc/passwd"])
def test_only_the_pages_own_files_are_served(page: RunningPage, path: str) -> None:
    """No way leads out of their folder."""
    assert page.get(f"/static/{path}").status == 404


def test_the_page_and_its_health_are_there(page: RunningPage) -> None:
    """For a browser, and for a check."""
    assert page.get("/").headers["Content-Type"].startswith("text/html")
    assert page.get("/healthz").body == b"ok\n"


def test_a_conversation_is_told_to_every_open_page() -> None:
    """Its row, with its number as the event's id."""
    with running_page() as page, page.events() as one, page.events() as another:
        assert one.type.startswith("text/event-stream")
        assert one.block() == another.block() == ["retry: 1000"]
        page.give(*followed(session()))
        for events in (one, another):
            number, name, data = events.block()
            assert (number, name) == ("id: 1", "event: conversation")
            assert '"client":"10.0.0.1:40000"' in data


def test_so_many_pages_are_open_and_no_more() -> None:
    """One that is closed makes room for another."""
    with running_page() as page:
        streams = [page.events() for _ in range(MAX_STREAMS)]
        for stream in streams:
            assert stream.__enter__().block() == ["retry: 1000"]
        with page.events() as one_too_many:
            assert one_too_many.status == 503
        for stream in streams:
            stream.__exit__(None, None, None)


def test_the_lessons_are_walked_like_any_conversation(page: RunningPage) -> None:
    """Their contents, one of their ladders in every form, and their page."""
    (first, *_) = page.get("/lessons/contents.json").json["lessons"]
    name = first["parts"][0]["name"]
    assert page.get(f"/lessons/{name}/walk?lang=zh").json["rows"]
    assert page.get(f"/lessons/{name}.json").json["segments"]
    assert [page.get(f"/lessons/{name}.{ending}").status for ending in ("svg", "txt", "html")] == [200] * 3
    assert b"lessons.js" in page.get("/lessons/").body
    assert page.get("/lessons/nothing.json").status == 404
    assert page.get("/lessons/..%2fREADME.json").status == 404


def test_notes_are_called_in_the_language_that_is_asked_for(page: RunningPage) -> None:
    """Each by its name in the API, and shortly."""
    names = page.get("/api/notes?lang=zh").json
    assert names["zero-window"] == "零窗口"
    assert set(names) == set(page.get("/api/notes").json) == set(NAMES.values())
