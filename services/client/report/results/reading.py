"""Reads results from files and logs: results are taken, log lines are passed over, anything else is refused."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson

from services.client.report.results.checking import Unfit, parse
from services.client.report.results.lines import is_result, log_line
from services.client.report.results.schema import Broken, Document
from services.client.report.units import printable

# The results of a hundred replicas that ran for an hour are smaller.
_MAX_BYTES = 2**30

# What only a result contains: a line with it that is not JSON is a result that was damaged.
_OF_A_RESULT = re.compile(rb'"(schema|histograms?)"\s*:')


class Input(NamedTuple):
    """A result, and where it stands, for people."""

    where: str
    document: Document


def read(files: Sequence[str], stdin: BinaryIO) -> list[Input]:
    """Return the results in the files, `-` being standard input; raise Unfit for the first thing that is wrong.

    A result that is cut off is noted as broken, as long as there are others to report.
    """
    found = [one for name in files for one in _find_in_file(name, stdin)]
    if all(isinstance(one.document, Broken) for one in found):
        raise Unfit(f"{found[0].where}: a result that is cut off")
    return found


def _find_in_file(name: str, stdin: BinaryIO) -> list[Input]:
    shown = "stdin" if name == "-" else printable(name)
    try:
        if name == "-":
            data = stdin.read(_MAX_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a null byte in a name
        raise Unfit(f"{shown}: cannot be read ({getattr(error, 'strerror', None) or error})") from None
    if len(data) > _MAX_BYTES:
        raise Unfit(f"{shown}: is longer than {_MAX_BYTES} bytes")
    found = [
        Input(f"{shown}:{number}", Broken()) if value is None else _input(f"{shown}:{number}", value)
        for number, value in _objects(shown, data)
        if value is None or "schema" in value
    ]
    if not found:
        raise Unfit(f"{shown}: no result in it")
    return found


def _objects(shown: str, data: bytes) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Give each JSON object and the line it starts in: the whole file, however it is laid out, or one a line.

    None stands for a result that is cut off.
    """
    try:
        whole = orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    else:
        if isinstance(whole, dict):
            yield 1, whole
        return
    for number, line in enumerate(data.split(b"\n"), 1):
        replica, text = log_line(line)
        is_object = text.startswith(b"{")
        try:
            value = orjson.loads(text) if is_object else None
        except orjson.JSONDecodeError as error:
            if is_result(text):
                yield number, None
                continue
            raise Unfit(f"{shown}:{number}: broken JSON ({error})") from None
        if value is not None:
            yield number, value if replica is None else {"replica": replica, **value}
        elif _OF_A_RESULT.search(text):
            raise Unfit(f"{shown}:{number}: a result inside other text")


def _input(where: str, value: dict[str, Any]) -> Input:
    try:
        return Input(where, parse(value))
    except Unfit as error:
        raise Unfit(f"{where}: {error}") from None
