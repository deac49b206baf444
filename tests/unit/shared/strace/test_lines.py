"""Lines taken apart, in the forms that strace 5 and 6 write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.strace.lines import Kind, Line, read_line, read_result

REST = "close(3) = 0 <0.000010>"


@pytest.mark.parametrize(
    ("text", "pid", "program", "stamp"),
    [
        (f"{REST}", None, None, None),
        (f"1700000000.123456 {REST}", None, None, "1700000000.123456"),
        (f"1700000000.123456789 {REST}", None, None, "1700000000.123456789"),
        (f"1700000000 {REST}", None, None, "1700000000"),
        (f"12:34:56 {REST}", None, None, "12:34:56"),
        (f"12:34:56.123456 {REST}", None, None, "12:34:56.123456"),
        (f"12   {REST}", 12, None, None),
        (f"12   1700000000.123456 {REST}", 12, None, "1700000000.123456"),
        (f"12<curl> 1700000000.123456 {REST}", 12, "curl", "1700000000.123456"),
        (f"[pid  1234] 12:34:56.1 {REST}", 1234, None, "12:34:56.1"),
        (f"[pid 1234<my prog>] 12:34:56.1 {REST}", 1234, "my prog", "12:34:56.1"),
        (f"12 /* 3 in strace's PID NS */ 12:34:56 {REST}", 12, None, "12:34:56"),
        (f"12  12:34:56 (+     0.000012) {REST}", 12, None, "12:34:56"),
        (f"12  12:34:56 [   3] {REST}", 12, None, "12:34:56"),
        (f"12  12:34:56 [00007f1234567890] {REST}", 12, None, "12:34:56"),
        (f"prompt> [pid  12] 1700000000.123456 {REST}", 12, None, "1700000000.123456"),
        (f"no line break1700000000.123456 {REST}", None, None, "1700000000.123456"),
    ],
)
def test_whose_and_when(text: str, pid: int | None, program: str | None, stamp: str | None) -> None:
    """A line says its thread and its time in many forms, and what it tells begins behind them."""
    assert read_line(text) == Line(Kind.CALL, pid, program, stamp, "close", text.index("(3") + 1)


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("7  12:00:00 <... read resumed>, 5) = 5", Kind.RESUMED, "read"),
        ("7  12:00:00 <... accept resumed> {sa_family=AF_INET}, [16]) = 4", Kind.RESUMED, "accept"),
        ("7  12:00:00 +++ exited with 0 +++", Kind.END, ""),
        ("7  12:00:00 +++ killed by SIGKILL +++", Kind.END, "SIGKILL"),
        ("7  12:00:00 +++ killed by SIGSEGV (core dumped) +++", Kind.END, "SIGSEGV"),
        ("7  12:00:00 +++ superseded by execve in pid 9 +++", Kind.END, ""),
        ("7  12:00:00 --- stopped by SIGSTOP ---", Kind.SIGNAL, "SIGSTOP"),
        ("7  12:00:00 ???( <unfinished ...>", Kind.CALL, "???"),
        ("7  12:00:00 <... ??? resumed>) = ?", Kind.RESUMED, "???"),
        ("7  12:00:00 --- SIGCHLD {si_signo=SIGCHLD} ---", Kind.SIGNAL, "SIGCHLD"),
    ],
)
def test_what_it_tells(text: str, kind: Kind, name: str) -> None:
    """Beside calls there are returns, ends and signals."""
    line = read_line(text)
    assert line is not None
    assert (line.kind, line.name) == (kind, name)


@pytest.mark.parametrize(
    "text", ["", "Hello", "strace: Process 12 attached", "a (b) = c", "12:34:56", "{}", "%process"]
)
def test_what_is_none_of_straces(text: str) -> None:
    """The program's own output is passed over."""
    assert read_line(text) is None


def test_a_relative_time_is_no_time() -> None:
    """-r says how long after the line before, and not when."""
    line = read_line(f"     0.000012 {REST}")
    assert line is not None
    assert line.stamp is None


@pytest.mark.parametrize(
    ("text", "value", "errno", "took_ns"),
    [
        ("3) = 0 <0.000010>", 0, None, 10_000),
        ("3)     = 0", 0, None, None),
        ("3) = 007", 7, None, None),
        ("3) = -1 EBADF (Bad file descriptor) <1.5>", -1, "EBADF", 1_500_000_000),
        ("3) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)", None, "ERESTARTSYS", None),
        ("0) = ?", None, None, None),
        ('3, "x) = 9", 6) = 6', 6, None, None),
        ("1, NULL) = 0x7f0000000000", 0x7F0000000000, None, None),
        ("[{fd=3, events=POLLIN}], 1, 5) = 1 ([{fd=3, revents=POLLIN}]) <0.1>", 1, None, 100_000_000),
    ],
)
def test_how_a_call_ended(text: str, value: int | None, errno: str | None, took_ns: int | None) -> None:
    """The result stands behind the last closing parenthesis, whatever the program's data look like."""
    result = read_result(text)
    assert result is not None
    assert (result.value, result.errno, result.took_ns) == (value, errno, took_ns)


def test_a_returned_descriptor_has_its_name() -> None:
    """With -yy accept() names both ends."""
    result = read_result("3<TCP:[0.0.0.0:5000]>, NULL, NULL) = 4<TCP:[1.2.3.4:5000->1.2.3.5:9]> <0.000012>")
    assert result is not None
    assert (result.value, result.target) == (4, "TCP:[1.2.3.4:5000->1.2.3.5:9]")


@pytest.mark.parametrize("text", ["3, ", "3", "3 <unfinished ...>", ") = x", "3) = "])
def test_a_call_without_its_end(text: str) -> None:
    """What was cut off has no result."""
    assert read_result(text) is None


@given(st.text(max_size=300))
def test_no_text_is_too_odd(text: str) -> None:
    """Any text is a line, or is none."""
    line = read_line(text)
    read_result(text if line is None else text[line.begin :])
