"""The phases of a load."""

from services.client.load.phases import Phase


def test_a_phase_is_called_what_people_call_it() -> None:
    """The log's value and the terminal's word are one."""
    assert [str(phase) for phase in Phase] == ["ramp", "warm-up", "measuring", "draining"]
