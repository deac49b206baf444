"""What is told of a segment's way from one vantage point to another."""

from services.scope.explain.explainer import Explainer
from services.scope.ladder.rows import rows
from services.scope.model import Conversation
from services.scope.vantages import Loss, LossPlace
from tests.unit.services.scope.harness.calls import joined, session
from tests.unit.services.scope.harness.points.ladders import crossing, lossy, quiet


def explained(conversation: Conversation) -> list[str]:
    """Return what is said of each row."""
    explainer = Explainer(conversation, "en")
    return [explainer.explain(row) for row in rows(conversation)]


def test_what_was_seen_at_both_ends_is_told() -> None:
    """Where it left, where it arrived, how long that took."""
    assert explained(quiet())[0].endswith("It left laptop, and arrived at rack 392 to 408 us later.")
    assert explained(quiet())[1].endswith("It left rack, and arrived at laptop 392 to 408 us later.")
    assert not any("laptop" in text for text in explained(joined(session(), [])))


def test_what_arrives_in_a_row_of_its_own_is_told_there() -> None:
    """Not before: nobody knows yet that it will."""
    departure, *_, arrival = (
        text for row, text in zip(rows(crossing()), explained(crossing()), strict=True) if row.of == 4
    )
    assert "laptop" not in departure
    assert arrival == "What left laptop arrives at rack, 1692 to 1708 us later."


def test_a_loss_is_told_with_its_place_and_what_became_of_it() -> None:
    """And of what is sent again, what had become of the one before."""
    lost, dropped, last = explained(lossy())[3:6]
    assert "was lost between laptop and rack" in lost
    assert "sent again 203.00 ms after it had left" in lost
    assert "What it repeats was lost between laptop and rack." in dropped
    assert "It came to rack, and was dropped there" in dropped
    assert "What it repeats came to rack, and was dropped there." in last


def test_what_was_sent_again_for_nothing_is_told_so() -> None:
    """The one before had arrived: it was its ACK that was missing."""
    conversation = lossy()
    before = conversation.segments[4]
    before.lost = None
    assert "What it repeats had arrived" in explained(conversation)[5]


def test_a_part_of_it_can_be_lost() -> None:
    """Of a segment that the wire has in several."""
    conversation = lossy()
    conversation.segments[5].lost = Loss(LossPlace.BETWEEN, "laptop", "rack", 1448)
    assert "1,448 bytes of it were lost between laptop and rack." in explained(conversation)[5]


def test_what_it_repeats_is_told_once() -> None:
    """Where it leaves, not again where it arrives."""
    conversation = lossy()
    conversation.segments[6].t_ns = conversation.segments[6].left_ns = conversation.segments[5].seen_ns("client") + 1
    said = [text for row, text in zip(rows(conversation), explained(conversation), strict=True) if row.of == 5]
    assert [text.count("What it repeats") for text in said] == [1, 0]
