"""What is remembered of conversations that were given up."""

from services.scope.model import Endpoint, Options, Packet
from services.scope.tcp.given_up import GivenUp

CLIENT, SERVER = Endpoint("10.0.0.1", 40_000), Endpoint("10.0.0.2", 5000)
SYN = Packet(0, CLIENT, SERVER, 7, 0, 2, 500, 0, Options(), 1)


def remembering() -> GivenUp:
    """Return one that has given up a conversation whose numbers began at 7 and 9."""
    given_up = GivenUp()
    given_up.add(CLIENT, SERVER, 7)
    given_up.add(SERVER, CLIENT, 9)
    return given_up


def test_both_directions_are_passed_over() -> None:
    """And counted; what was never given up is not."""
    given_up = remembering()
    assert given_up.takes(SYN._replace(flags=0x10))
    assert given_up.takes(SYN._replace(flags=0x12, source=SERVER, destination=CLIENT))
    assert not given_up.takes(SYN._replace(source=Endpoint("10.0.0.1", 40_001)))
    assert given_up.packets == 2


def test_a_syn_of_another_number_is_of_another_conversation() -> None:
    """From then on the answer is, too."""
    given_up = remembering()
    assert given_up.takes(SYN)
    assert not given_up.takes(SYN._replace(seq=8))
    assert not given_up.takes(SYN._replace(flags=0x12, source=SERVER, destination=CLIENT))
