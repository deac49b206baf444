"""What is said of a capture as a whole."""

# ruff: noqa: RUF001 - Chinese has its own punctuation

from collections import Counter
from dataclasses import replace

import pytest

from services.scope.capture.frames import CaptureDamaged, Oddity
from services.scope.capture.layers.layer import Reason
from services.scope.gaps import Damage, Lack
from services.scope.read.remarks import Totals, on_file, on_whole
from services.scope.words.words import Lang, Words

NOTHING = Totals(packets=5, skipped=Counter(), odd={}, damage=None, call_records=3, with_calls=1, of_calls_only=0)


def said(whole: Totals, lang: Lang = "en") -> list[str]:
    """Return the remarks in a language."""
    return [*on_file(whole, Words(lang)), *on_whole(whole, Words(lang))]


def test_nothing_is_said_where_all_is_well() -> None:
    """Packets and calls, each with the other."""
    assert said(NOTHING) == []


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (Reason(Lack.OTHER, "ARP"), "ARP"),
        (Reason(Lack.ENCRYPTED, "IPsec ESP"), "IPsec ESP: encrypted"),
        (Reason(Lack.COMPRESSED, "IPComp"), "IPComp: compressed"),
        (Reason(Lack.MALFORMED, "IPv4"), "malformed IPv4 header"),
        (Reason(Lack.FRAGMENT, "UDP"), "later fragment of a packet (UDP), without its headers"),
        (Reason(Lack.INCOMPLETE, "TCP"), "IP fragments of which others are missing (TCP)"),
        (Reason(Lack.CUT_OFF), "headers not captured"),
        (Reason(Lack.TOO_DEEP), "more than 32 layers"),
    ],
)
def test_what_is_not_read_is_named(reason: Reason, text: str) -> None:
    """Nobody can tell whether what is encrypted holds TCP, so that is not denied."""
    alone = replace(NOTHING, packets=0, skipped=Counter({reason: 1}))
    assert said(alone) == [f"no TCP is read in 1 frame: {text} (1)"]
    beside = replace(NOTHING, skipped=Counter({reason: 2}))
    assert said(beside) == [f"2 frames of which no TCP is read: {text} (2)"]


def test_the_most_frequent_reason_is_first() -> None:
    """Each with its number."""
    skipped = Counter({Reason(Lack.OTHER, "ARP"): 1, Reason(Lack.OTHER, "UDP"): 2})
    assert said(replace(NOTHING, skipped=skipped)) == ["3 frames of which no TCP is read: UDP (2), ARP (1)"]


@pytest.mark.parametrize(
    ("whole", "line"),
    [
        (replace(NOTHING, packets=0), "there is no frame in it"),
        (replace(NOTHING, with_calls=0), "none of 3 call records is of a conversation in it: the packets stand alone"),
        (
            replace(NOTHING, with_calls=0, call_records=0),
            "no calls are of a conversation in it: the packets stand alone",
        ),
        (replace(NOTHING, of_calls_only=1), "of 1 connection there are calls, but no packet was captured"),
        (replace(NOTHING, of_calls_only=2), "of 2 connections there are calls, but no packet was captured"),
        (
            replace(NOTHING, odd={Oddity.IMPOSSIBLE_TIME: 1}),
            "1 frame has a time that cannot be, beyond the year 2262: shown with the time of the frame before",
        ),
        (
            replace(NOTHING, damage=CaptureDamaged(7, Damage.BLOCK_LENGTH, 13)),
            "the capture is damaged at byte 7: a block of 13 bytes; what comes before was read",
        ),
    ],
)
def test_each_thing_is_said_in_a_line(whole: Totals, line: str) -> None:
    """And nothing else beside it."""
    assert said(whole) == [line]


@pytest.mark.parametrize(
    ("whole", "line"),
    [
        (
            replace(NOTHING, skipped=Counter({Reason(Lack.OTHER, "ARP"): 1, Reason(Lack.ENCRYPTED, "IPsec ESP"): 2})),
            "3 个帧中没有读到 TCP：IPsec ESP：已加密（2），ARP（1）",
        ),
        (
            replace(NOTHING, damage=CaptureDamaged(7, Damage.BLOCK_LENGTH, 13)),
            "抓包文件在第 7 字节处损坏：一个 13 字节的块；之前的内容已读取",
        ),
        (replace(NOTHING, given_up=1, passed_over=7), "为节省内存，1 个会话中途不再跟踪：7 个报文没有处理"),
        (replace(NOTHING, of_calls_only=1), "1 个连接只有调用记录，没有抓到任何报文"),
        (replace(NOTHING, with_calls=0, call_records=0), "没有属于其中会话的调用记录：只显示报文"),
    ],
)
def test_remarks_can_be_chinese(whole: Totals, line: str) -> None:
    """Each as a whole: nothing is put together from English parts."""
    assert said(whole, "zh") == [line]
