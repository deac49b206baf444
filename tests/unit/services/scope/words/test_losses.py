"""Where segments were lost, in words."""

import pytest

from services.scope.vantages import Loss, LossPlace
from services.scope.words import losses
from services.scope.words.words import Words


def test_each_place_is_told_in_each_language() -> None:
    """None is left out."""
    assert set(losses.EN) == set(losses.ZH) == set(LossPlace)


@pytest.mark.parametrize(
    ("loss", "text"),
    [
        (Loss(LossPlace.BETWEEN, "laptop", "rack"), "lost between laptop and rack"),
        (Loss(LossPlace.BETWEEN, "a", "b", 1448), "1,448 bytes of it lost between a and b"),
        (Loss(LossPlace.AFTER_ARRIVAL, "rack"), "dropped after its arrival at rack"),
    ],
)
def test_a_loss_names_its_place(loss: Loss, text: str) -> None:
    """And how much was lost, where that is not all of it."""
    assert Words("en").loss(loss) == text
