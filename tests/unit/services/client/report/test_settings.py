"""The flags of `report`."""

import io
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from services.client.report.settings import ReportSettings
from services.client.thresholds import Thresholds
from shared.flags import SettingsInvalid


def test_files_and_flags_come_in_any_order() -> None:
    """Whoever adds a file at the end of the line gets it read."""
    settings = ReportSettings.load(["a.json", "--html", "page.html", "b.json", "--json", "-"])
    assert settings == ReportSettings(("a.json", "b.json", "-"), json=True, html=Path("page.html"))


@pytest.mark.parametrize("name", ["a,b.json", "[1].json", "null", "two words", '"quoted"'])
def test_a_file_may_have_any_name(name: str) -> None:
    """A name is never taken for a list, for JSON, or for nothing."""
    assert ReportSettings.load([name]).files == (name,)


PERCENTILES_RULE = "should be numbers between 0 and 100, with commas between them"


def test_thresholds_and_percentiles_are_numbers() -> None:
    """Percentiles ascend, whatever their order."""
    settings = ReportSettings.load(["a", "--percentiles", "99.999,50", "--max-error-rate", "0.01", "--max-p99-us", "5"])
    assert settings.percentiles == (50, 99.999)
    assert settings.thresholds == Thresholds(max_p99_us=5, max_error_rate=0.01)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "the following arguments are required: FILE"),
        (["a", "--jsn"], "unrecognized arguments: --jsn"),
        (["a", "--js"], "unrecognized arguments: --js"),
        (["a", "--html"], "argument --html: expected one argument"),
        (["a", "--percentiles", "50,x"], f"argument --percentiles: is '50,x': {PERCENTILES_RULE}"),
        (["a", "--percentiles", "100"], f"argument --percentiles: is '100': {PERCENTILES_RULE}"),
        (["a", "--max-p99-us", "-1"], "argument --max-p99-us: is '-1': should be a number from 0 on"),
        (["a", "--min-rate", "nan"], "argument --min-rate: is 'nan': should be a number from 0 on"),
        (["a", "--max-error-rate", "2"], "argument --max-error-rate: is '2': should be a number from 0 to 1"),
        (["a", "--json", "--csv"], "argument --csv: not allowed with argument --json"),
        (["-", "--baseline", "-"], "--baseline is '-': standard input is FILE already"),
        (["a", "--live"], "--live follows standard input: FILE should be - alone"),
        (["a", "--html", "/"], "--html is '/': cannot be written (Is a directory)"),
    ],
)
def test_a_wrong_argument_is_refused_in_one_line(arguments: list[str], line: str) -> None:
    """The line says what is wrong; the exit code is the edge's business."""
    with pytest.raises(SettingsInvalid) as caught:
        ReportSettings.load(arguments)
    assert str(caught.value) == line


def test_a_page_is_never_written_onto_its_own_input(tmp_path: Path) -> None:
    """The results would be lost, whichever way the file is named."""
    results = tmp_path / "results"
    results.write_text("{}")
    with pytest.raises(SettingsInvalid) as caught:
        ReportSettings.load([str(results), "--html", f"{tmp_path}/../{tmp_path.name}/results"])
    assert str(caught.value).endswith("/results': cannot be written (it is read as well)")
    with pytest.raises(SettingsInvalid):
        ReportSettings.load(["-", "--baseline", str(results), "--html", str(results)])
    assert results.read_text() == "{}"


def test_help_shows_what_applies_to_a_report() -> None:
    """No host, no port, no log: it reads files."""
    stdout = io.StringIO()
    with redirect_stdout(stdout), pytest.raises(SystemExit) as caught:
        ReportSettings.load(["--help"])
    assert caught.value.code == 0
    words = {word.strip("[]") for word in stdout.getvalue().split()}
    assert {word for word in words if word.startswith("--")} == {
        "--help",
        "--json",
        "--csv",
        "--baseline",
        "--html",
        "--live",
        "--percentiles",
        "--max-p99-us",
        "--max-error-rate",
        "--min-rate",
    }
