"""Reports missed expectations: as lines, and as a file for CI (JUnit's XML)."""

from collections import Counter
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from services.scope.gaps import Remark
from services.scope.model import Conversation
from services.scope.read.expecting import Expectations, Expected, Missed
from services.scope.words.words import Words, time

EXIT_MISSED = 99

# Most lines shown; a last one says how many more there were.
_MAX_LINES = 100

_ENGLISH = Words("en")


class Verdict:
    """Judges conversations, and collects what was missed."""

    def __init__(self, expectations: Expectations) -> None:
        self._expectations = expectations
        self._conversations = 0
        self._missed: list[Missed] = []  # the first of them
        self._counts: Counter[Expected] = Counter()

    def __bool__(self) -> bool:
        """Tell whether anything was expected."""
        return bool(self._expectations.named)

    @property
    def is_missed(self) -> bool:
        """Whether any expectation was missed."""
        return bool(self._counts)

    def watch(self, conversations: Iterator[tuple[int, Conversation]]) -> Iterator[tuple[int, Conversation]]:
        """Pass conversations on, and judge each."""
        for number, conversation in conversations:
            self._conversations += 1
            self._add(self._expectations.missed_by(number, conversation))
            yield number, conversation

    def end(self) -> None:
        """Judge all conversations together, after the last one."""
        self._add(self._expectations.missed_by_all(self._conversations))

    def lines(self, words: Words) -> Iterator[str]:
        """Give a line for each miss."""
        for missed in self._missed:
            yield words.remark(Remark.MISSED, flag=missed.expected, what=_say(missed, words))
        more = self._counts.total() - len(self._missed)
        if more:
            yield words.remark(Remark.MISSED_MORE, more)

    def junit(self, file: str) -> bytes:
        """Return a test suite with one test for each expectation; its failure says what was missed.

        In English, as all data.
        """
        expected = self._expectations.named
        name = "".join(c if c.isprintable() else "?" for c in file)  # XML has no control characters
        suite = ET.Element(
            "testsuite", name="echoscope", tests=str(len(expected)), failures=str(len(self._counts)), errors="0"
        )
        for one in expected:
            case = ET.SubElement(suite, "testcase", classname=name, name=one)
            if self._counts[one]:
                failure = ET.SubElement(case, "failure", message=f"missed {self._counts[one]} times")
                failure.text = "\n".join(_say(missed, _ENGLISH) for missed in self._missed if missed.expected == one)
        text: bytes = ET.tostring(suite, encoding="utf-8", xml_declaration=True)
        return text

    def _add(self, found: Iterator[Missed]) -> None:
        for missed in found:
            self._counts[missed.expected] += 1
            if len(self._missed) < _MAX_LINES:
                self._missed.append(missed)


def _say(missed: Missed, words: Words) -> str:
    if missed.ends is None:
        return words.remark(Remark.MISSED_BY_ALL, missed.count or 0)
    client, server = missed.ends
    return words.remark(
        Remark.MISSED_BY,
        number=missed.conversation,
        client=client,
        server=server,
        place="" if missed.frame is None else words.remark(Remark.AT_FRAME, frame=missed.frame),
        figure=_figure(missed, words),
        more=words.remark(Remark.AND_MORE, missed.more) if missed.more else "",
    )


def _figure(missed: Missed, words: Words) -> str:
    if missed.note is not None:
        return words.note(missed.note)
    if missed.outcome is not None:
        return words.phrases.outcomes[missed.outcome]
    return words.remark(Remark.NO_HANDSHAKE_END) if missed.took_ns is None else time(missed.took_ns)
