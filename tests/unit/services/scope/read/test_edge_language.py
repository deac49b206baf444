"""The command `read`: what it says is in the language that was asked for, and what is data is in English."""

# ruff: noqa: RUF001 - Chinese has its own punctuation

from pathlib import Path

import pytest

from tests.unit.services.scope.read.conftest import Ask


def test_remarks_are_in_the_language_that_was_asked_for(ask: Ask) -> None:
    """What people read; the data stay English."""
    code, document, lines = ask("x.pcap", "--lang", "zh", "--conversation", "1-3", "--outcome", "closed")
    assert code == 0
    assert lines == [
        "scope: x.pcap：没有属于其中会话的调用记录：只显示报文",
        "scope: --conversation 为 1-3：一共只有 1 个会话",
    ]
    assert document["notes"] == ["no calls are of a conversation in it: the packets stand alone"]
    Path("client.trace").write_bytes(b"7 1700000000.2 io_uring_enter(3, 1, 0, 0, NULL, 8) = 1\n")
    lines = ask("x.pcap", "--calls", "client.trace", "--lang", "zh").lines
    assert "scope: client.trace：使用了 io_uring：它收发的内容不在任何跟踪中" in lines


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["nowhere"], "FILE 为 'nowhere'：无法读取（No such file or directory）"),
        (["calls"], "calls：是 JSON，但不是时序图的：line 1, client: Field required"),
        (["nothing"], "nothing：既不是 pcap 也不是 pcapng：文件是空的"),
        (["-", "--calls", "-"], "- 出现了不止一次：标准输入只能读取一次"),
        (["x.pcap", "--junit", "x"], "给了 --junit，却没有给 --expect, "),
    ],
)
def test_what_is_refused_is_said_in_the_language_that_was_asked_for(ask: Ask, arguments: list[str], line: str) -> None:
    """Except for what the system says of it."""
    Path("nothing").touch()
    code, document, lines = ask(*arguments, "--lang", "zh")
    assert (code, document, len(lines)) == (2, {}, 1)
    assert lines[0].startswith(f"scope: {line}")


def test_a_line_that_is_no_record_is_said_in_the_language_that_was_asked_for(ask: Ask) -> None:
    """Alone, or as the first of several."""
    with Path("calls").open("ab") as file:
        file.write(b'Hello\n{"call":"recv"}\n')
    Path("one").write_bytes(Path("calls").read_bytes().rpartition(b"Hello")[0] + b'{"notice":"x"}\n')
    assert ask("x.pcap", "--calls", "calls", "--lang", "zh").lines == [
        "scope: calls：第 15 行不是 JSON 对象：'Hello'（这样的行共 2 行）"
    ]
    assert ask("x.pcap", "--calls", "one", "--lang", "zh").lines == [
        "scope: one：第 15 行不是通知：需要文本 notice 和 service，以及数字 t_ns"
    ]
