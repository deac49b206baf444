"""Slots."""

from services.client.load.connections.slot import Slot


def test_a_new_slot_has_nothing_and_owes_nothing() -> None:
    """It waits for its first connection, and no message of its own waits."""
    slot = Slot(3)
    assert (slot.index, slot.connection, slot.closing, slot.was_tried) == (3, None, None, False)
    assert slot.due - slot.taken == 0
