"""The page."""

import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from services.client.report.judging import judge
from services.client.report.page.html import page
from services.client.thresholds import Thresholds
from tests.unit.services.client.report.harness.merged import HOSTILE, merged
from tests.unit.services.client.report.harness.results import climb, load, session


class Tags(HTMLParser):
    """The elements of a page, as a browser sees them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element and its attributes."""
        self.tags.append((tag, dict(attrs)))


def parsed(*documents: dict[str, Any]) -> ET.Element:
    """Return the page of these results."""
    return ET.fromstring(page(merged(*documents)))  # noqa: S314 -- our own


def titles(root: ET.Element) -> list[str]:
    """Return the titles of its sections."""
    return [element.text or "" for element in root.iter("h2")]


def figures(root: ET.Element) -> dict[str, str]:
    """Return its key figures."""
    (row,) = (element for element in root.iter("dl") if element.get("class") == "figures")
    return {box[0].text or "": box[1].text or "" for box in row}


def test_a_load_is_shown_in_full() -> None:
    """Curve, timeline, replicas, errors and circumstances."""
    root = parsed(load(errors={"reset": 2}), load(host="b"))
    assert titles(root) == [
        "Latency by percentile",
        "Over time",
        "Replicas side by side",
        "Errors",
        "Circumstances (what all replicas have in common)",
    ]
    assert figures(root) == {
        "messages verified": "2",
        "messages / s": "200",
        "latency p50": "100 µs",
        "latency p99": "100 µs",
        "latency max": "100 µs",
        "errors": "2",
    }


def test_how_the_server_was_run_is_a_circumstance() -> None:
    """Where it was heard."""
    headings = [e.text for e in parsed(load(server={"log_level": "info", "watched": True})).iter("h3")]
    assert headings == ["Settings", "Machine", "Server", "Versions"]
    assert "Server" not in [e.text for e in parsed(load()).iter("h3")]


def test_what_was_due_and_why_things_failed_are_on_the_page() -> None:
    """As in the text: who is sent the page has nothing else."""
    reasons = [{"phase": "connect", "kind": "exhausted", "errno": "EMFILE", "count": 67}]
    root = parsed(load(((0, 5),) * 655, messages_due=800, error_reasons=reasons))
    (figure,) = (box for box in root.iter("div") if "".join(box.itertext()).startswith("messages verified"))
    assert "".join(figure.itertext()) == "messages verified655of 800 due, 655 sent"
    assert "connect EMFILE 67 (tried again)" in "".join(root.itertext())


def test_sessions_have_a_page_of_their_own() -> None:
    """Without what they do not measure."""
    root = parsed(session())
    assert [element.text for element in root.iter("h1")] == ["Session report"]
    assert (titles(root), figures(root)) == (["Circumstances"], {"messages verified": "1", "errors": "0"})


def test_a_load_that_did_nothing_has_a_page() -> None:
    """Without charts of nothing."""
    assert titles(parsed(load(()))) == ["Circumstances"]


def test_a_closed_loop_has_one_curve_and_a_warning() -> None:
    """Due is when it is sent: a second curve would be the first, and the stalls hardly show."""
    for requested, curves, word in ((0.0, 1, "Closed loop"), (100.0, 2, "A server that stalls")):
        root = parsed(load(rate_requested=requested))
        kinds = [path.get("class", "") for path in root.iter("path")]
        # The timeline has a curve of the first one's colour.
        assert len({kind for kind in kinds if kind in {"curve latency", "curve service"}}) == curves
        assert (next(root.iter("figcaption")).text or "").startswith(word)


def test_a_load_in_steps_is_drawn() -> None:
    """Before all else, with a table of its steps; without a rate that it should have kept throughout."""
    one = merged(climb("a", 10, 20, 5_000))
    root = ET.fromstring(page(one, judge(one, Thresholds(max_p99_us=100))))  # noqa: S314 -- our own
    assert titles(root)[0] == "Latency against throughput"
    assert [row[6].text for row in list(root.iter("table"))[1][1]] == ["met", "met", "missed: p99"]
    assert not any("requested" in (text.text or "") for text in root.iter("text"))


def test_what_a_reader_must_know_is_on_top() -> None:
    """Before any chart."""
    root = parsed(load(interrupted="SIGINT"))
    (notes,) = (element for element in root.iter("ul") if element.get("class") == "notes")
    assert (notes[0].text or "").startswith("Interrupted by SIGINT")


def test_nothing_is_loaded_and_nothing_runs() -> None:
    """The page is whole, and says to the browser that it is."""
    tags = Tags(page(merged(load()))).tags
    assert {tag for tag, _ in tags} & {"script", "link", "img", "iframe", "object", "image", "use", "a"} == set()
    names = {name for _, attributes in tags for name in attributes}
    assert not any(name.startswith("on") or name in {"src", "href", "style"} for name in names)
    policies = [attributes["content"] for _, attributes in tags if "http-equiv" in attributes]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_foreign_text_is_text() -> None:
    """Whatever a result holds, a browser sees the same elements as for a harmless one."""
    texts = {"host": HOSTILE, "port": HOSTILE, HOSTILE: HOSTILE}

    def tags(facts: dict[str, str], name: str) -> list[str]:
        one = load(host=name, settings=facts, versions=facts, errors={name: 1})
        return [tag for tag, _ in Tags(page(merged(one, one | {"machine": {"host": "b", "x": name}}))).tags]

    assert tags(texts, HOSTILE) == tags({"host": "a", "port": "b", "c": "d"}, "e")


SAMPLES = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 2**33)), max_size=10)


@settings(max_examples=15)
@given(samples=SAMPLES, text=st.text(max_size=10), replicas=st.integers(1, 3))
def test_any_page_is_well_formed(samples: list[tuple[int, int]], text: str, replicas: int) -> None:
    """As XML, which is stricter than HTML."""
    parsed(*(load(samples, host=f"{text}{n}", errors={text: n}, settings={text: text}) for n in range(replicas)))


@settings(max_examples=15)
@given(samples=SAMPLES)
def test_no_number_on_a_page_is_nan_or_infinite(samples: list[tuple[int, int]]) -> None:
    """Neither written nor drawn."""
    text = page(merged(load(samples, rate_requested=0.0), load((), host="b", rate_achieved=0.0)))
    assert not re.search(r"\b(nan|inf)\b", text)


def test_errors_are_red_where_there_are_some() -> None:
    """No other figure ever is."""
    for failed, red in ((0, []), (2, ["errors"])):
        (row,) = (one for one in parsed(load(errors={"reset": failed})).iter("dl") if one.get("class") == "figures")
        assert [box[0].text for box in row if box[1].get("class") == "bad"] == red


def test_the_messages_that_were_sent_stand_beside_those_that_came_back() -> None:
    """Of both kinds of run, and of all replicas together; of a load with those that were due."""
    for one, text in ((load, "8of 2 due, 12 sent"), (session, "8of 12 sent")):
        root = parsed(one(messages_sent=7, messages_verified=4), one(messages_sent=5, messages_verified=4))
        (row,) = (element for element in root.iter("dl") if element.get("class") == "figures")
        assert "".join(row[0][1].itertext()) == text
