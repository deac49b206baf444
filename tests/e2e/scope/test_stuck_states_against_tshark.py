"""Handshakes that are stuck, and captures with every packet twice, held against tshark's reading of them."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests.e2e.harness.tshark import agree_but_for_guesses, differences
from tests.unit.services.scope.harness.talks import TALKS, talk
from tests.unit.services.scope.harness.wire import MSS, SCALE_7, Talk, capture

_OPTIONS = MSS + SCALE_7

# A tap in two places sees a packet again so much later.
_COPY_NS = 1000

# Where tshark looks at the copy of a segment otherwise than at the segment: it takes an ACK that was remarked on once
# for seen, and the copy of a duplicate ACK with a new window for a window update.
_COPIES_DIFFER = {"a_missing_segment_is_acknowledged", "an_ack_is_repeated_with_a_block_and_a_new_window"}


def _syn_sent_again_after_its_answer(talk: Talk) -> None:
    # The SYN,ACK was lost behind the tap.
    for _ in range(2):
        talk.client("SYN", 0, options=_OPTIONS, after_ms=1000)
        talk.server("SYN ACK", 0, 1, options=_OPTIONS)
    talk.client("ACK", 1, 1)
    talk.client("PSH ACK", 1, 1, 10)


def _syn_of_an_open_connection(talk: Talk) -> None:
    # A challenge ACK answers it (RFC 5961 4).
    talk.handshake()
    talk.client("SYN", 0, options=_OPTIONS, after_ms=1000)
    talk.server("ACK", 1, 1)
    talk.client("PSH ACK", 1, 1, 10)


def _answer_not_captured(talk: Talk) -> None:
    talk.client("SYN", 0, options=_OPTIONS)
    talk.client("ACK", 1, 1)
    talk.client("PSH ACK", 1, 1, 10)
    talk.server("ACK", 1, 11)


def _syn_captured_behind_its_answer(talk: Talk) -> None:
    talk.server("SYN ACK", 0, 1, options=_OPTIONS)
    talk.client("SYN", 0, options=_OPTIONS, after_ms=0.01)
    talk.client("ACK", 1, 1)
    talk.client("PSH ACK", 1, 1, 10)
    talk.server("ACK", 1, 11)


def _syn_captured_behind_data(talk: Talk) -> None:
    talk.client("ACK", 1, 1)
    talk.client("PSH ACK", 1, 1, 10)
    talk.client("SYN", 0, options=_OPTIONS)
    talk.server("ACK", 1, 11)


def _answer_sent_again(talk: Talk) -> None:
    # Its ACK was lost before the tap.
    talk.client("SYN", 0, options=_OPTIONS)
    talk.server("SYN ACK", 0, 1, options=_OPTIONS)
    talk.server("SYN ACK", 0, 1, options=_OPTIONS, after_ms=1000)
    talk.client("ACK", 1, 1)


def _client_aborts_in_syn_sent(talk: Talk) -> None:
    talk.client("SYN", 0, options=_OPTIONS)
    talk.client("RST", 1)


def _client_refuses_the_answer(talk: Talk) -> None:
    talk.client("SYN", 0, options=_OPTIONS)
    talk.server("SYN ACK", 0, 1, options=_OPTIONS)
    talk.client("RST", 1)


def _second_syn_is_refused(talk: Talk) -> None:
    talk.client("SYN", 0, options=_OPTIONS)
    talk.client("SYN", 0, options=_OPTIONS, after_ms=1000)
    talk.server("RST ACK", 0, 1)


_STUCK: tuple[Callable[[Talk], None], ...] = (
    _syn_sent_again_after_its_answer,
    _syn_of_an_open_connection,
    _answer_not_captured,
    _syn_captured_behind_its_answer,
    _syn_captured_behind_data,
    _answer_sent_again,
    _client_aborts_in_syn_sent,
    _client_refuses_the_answer,
    _second_syn_is_refused,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where to write a capture."""
    return tmp_path / "capture"


def test_handshakes_that_are_stuck_are_read_the_same(path: Path) -> None:
    """Sent again, late, refused or not there: numbers and marks agree."""
    path.write_bytes(capture(packet for packets in _stuck() for packet in packets))
    assert differences(path) == []


def test_a_capture_of_copies_is_read_the_same(path: Path) -> None:
    """Tshark knows of no copies; what it calls them stands beside the scope's note."""
    talks = [talk(name, 20_000 + index).packets for index, name in enumerate(TALKS) if name not in _COPIES_DIFFER]
    path.write_bytes(capture(packet for packets in (*talks, *_stuck()) for packet in _twice(packets)))
    assert differences(path, agree_but_for_guesses) == []


def _stuck() -> Iterator[list[tuple[int, bytes]]]:
    for index, script in enumerate(_STUCK):
        spoken = Talk(41_000 + index)
        script(spoken)
        yield spoken.packets


def _twice(packets: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    for t_ns, data in packets:
        yield t_ns, data
        yield t_ns + _COPY_NS, data
