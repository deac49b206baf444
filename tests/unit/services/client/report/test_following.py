"""The log of a load under way."""

import io
import json
from typing import Any

from services.client.report.following import Replicas, follow
from services.client.report.results.reading import read
from tests.unit.services.client.report.harness.results import load

PROGRESSED = {
    "event": "load_progressed",
    "level": "info",
    "host": "h",
    "left_s": 3,
    "messages": 100,
    "in_flight": 2,
    "errors": 0,
    "p50_us": 80,
    "p99_us": 900,
    "max_us": 1_000,
}


def line(replica: str, content: dict[str, Any] | str) -> bytes:
    """Return a line as `docker compose logs` has it."""
    text = content if isinstance(content, str) else json.dumps(content)
    return f"{replica}  | {text}\n".encode()


def followed(*lines: bytes) -> tuple[io.BytesIO, Replicas, list[str]]:
    """Return what is kept of these lines, what is known at their end, and which lines were shown."""
    said: list[str] = []
    last = Replicas()

    def told(progress: Replicas, remark: str | None) -> None:
        nonlocal last
        last = progress
        if remark is not None:
            said.append(remark)

    return follow(io.BytesIO(b"".join(lines)), told), last, said


def test_results_are_kept_and_progress_is_not() -> None:
    """An hour of a hundred replicas tells 360,000 times how it goes."""
    kept, _, _ = followed(line("client-1", PROGRESSED), line("client-1", load()), line("client-2", load(host="b")))
    assert len(kept.getvalue().splitlines()) == 2
    assert [one.document.replica for one in read(["-"], kept)] == ["client-1", "client-2"]  # type: ignore[union-attr]


def test_the_last_word_of_each_replica_stands() -> None:
    """Whoever has printed a result is done."""
    _, progress, _ = followed(
        line("client-1", PROGRESSED | {"messages": 1}),
        line("client-1", PROGRESSED),
        line("client-2", PROGRESSED | {"phase": "warm-up", "p50_us": None}),
        line("client-2", load()),
    )
    assert {name: said.messages for name, said in progress.replicas.items()} == {"client-1": 100, "client-2": 100}
    assert (progress.replicas["client-2"].phase, progress.replicas["client-2"].p50_us) == ("warm-up", None)
    assert set(progress.active()) == {"client-1"}


def test_who_is_not_heard_any_more_is_not_counted() -> None:
    """A replica that was killed would load the server for ever."""
    _, progress, _ = followed(line("client-1", PROGRESSED), line("client-2", PROGRESSED))
    progress.heard_s["client-1"] -= 60
    assert set(progress.active()) == {"client-2"}


def test_what_went_wrong_is_shown_once() -> None:
    """All replicas refuse a wrong setting with the same words; how a container ended well is not worth a line."""
    wrong = "client: ECHO_LOAD_RATE (--rate) is 'x': should be a valid number"
    failed = {"event": "load_failed", "level": "error", "host": "h", "pid": 1, "why": "1 of 2 replicas came"}
    _, _, said = followed(
        *(line(f"client-{n}", wrong) for n in range(4)),
        line("client-1", failed),
        line("client-1", {"event": "replicas_met", "level": "info"}),
        line("client-1", {"event": "threshold_missed", "level": "error", "why": "that of one replica"}),
        *(f"client-1 exited with code {own}\n".encode() for own in (0, 1, 2, 99, 130, 143)),
        b"client-2 exited with code 137\n",
    )
    assert said == [wrong, "load_failed why=1 of 2 replicas came", "client-2 exited with code 137"]


def test_who_has_exited_is_not_counted_from_then_on() -> None:
    """It is not waited for, as a silent one is; whoever has printed a result is done, however it exited."""
    _, progress, _ = followed(
        line("client-1", PROGRESSED),
        line("client-2", PROGRESSED),
        line("client-3", PROGRESSED),
        line("client-3", load()),
        b"client-2 exited with code 137\n",
        b"client-3 exited with code 99\n",
    )
    assert progress.exited == {"client-2": 137, "client-3": 99}
    assert progress.ended == {"client-3"}
    assert set(progress.active()) == {"client-1"}


def test_a_flood_of_remarks_is_cut() -> None:
    """A server that resets every connection gives each its own line."""
    _, _, said = followed(*(line("client-1", f"line {n}") for n in range(1000)))
    assert len(said) == 20


def test_a_damaged_result_is_kept_to_be_refused() -> None:
    """It is not a remark: a replica would be lost without a word."""
    broken = line("client-1", json.dumps(load())[:-9])
    kept, _, _ = followed(broken)
    assert kept.getvalue() == broken


def test_progress_that_is_not_understood_is_left_out() -> None:
    """A later version may say more, or less."""
    _, progress, _ = followed(line("client-1", PROGRESSED | {"messages": "many"}), line("client-2", PROGRESSED))
    assert set(progress.replicas) == {"client-2"}


def test_a_result_that_is_cut_off_is_no_remark() -> None:
    """100 KB of base64 on a terminal; the report says it in a line."""
    log = b'client-1  | {"schema":1,"kind":"load","histograms":{"lat'
    remarks: list[str | None] = []
    kept = follow(io.BytesIO(log), lambda _, remark: remarks.append(remark))
    assert (remarks, kept.read()) == ([None], log)
