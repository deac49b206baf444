"""The edge of `report`."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.client.__main__ import main
from tests.unit.harness.processes import ROOT
from tests.unit.services.client.report.harness.results import load, session


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.BytesIO]:
    """Give what standard input reads from."""
    data = io.BytesIO()
    text = io.TextIOWrapper(data)
    monkeypatch.setattr(sys, "stdin", text)
    yield data
    text.detach()


def written(folder: Path, *documents: dict[str, Any]) -> str:
    """Return the name of a file with these results."""
    path = folder / "results.jsonl"
    path.write_text("".join(json.dumps(document) + "\n" for document in documents))
    return str(path)


def test_a_report_is_text_and_exit_code_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every byte came back in every run."""
    assert main(["report", written(tmp_path, load(), load(host="b"))]) == 0
    stdout, stderr = capsys.readouterr()
    assert stdout.startswith("Summary\n")
    assert stderr == ""


WARMUP = load()["warmup"] | {"errors": {"reset": 1}}


@pytest.mark.parametrize(
    "change",
    [
        {"errors": {"reset": 1}},
        {"sessions_failed": 1},
        {"mismatches": 1},
        {"warmup": WARMUP},
        {"settings": {"expect_clients": 3}},
    ],
    ids=["errors", "sessions", "bytes", "warm-up", "a replica is missing"],
)
def test_a_run_that_failed_is_exit_code_1(tmp_path: Path, change: dict[str, Any]) -> None:
    """As it was for the client that ran it: who merges replicas learns it here."""
    assert main(["report", written(tmp_path, load(), load(host="b") | change)]) == 1


def test_json_is_one_document_that_can_be_merged_again(
    tmp_path: Path, stdin: io.BytesIO, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """On one line, alone on stdout, and the same whichever way it was reached."""
    assert main(["report", "--json", written(tmp_path, load(), load(host="b"))]) == 0
    first, stderr = capfdbinary.readouterr()
    stdin.write(first)
    stdin.seek(0)
    assert main(["report", "-", "--json"]) == 0
    assert (capfdbinary.readouterr().out, stderr) == (first, b"")
    assert json.loads(first)["kind"] == "report"


def test_a_page_is_written_beside_the_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The flag adds to what is printed."""
    page = tmp_path / "page.html"
    assert main(["report", written(tmp_path, session()), "--html", str(page)]) == 0
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert capsys.readouterr().out.startswith("Summary\n")


def test_csv_is_rows_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On stdout, and nothing else there."""
    assert main(["report", "--csv", written(tmp_path, load(), load(host="b"))]) == 0
    stdout, stderr = capsys.readouterr()
    assert [line.split(",")[0] for line in stdout.splitlines()] == ["part", "all", "replica", "replica"]
    assert stderr == ""


def test_a_baseline_stands_beside_the_load_in_every_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Text, JSON and page; the exit code is that of the load now."""
    before, page = tmp_path / "before.json", tmp_path / "page.html"
    before.write_text(json.dumps(load(((0, 200),), host="b", errors={"reset": 1})))
    arguments = ["report", written(tmp_path, load()), "--baseline", str(before), "--html", str(page)]
    assert main(arguments) == 0
    assert "Against the baseline\n" in capsys.readouterr().out
    assert "<h2>Against the baseline</h2>" in page.read_text()
    assert main([*arguments, "--json"]) == 0
    changes = json.loads(capsys.readouterr().out)["baseline"]["changes"]
    assert {"figure": "p50", "before": 200, "now": 100, "spread": None, "is_beyond": None} in changes


def test_a_replica_that_was_killed_while_it_printed_is_missed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others are reported, as a part of the load, and the exit code is 1."""
    path = tmp_path / "log"
    path.write_text(f"client-1  | {json.dumps(load())}\nclient-2  | {json.dumps(load(host='b'))[:-20]}\n")
    assert main(["report", str(path)]) == 1
    stdout, stderr = capsys.readouterr()
    assert stdout.startswith("Summary (partial)\n  clients   1 of 2, from")
    assert stderr == ""


def test_what_is_wrong_is_one_line_and_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A flag, a file, a result, a page that cannot be written, sums that no JSON holds."""
    good, huge = written(tmp_path, load()), tmp_path / "huge"
    many = [session(n, bytes_sent=2**63 - 1, bytes_verified=0) for n in range(3)]
    huge.write_text("\n".join(map(json.dumps, many)))
    missing = tmp_path / "missing" / "page.html"
    for arguments, line in (
        ([], "the following arguments are required: FILE"),
        ([str(tmp_path)], f"{tmp_path}: cannot be read (Is a directory)"),
        ([good, good], f"{good}:1: is in {good}:1 already, and would count twice"),
        ([good, "--html", str(missing)], f"--html is '{missing}': cannot be written (No such file or directory)"),
        ([str(huge), "--json"], "the sums do not fit into JSON (Integer exceeds 64-bit range)"),
    ):
        assert main(["report", *arguments]) == 2
        assert capsys.readouterr() == ("", f"client: {line}\n")


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    """`report … | head` prints no traceback, and the exit code is that of the runs."""
    reader, writer = os.pipe()
    os.close(reader)
    for more in ([], ["--json"]):
        command = [sys.executable, "-m", "services.client", "report", written(tmp_path, load()), *more]
        done = subprocess.run(command, cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, timeout=30, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
    os.close(writer)


def report(folder: Path, redirection: str, *flags: str) -> "subprocess.CompletedProcess[bytes]":
    """Run a report whose outputs are redirected by a shell."""
    module = [sys.executable, "-m", "services.client", "report", written(folder, load()), *flags]
    command = ["bash", "-c", f'exec "$0" "$@" {redirection}', *module]
    return subprocess.run(command, cwd=ROOT, capture_output=True, timeout=30, check=False)


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_an_output_that_fails_costs_no_other(tmp_path: Path, flags: tuple[str, ...]) -> None:
    """A full disk behind stdout is one line and exit code 1, and the page is there; and the other way round."""
    page = tmp_path / "page.html"
    done = report(tmp_path, ">/dev/full", "--html", str(page), *flags)
    assert (done.returncode, done.stderr.decode()) == (
        1,
        "client: standard output cannot be written (No space left on device)\n",
    )
    assert page.read_text().endswith("</html>\n")
    done = report(tmp_path, "", "--html", "/dev/full", *flags)
    assert done.returncode == 1
    assert done.stderr.decode() == "client: --html: '/dev/full' cannot be written (No space left on device)\n"
    assert done.stdout.startswith((b"Summary\n", b'{"schema":1'))


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", "<&-"])
def test_a_report_needs_no_other_stream(tmp_path: Path, redirection: str) -> None:
    """It is printed, and the exit code is that of the runs, with standard error or input closed."""
    done = report(tmp_path, redirection)
    assert (done.returncode, done.stdout[:8]) == (0, b"Summary\n")


def test_a_load_under_way_is_followed_to_its_report(stdin: io.BytesIO, capsys: pytest.CaptureFixture[str]) -> None:
    """What the replicas say of their progress goes to stderr, and what they printed becomes the report."""
    for name in ("client-1", "client-3"):
        one = load(host=name)
        one["settings"] |= {"expect_clients": 3}
        stdin.write(f"{name}  | {json.dumps(one)}\n".encode())
    stdin.write(b"client-2  | client: no memory\n")
    stdin.seek(0)
    assert main(["report", "--live", "-"]) == 1
    stdout, stderr = capsys.readouterr()
    assert stderr == "client: no memory\n"
    assert stdout.startswith("Summary (partial)\n  clients   2 of 3, from")
    assert "client-2 is missing" in stdout


def test_the_first_interrupt_waits_for_the_rest() -> None:
    """Ctrl-C stops the replicas as well, and what they then print is still merged."""
    command = [sys.executable, "-m", "services.client", "report", "--live", "-"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(b"client-1  | it follows the log\n")
        process.stdin.flush()
        assert process.stderr.readline() == b"it follows the log\n"
        process.send_signal(signal.SIGINT)
        stdout, _ = process.communicate(b"client-1  | " + json.dumps(load()).encode(), timeout=30)
    assert (process.returncode, stdout[:8]) == (0, b"Summary\n")


def test_an_encoding_without_bars_gets_a_report_all_the_same(tmp_path: Path) -> None:
    """A question mark for each letter that it does not have."""
    command = [sys.executable, "-m", "services.client", "report", written(tmp_path, load())]
    variables = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"100 ?s" in done.stdout
