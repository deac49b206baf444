"""Replicas of a load, added up."""

import random
from dataclasses import replace
from typing import Any

from services.scope.page.load import RUN_GAP_S, LoadBoard, bars
from shared.load.histogram import Durations
from tests.unit.services.scope.harness.loads import START, a_second, durations


def document(board: LoadBoard) -> dict[str, Any]:
    """Return all that the board has."""
    found = board.document()
    assert found is not None
    return found


def test_replicas_add_up_to_what_one_would_have_recorded() -> None:
    """Bucket by bucket: in each second, and in the whole."""
    board, told = LoadBoard(), random.Random(1)
    samples = [[[told.randrange(1, 10**6) for _ in range(20)] for _ in range(3)] for _ in range(4)]
    for number, replica in enumerate(samples):
        for at, us in enumerate(replica):
            board.add(a_second(at, *us, host=f"client-{number}"))
    found = document(board)
    for at, row in enumerate(found["seconds"]):
        whole = durations(*(us for replica in samples for us in replica[at]))
        summary = Durations.decode_alone(whole.encode()).summary()
        assert (row["second"], row["replicas"], row["messages"]) == (START + at, 4, 80)
        assert (row["p50_us"], row["p99_us"]) == (summary["p50"], summary["p99"])
        assert (row["rate_requested"], row["in_flight"]) == (400.0, 8)
    whole = durations(*(us for replica in samples for second in replica for us in second))
    assert found["latency"] == whole.encode()
    assert found["whole"]["messages"] == whole.count


def test_a_second_that_is_told_late_is_added_to_what_was_there() -> None:
    """Also where its histogram was packed away; it is told again."""
    board = LoadBoard()
    for at in range(9):
        board.add(a_second(at, 100))
    assert board.changes() is not None
    assert board.changes() is None
    board.add(a_second(0, 900, 900, host="client-2", errors=1))
    found = board.changes()
    assert found is not None
    (row,) = found["seconds"]
    assert (row["second"], row["messages"], row["errors"], row["replicas"]) == (START, 3, 1, 2)
    assert (row["p50_us"], row["max_us"]) == (900, 900)


def test_what_one_page_asks_for_is_still_told_to_the_others() -> None:
    """The whole is asked for by a page that has just been opened."""
    board = LoadBoard()
    board.add(a_second(0, 100))
    document(board)
    assert board.changes() is not None


def test_another_load_begins_anew() -> None:
    """After a pause; what is left of the one before is not added to it."""
    board = LoadBoard()
    board.add(a_second(0, 100))
    board.add(a_second(RUN_GAP_S + 1, 200))
    board.add(a_second(0, 100))
    found = document(board)
    assert [row["second"] for row in found["seconds"]] == [START + RUN_GAP_S + 1]
    assert (found["whole"]["messages"], board.refused) == (1, 1)


def test_memory_is_bounded_and_the_whole_still_counts_all() -> None:
    """Old seconds are not shown any more, and of too many replicas the rest is refused."""
    board = LoadBoard(max_seconds=10)
    for at in range(15):
        board.add(a_second(at, 100))
    found = document(board)
    assert [row["second"] - START for row in found["seconds"]] == list(range(5, 15))
    assert found["whole"]["messages"] == 15


def test_a_replica_whose_clock_is_ahead_does_not_hide_the_others() -> None:
    """It is refused, and that is told."""
    board = LoadBoard(now_s=lambda: START + 1.0)
    board.add(a_second(RUN_GAP_S + 2, 100, host="ahead"))
    board.add(a_second(0, 100))
    found = document(board)
    assert ([one["host"] for one in found["replicas"]], found["refused"]) == (["client-1"], 1)


def test_more_replicas_than_a_load_has_are_refused() -> None:
    """Somebody sends what is no load of ours."""
    board = LoadBoard(max_replicas=2)
    for name in ("client-1", "client-2", "client-3", "client-1"):
        board.add(a_second(0, host=name))
    assert board.refused == 1


def test_seconds_that_never_came_are_counted() -> None:
    """They are sent by UDP, and what the network has lost is in no sum; a replica's first second may be any."""
    board = LoadBoard()
    for second in (3, 4, 4, 7):  # where steps of a load meet, a second is told of by both
        board.add(a_second(second, 10))
    board.add(a_second(5, 10, host="client-2"))
    assert (document(board)["missing"], [one["missing"] for one in document(board)["replicas"]]) == (2, [2, 0])
    board.add(a_second(6, 10))
    assert document(board)["missing"] == 1


def test_a_histogram_that_is_none_is_refused() -> None:
    """It came from the network."""
    board = LoadBoard()
    board.add(replace(a_second(0, 1), latency="nonsense"))
    assert board.refused == 1
    assert board.document() is None


def test_a_second_in_which_nothing_came_back_has_no_latency() -> None:
    """A stall is to be seen."""
    board = LoadBoard()
    board.add(a_second(0, errors=3))
    (row,) = document(board)["seconds"]
    assert (row["messages"], row["errors"], row["p50_us"], row["max_us"]) == (0, 3, None, None)


def test_a_replica_is_told_with_its_latest_second() -> None:
    """And with all of its messages so far."""
    board = LoadBoard()
    board.add(a_second(1, 100, 300))
    board.add(a_second(0, 900))
    (replica,) = document(board)["replicas"]
    assert (replica["host"], replica["second"], replica["messages"]) == ("client-1", START + 1, 2)
    assert (replica["messages_so_far"], replica["max_us"]) == (3, 300)


def test_bars_hold_all_messages_and_their_latencies_lie_in_them() -> None:
    """Each as wide as the others where the axis is logarithmic."""
    found = bars(durations(1, 1, 100, 101, 5000))
    assert sum(count for _, _, count in found) == 5
    assert all(start <= us < end for (start, end, _), us in zip(found[1:], (100, 5000), strict=False))
    assert found[0][:2] == (1.0, 1.1)
