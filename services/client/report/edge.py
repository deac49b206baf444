"""The edge of `report`: files, standard input and output, exit code."""

import io
import signal
import sys
from pathlib import Path

import orjson

from services.client.report.document import document, errors
from services.client.report.page.html import page
from services.client.report.results.checking import Unfit
from services.client.report.results.merging import Merged, merge
from services.client.report.results.reading import read
from services.client.report.settings import ReportSettings
from services.client.report.terminal import show
from shared.console import Console, forget_stdout
from shared.settings import EXIT_BAD_SETTINGS, SettingsInvalid


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
        forget_stdout()  # whoever read the report has seen enough
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
        show(merged, Console(highlight=False))
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
