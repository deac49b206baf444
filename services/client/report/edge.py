"""The edge of `report`: files, standard input and output, exit code."""

import io
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any, BinaryIO, TextIO, cast

import orjson

from services.client.outputs import OutputFailed, say, standard_output, write_file
from services.client.report.baseline import Comparison, compare
from services.client.report.document import document
from services.client.report.judging import Judged, exit_code, judge
from services.client.report.page.html import page
from services.client.report.results.checking import Unfit
from services.client.report.results.merging import Merged, merge
from services.client.report.results.reading import read
from services.client.report.settings import ReportSettings
from services.client.report.spreadsheet import spreadsheet
from services.client.report.text.terminal import show
from services.client.thresholds import Thresholds
from shared.console import Console, Fleeting
from shared.flags import EXIT_BAD_SETTINGS, SettingsInvalid
from shared.load.histogram import PERCENTILES


def main(arguments: list[str]) -> int:
    """Merge and show; return 0 all is good, 1 it is not, 2 a flag or file is wrong, 99 a threshold was missed."""
    try:
        settings = ReportSettings.load(arguments)
        merged = merge(read(settings.files, _log(settings)))
        judged = judge(merged, settings.thresholds)
        compared = _compared(merged, judged, settings)
        printed = _printed(merged, judged, compared, settings)
    except (SettingsInvalid, Unfit) as error:
        say(str(error))
        return EXIT_BAD_SETTINGS
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    code = exit_code(merged, judged)
    try:
        _print(merged, judged, compared, settings, printed)
    except BrokenPipeError:
        pass  # the reader of the pipe has left: it wants no more
    except OutputFailed as error:
        say(str(error))
        code = 1
    if settings.html is not None:
        try:
            write_file(settings.html, page(merged, judged, settings.percentiles, compared).encode())
        except OutputFailed as error:
            say(f"--html: {error}")
            code = 1
    return code


def summarise(result: dict[str, Any], stream: TextIO) -> None:
    """Write the report on one result, as text. Raises OSError."""
    merged = merge(read(["-"], io.BytesIO(orjson.dumps(result))))
    _show(merged, judge(merged, Thresholds()), PERCENTILES, stream)


def _log(settings: ReportSettings) -> BinaryIO:
    """Return what to read for `-`: standard input, or what is left of it when it was followed to its end."""
    if sys.stdin is None:
        return io.BytesIO()
    if not settings.live:
        return sys.stdin.buffer
    # 50 ms of imports that only a load under way needs.
    from services.client.report.following import follow  # noqa: PLC0415
    from services.client.report.text.panel import shown  # noqa: PLC0415

    # Ctrl-C also reaches the load: its replicas then print what they have, which we still read.
    signal.signal(signal.SIGINT, _wait_for_the_rest)
    with shown(Console(file=cast("TextIO", Fleeting(sys.stderr)), highlight=False)) as told:
        return follow(sys.stdin.buffer, told)


def _wait_for_the_rest(_: int, __: FrameType | None) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _compared(merged: Merged, judged: Judged, settings: ReportSettings) -> Comparison | None:
    """Return how the load stands to the baseline, if there is one. Raises Unfit."""
    if settings.baseline is None:
        return None
    before = merge(read([settings.baseline], sys.stdin.buffer if sys.stdin else io.BytesIO()))
    return compare((before, judge(before, settings.thresholds)), (merged, judged))


def _print(
    merged: Merged, judged: Judged, compared: Comparison | None, settings: ReportSettings, printed: bytes | None
) -> None:
    """Print the output for programs if one was asked for, else text. Raises OutputFailed, BrokenPipeError."""
    with standard_output() as output:
        if printed is not None:
            output.buffer.write(printed)
            return
        _show(merged, judged, settings.percentiles, output, compared)


def _show(
    merged: Merged,
    judged: Judged,
    percentiles: Sequence[float],
    stream: TextIO,
    compared: Comparison | None = None,
) -> None:
    # Not every encoding has the bars and units; a report with question marks is better than none.
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    show(merged, judged, percentiles, Console(file=stream, highlight=False), compared)


def _printed(merged: Merged, judged: Judged, compared: Comparison | None, settings: ReportSettings) -> bytes | None:
    """Return what is printed for programs, if that was asked for. Raises Unfit."""
    if settings.csv:
        return spreadsheet(merged, judged).encode()
    if not settings.json:
        return None
    try:
        return orjson.dumps(document(merged, judged, compared)) + b"\n"
    except orjson.JSONEncodeError as error:
        raise Unfit(f"the sums do not fit into JSON ({error})") from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
