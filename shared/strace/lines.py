"""One line of strace's text, taken apart: whose it is, when, and what it tells.

What strace 5 and 6 put before a call: `-f` a pid (`1234 `, on a terminal `[pid  1234] `), `-Y` the program's name
behind it, `-t`, `-tt`, `-ttt`, `--timestamps` a time, `-r` how long after the line before, `-i` and `-n` numbers in
brackets.
"""

import re
from enum import Enum
from typing import NamedTuple

# The end of a line that another thread's call interrupts; the space in it is strace's, not part of the arguments.
UNFINISHED = " <unfinished ...>"

_HEAD = re.compile(
    r"""
    (?:\[pid\ +(?P<pid>\d{1,10})(?:<(?P<comm>[^>]*)>)?[^\]]{0,40}\]\ +
     | (?P<pid_first>\d{1,7})(?:<(?P<comm_first>[^>]*)>)?(?:\ /\*[^*]{0,60}\*/)?\ +)?
    (?:(?P<stamp>\d{9,11}(?:\.\d{1,9})?|\d\d:\d\d:\d\d(?:\.\d{1,9})?)\ +)?
    (?:\(?\+?\ *\d{1,8}\.\d{3,9}\)?\ +)?
    (?:\[[^\]]{1,24}\]\ )*
    (?:(?P<call>[a-z_]\w*|\?{3})\(
     | <\.\.\.\ (?P<resumed>[a-z_]\w*|\?{3})\ resumed>\ ?
     | \+\+\+\ (?P<end>exited|killed|superseded)\ .*\+\+\+
     | ---\ (?:stopped\ by\ )?(?P<signal>[A-Z]\w*)\ )
    """,
    re.VERBOSE,
)
# What nearly all lines begin with: matched first, as it takes a third of the time.
_USUAL_HEAD = re.compile(r"(?:(\d{1,7}) +)?(\d{9,11}\.\d{6,9}) ([a-z_]\w*)\(")

# If a program's own output ends without a line break, strace's line begins right behind it.
_WITHIN = re.compile(r"(?:\[pid +\d{1,10}(?:<[^>]*>)?\] +)?(?:\d{9,11}\.\d{3,9}|\d\d:\d\d:\d\d\.\d{3,9}) +[<+a-z_-]")

_DURATION = re.compile(r" <(\d{1,9}\.\d{1,9})>$")
_RESULT = re.compile(r"(-?\d{1,19}|0x[0-9a-f]{1,16}|\?)(?:<([^ ]*?)>)?(?=[ ]|$)(?: (E[A-Z0-9_]+) ?)?")
_USUAL_END = re.compile(r"(\d{1,18}) <(\d{1,9}\.\d{6,9})>$")
_SIGNAL = re.compile(r"killed by (SIG\w+)")


class Kind(Enum):
    """What a line tells."""

    CALL = "call"
    RESUMED = "resumed"
    END = "end"
    SIGNAL = "signal"


class Line(NamedTuple):
    """What stands before a call or event: `name` is the call's, or the signal that ended the process, or is empty."""

    kind: Kind
    pid: int | None
    program: str | None
    stamp: str | None
    name: str
    begin: int  # where in the text its arguments begin


class Result(NamedTuple):
    """How a call ended: `value` is None for `?`, `target` names a returned descriptor, `rest` is what else it told."""

    arguments: str
    value: int | None
    target: str | None
    errno: str | None
    rest: str
    took_ns: int | None


def read_line(text: str) -> Line | None:
    """Parse a line; None if it is not strace's."""
    usual = _USUAL_HEAD.match(text)
    if usual is not None:
        first, stamp, name = usual.groups()
        return Line(Kind.CALL, int(first) if first else None, None, stamp, name, usual.end())
    found = _HEAD.match(text)
    if found is None:
        within = _WITHIN.search(text)
        found = _HEAD.match(text, within.start()) if within is not None else None
        if found is None:
            return None
    pid, comm, pid_first, comm_first, stamp, call, resumed, end, signal = found.groups()
    number = pid or pid_first
    if call is not None:
        kind, name = Kind.CALL, call
    elif resumed is not None:
        kind, name = Kind.RESUMED, resumed
    elif end is not None:
        killed = _SIGNAL.search(found[0])
        kind, name = Kind.END, killed[1] if killed else ""
    else:
        kind, name = Kind.SIGNAL, signal
    return Line(kind, int(number) if number else None, comm or comm_first, stamp, name, found.end())


def read_result(text: str) -> Result | None:
    """Return how a call ended, from its text after the name; None if the text does not tell."""
    at = text.rfind(" = ")
    while at > 0:
        arguments = text[:at] if text[at - 1] == ")" else text[:at].rstrip()
        if not arguments.endswith(")"):
            at = text.rfind(" = ", 0, at)
            continue
        usual = _USUAL_END.match(text, at + 3)
        if usual is not None:
            value, took = usual.groups()
            return Result(arguments[:-1], int(value), None, None, "", _ns(took))
        found = _RESULT.match(text, at + 3)
        if found is not None:
            rest = text[found.end() :]
            took = _DURATION.search(rest) if rest.endswith(">") else None
            value = None if found[1] == "?" else number(found[1])
            return Result(arguments[:-1], value, found[2], found[3], rest, _ns(took[1]) if took else None)
        at = text.rfind(" = ", 0, at)
    return None


def number(text: str) -> int:
    """Read a decimal or hexadecimal number; leading zeros, which only damaged text has, mean nothing."""
    return int(text, 16) if text.startswith("0x") else int(text)


def _ns(seconds: str) -> int:
    if seconds[-7:-6] == ".":  # nearly all
        return int(seconds[:-7] + seconds[-6:]) * 1_000
    whole, _, fraction = seconds.partition(".")
    return int(whole) * 1_000_000_000 + int(fraction.ljust(9, "0"))
