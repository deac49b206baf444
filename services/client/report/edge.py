"""The edge of `report`: files, standard input and output, exit code."""

import io
import os
import signal
import sys
from pathlib import Path

import orjson
from rich.console import Console

from services.client.report.document import document, errors
from services.client.report.page.html import page
from services.client.report.results.checking import Unfit
from services.client.report.results.merging import Merged, merge
from services.client.report.results.reading import read
from services.client.report.settings import ReportSettings
from services.client.report.terminal import show
from shared.settings import EXIT_BAD_SETTINGS, SettingsInvalid


class _Console(Console):
    """A console that leaves exit codes to the edge."""

    def on_broken_pipe(self) -> None:
        """Go on with the BrokenPipeError that this is called for."""
        raise  # noqa: PLE0704 -- rich calls it where it has caught the error


def main(arguments: list[str]) -> int:
    """Merge and show; return the exit code: 0 every byte came back in every run, 1 not, 2 a flag or file is wrong."""
    try:
        settings = ReportSettings.load(arguments)
        merged = merge(read(settings.files, sys.stdin.buffer))
        if settings.html:
            _write(settings.html, page(merged))
        _print(merged, as_json=settings.json)
    except (SettingsInvalid, Unfit) as error:
        sys.stderr.write(f"client: {error}\n")
        return EXIT_BAD_SETTINGS
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        # Whoever read the report has seen enough; what is still buffered must not be written at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1 if _is_failed(merged) else 0


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsInvalid(f"--html is {str(path)!r}: cannot be written ({error.strerror})") from None


def _print(merged: Merged, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.buffer.write(_json(merged) + b"\n")
    else:
        # Bars and units are not in every encoding; a report with question marks is better than none.
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")
        show(merged, _Console(highlight=False))
    sys.stdout.flush()


def _json(merged: Merged) -> bytes:
    try:
        return orjson.dumps(document(merged))
    except orjson.JSONEncodeError as error:
        raise Unfit(f"the sums do not fit into JSON ({error})") from None


def _is_failed(merged: Merged) -> bool:
    return bool(errors(merged.runs)) or any(run.sessions_failed or run.mismatches for run in merged.runs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
