"""Files and logs."""

import io
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.client.report.results.checking import Unfit
from services.client.report.results.reading import Input, read
from services.client.report.results.schema import Broken, Load
from tests.unit.services.client.report.harness.merged import inputs
from tests.unit.services.client.report.harness.results import load, session

LINE = json.dumps(load()).encode()
OTHER = json.dumps(load(host="b")).encode()
LOG = b'{"event":"session_completed","service":"client","pid":1}'


def stdin(data: bytes) -> list[Input]:
    """Return the results in these bytes on standard input."""
    return read(["-"], io.BytesIO(data))


def refusal(data: bytes) -> str:
    """Return why nothing is taken from these bytes."""
    with pytest.raises(Unfit) as caught:
        stdin(data)
    return str(caught.value)


def test_a_document_is_read_however_it_is_laid_out(tmp_path: Path) -> None:
    """As the client printed it, and as a tool or an editor formatted it."""
    path = tmp_path / "result.json"
    for indent in (None, 2):
        path.write_text(json.dumps(load(), indent=indent))
        (found,) = read([str(path)], io.BytesIO())
        assert found == Input(f"{path}:1", inputs(load())[0].document)


def test_documents_are_taken_out_of_a_log() -> None:
    """`docker compose logs --no-log-prefix` gives the results of all replicas amid everything else they said."""
    log = b"\n".join([b"Attaching to client-1, client-2", LOG, LINE, b"", b"[info] done\r", OTHER, LOG, b""])
    assert [(one.where, one.document) for one in stdin(log)] == [
        ("stdin:3", inputs(load())[0].document),
        ("stdin:6", inputs(load(host="b"))[0].document),
    ]


def test_what_compose_writes_for_a_terminal_is_not_part_of_a_line() -> None:
    """Version 2.26 erases each line before it writes it, and into a pipe does so as well."""
    log = b"\x1b[2K" + LOG + b"\n\x1b[2K" + LINE + b"\n"
    assert [one.document for one in stdin(log)] == [inputs(load())[0].document]


def test_several_files_are_read_in_turn(tmp_path: Path) -> None:
    """Each may hold several results, and standard input may be one of them."""
    path = tmp_path / "results"
    path.write_bytes(LINE + b"\n" + OTHER)
    found = read([str(path), "-"], io.BytesIO(json.dumps(session()).encode()))
    assert [one.where for one in found] == [f"{path}:1", f"{path}:2", "stdin:1"]


@pytest.mark.parametrize("data", [b"", b"\n", LOG, b"plain text\n" + LOG, b"[1]", b"7", b"\xff\xfe", b"null"])
def test_a_file_without_a_result_is_refused(data: bytes) -> None:
    """A replica that printed nothing is missing, and the report would not show it."""
    assert refusal(data) == "stdin: no result in it"


def test_a_result_that_was_cut_off_is_refused() -> None:
    """Where there is no other: nothing is left to report."""
    assert refusal(LOG + b"\n" + LINE[:-20]) == "stdin:2: a result that is cut off"
    assert refusal(LINE + b'\n{"kind": "load"').startswith("stdin:2: broken JSON (")


def test_a_result_that_was_cut_off_costs_no_other() -> None:
    """A replica that is killed while it prints leaves the beginning of a line."""
    found = stdin(b"client-1  | " + LINE[:-20] + b"\nclient-2  | " + OTHER)
    assert [(one.where, type(one.document)) for one in found] == [("stdin:1", Broken), ("stdin:2", Load)]


@pytest.mark.parametrize("line", [b"10:22:01 got " + LINE, LINE[200:]])
def test_a_result_amid_other_text_is_refused(line: bytes) -> None:
    """It is a result all the same: to skip it as a log line would lose a replica."""
    assert refusal(OTHER + b"\n" + line) == "stdin:2: a result inside other text"


def test_a_log_tells_which_replica_printed_a_result() -> None:
    """Compose puts its container's name before each line; a result that has a name keeps it."""
    named = json.dumps({"replica": "client-9", **load(host="c")}).encode()
    found = stdin(b"client-2  | " + LOG + b"\nclient-2  | " + LINE + b"\nclient-3  | " + named + b"\n" + OTHER)
    assert [one.document.replica for one in found] == ["client-2", "client-9", None]  # type: ignore[union-attr]


def test_a_result_that_does_not_fit_is_named_with_its_line() -> None:
    """Whoever has fifty of them knows which."""
    wrong = json.dumps(load(schema=2)).encode()
    assert refusal(LINE + b"\n" + wrong) == "stdin:2: schema is 2: should be 1"


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """The line says why."""
    for name, why in (
        ("missing", "No such file or directory"),
        (".", "Is a directory"),
        ("a\nb", "No such file or directory"),
    ):
        path = os.path.join(tmp_path, name)  # noqa: PTH118 -- pathlib would take the dot away
        with pytest.raises(Unfit) as caught:
            read([path], io.BytesIO())
        assert str(caught.value) == "{}: cannot be read ({})".format(path.replace("\n", "\\n"), why)


@given(cut=st.integers(0, len(LINE)), at=st.integers(0, len(LINE) - 1), junk=st.binary(max_size=8))
def test_a_damaged_file_is_read_or_refused_in_one_line(cut: int, at: int, junk: bytes) -> None:
    """Whatever was cut off or written over, there is no traceback."""
    damaged = (LINE[:at] + junk + LINE[at + len(junk) :])[:cut]
    for data in (damaged, LOG + b"\n" + damaged, OTHER + b"\n" + damaged):
        try:
            assert stdin(data)
        except Unfit as error:
            assert len(str(error).splitlines()) == 1  # noqa: PT017 -- that it is raised is not the promise
            assert str(error).startswith("stdin:")  # noqa: PT017 -- as above
