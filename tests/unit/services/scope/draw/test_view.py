"""How a picture is asked for."""

from services.scope.draw.view import View
from services.scope.ladder.folding import Fold
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.wire import followed


def test_a_long_transfer_is_folded_unless_it_is_asked_for_whole() -> None:
    """Every row is there, then."""
    spoken = session()
    for number in range(200):
        spoken.client("PSH ACK", 100 + number, 7, 1)
    (conversation,) = followed(spoken)
    assert any(isinstance(item, Fold) for item in View().items(conversation))
    assert len(View(folded=False).items(conversation)) == len(conversation.segments)
